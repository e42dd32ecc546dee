"""`retention jobs`"""

import click

from tools.cli.app import group
from tools.cli.session import Session


@group(
    "jobs",
    examples="""
    retention jobs list --status failed
    retention jobs wait 01K...
    retention jobs redrive --all
    """,
)
def jobs() -> None:
    """Look at what goes on by itself: deletes, imports, exports and whatever is too large for one request."""


@jobs.below(
    "list",
    examples="""
    retention jobs list
    retention jobs list --status failed
    """,
)
@click.option(
    "--status",
    type=click.Choice(["queued", "running", "waiting", "succeeded", "failed"]),
    help="Only jobs with this status.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="How many, newest first.")
@click.pass_obj
def list_jobs(session: Session, status: str | None, limit: int) -> None:
    """List jobs, newest first."""
    from itertools import islice

    from tools.cli.commands.watching import subject

    rows = list(islice(session.client.pages("/v1/jobs", status=status, limit=min(limit, 100)), limit))
    shown = [(row["id"], row["task"], subject(row), row["status"], row.get("error")) for row in rows]
    session.output.table(("id", "task", "of", "status", "error"), shown)
    session.output.result(rows)


@jobs.below("show", examples="retention jobs show 01K...")
@click.argument("id")
@click.pass_obj
def show_job(session: Session, id: str) -> None:
    """Show one job: how far it is, and why it failed last."""
    import json

    from tools.cli.client import segment
    from tools.cli.commands.watching import told

    job = session.client.get(f"/v1/jobs/{segment(id)}")
    session.output.say(told(job))
    if job.get("error"):
        session.output.say(job["error"])
    if job.get("result"):
        session.output.say(json.dumps(job["result"], indent=2, ensure_ascii=False))
    session.output.result(job)


@jobs.below("wait", examples="retention jobs wait 01K...")
@click.argument("id")
@click.pass_obj
def wait_for_job(session: Session, id: str) -> int:
    """Wait for the end of a job; exit status 1 when it failed."""
    from tools.cli.commands import watching
    from tools.cli.exits import DONE, PARTLY

    job = watching.wait(session, id, "Working")
    session.output.say(watching.told(job))
    if job.get("error"):
        session.output.say(job["error"])
    session.output.result(job)
    return DONE if job["status"] == "succeeded" else PARTLY


@jobs.below(
    "redrive",
    examples="""
    retention jobs redrive 01K...
    retention jobs redrive --all
    """,
)
@click.argument("id", required=False)
@click.option("--all", "every", is_flag=True, help="All failed jobs.")
@click.pass_obj
def redrive_jobs(session: Session, id: str | None, every: bool) -> None:
    """Try a failed job again, or all of them. They go on where they were."""
    from tools.cli.client import segment
    from tools.cli.commands.watching import told
    from tools.cli.exits import BadInputError

    if every == (id is not None):
        raise BadInputError("Give the id of a job, or --all.")
    if id is not None:
        job = session.client.post(f"/v1/jobs/{segment(id)}/redrive")
        session.output.say(told(job))
        session.output.result(job)
        return
    count, more = 0, True
    while more:
        answer = session.client.post("/v1/jobs/redrive")
        count += answer["redriven"]
        # None went: the rest fails as fast as it is tried.
        more = answer["more"] and answer["redriven"] > 0
    session.output.say(f"{count:,} jobs are tried again.")
    session.output.result({"redriven": count})
