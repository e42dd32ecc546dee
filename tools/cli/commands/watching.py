"""Waiting for jobs."""

from typing import Any, Final

from tools.cli.client import segment
from tools.cli.exits import LeftError
from tools.cli.session import Session

#: Statuses of a job that goes on no more by itself.
OVER: Final = frozenset({"succeeded", "failed"})
#: What is waited for, by the status of a job. Source: jobs/model.Job.status.
_WAITS: Final = {
    "queued": "waits for its turn",
    "waiting": "waits for latecomers and sends under way",
}


def wait(session: Session, job_id: str, what: str) -> dict[str, Any]:
    """Wait for the end of a job; the job as it is then.

    Raises:
        LeftError: the user does not wait any longer; it goes on.
    """

    def look() -> dict[str, Any]:
        job: dict[str, Any] = session.client.get(f"/v1/jobs/{segment(job_id)}")
        tell(job["removed"] + job["changed"] + job["detached"], None, _waits(job))
        return job

    try:
        with session.output.progress(what, unit="items") as tell:
            return session.until(look, lambda job: job["status"] in OVER)
    except KeyboardInterrupt:
        raise LeftError(f"It goes on without you: retention jobs wait {job_id}") from None


def _waits(job: dict[str, Any]) -> str:
    if job["error"]:
        return f"has failed with {job['error']}, and is tried again"
    return _WAITS.get(job["status"], "")


def subject(job: dict[str, Any]) -> str:
    """What a job is about."""
    return f"{job['target'].get('kind', '')} {job['target'].get('id', '')}".strip()


def told(job: dict[str, Any]) -> str:
    """A job in a line."""
    counts = ", ".join(f"{job[name]:,} {name}" for name in ("removed", "changed", "detached") if job[name])
    return f"{job['task']} {subject(job)}: {job['status']}" + (f" ({counts})" if counts else "")
