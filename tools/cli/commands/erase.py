"""`retention erase`"""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from tools.cli.app import command
from tools.cli.exits import DONE, PARTLY, CommandError, LeftError
from tools.cli.session import Session


@command(
    "erase",
    help="Forget a lead for good: all of it goes, in raw records and at the providers too, as far as they allow. "
    "What stays is a keyed hash, so that the person is not contacted again by mistake. It cannot be undone.\n\n"
    "LEAD is an id, an e-mail address or a phone number that begins with +. You see who it is and are asked.",
    examples="""
    retention erase ada@example.com
    retention erase 01K... --yes --json
    """,
)
@click.argument("lead")
@click.option("--reason", help="Why, for the record of the job; it must not name the person.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the end.")
@click.pass_obj
def erase(session: Session, lead: str, reason: str | None, yes: bool, no_wait: bool) -> int:
    """Find the lead, ask, erase, wait, show the proof."""
    from tools.cli.client import segment
    from tools.cli.commands import finding, watching

    found = finding.lead(session, lead)
    finding.show(session, [found])
    if not session.output.confirm(f"Erase {finding.name(found)} for good?", yes=yes):
        session.output.say("Nothing was changed.")
        session.output.result({"lead": found["id"], "erased": False})
        return PARTLY
    job_id = str(
        session.client.post(f"/v1/leads/{segment(found['id'])}/erase", {"reason": reason} if reason else {})["id"]
    )
    if no_wait:
        session.output.say(f"It is being erased: retention jobs wait {job_id}")
        session.output.result({"lead": found["id"], "jobId": job_id})
        return DONE
    session.output.say("The lead is gone already. The rest is being forgotten, which takes a minute or more.")
    try:
        job = watching.wait(session, job_id, "Erasing")
    except LeftError:
        raise LeftError(f"It goes on without you: retention jobs wait {job_id}") from None
    if job["status"] == "failed":
        raise CommandError(
            f"The erasure has not come to its end: {job.get('error')}",
            hint=f"Mend the cause, then: retention jobs redrive {job_id}",
            code="erasure_failed",
        )
    proof = job.get("result") or {}
    session.output.table(("proof", ""), list(_flat(proof)))
    session.output.result({"lead": found["id"], "erased": True, "jobId": job_id, "proof": proof})
    left = [
        f"{part}.{name}"
        for part, name in (("search", "hits"), ("underWay", "left"), ("mail", "left"), ("messages", "left"))
        if proof.get(part, {}).get(name)
    ]
    if left:
        session.output.warn(f"Erased here, but something is left: see {', '.join(left)} above.")
        return PARTLY
    session.output.say("Erased.")
    return DONE


def _flat(proof: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    """What was found, a line each: names that lie within others joined by dots."""
    for name, value in proof.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{within}{name}.")
        else:
            yield f"{within}{name}", ", ".join(map(str, value)) if isinstance(value, list) else value
