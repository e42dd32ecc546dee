"""What goes with the end of contact to a lead: a job that ends what is still planned for it.

The stop itself closes the gate, in one write, for everything at once. The job is written in the same transaction, so
that it cannot be forgotten; it is woken after it (`core.jobs_queue`), or found within a minute.
"""

from collections.abc import Iterable

from retention.core import Core
from retention.jobs.model import Job
from retention.jsontext import format_instant
from retention.leads.model import Lead, StopReason
from retention.table.writes import Create, Write


def following(core: Core, lead_id: str, reason: StopReason) -> Job:
    """The job that ends what is planned for a lead as of now (engine/stopping).

    Args:
        reason: why the lead is left alone; CONVERTED also for one that became a customer.
    """
    now = core.now()
    return Job(
        id=core.ids.new(now),
        task="stop",
        target={"kind": Lead.__name__, "leadId": lead_id, "reason": reason, "at": format_instant(now)},
        created_at=now,
        updated_at=now,
        due_at=now,
        revision=core.ids.revision(),
    )


def wake_followers(core: Core, written: Iterable[Write]) -> None:
    """Have the jobs among writes that were carried out begin at once."""
    for write in written:
        if isinstance(write, Create) and isinstance(write.entity, Job):
            core.jobs_queue.wake(write.entity.id)
