"""A campaign that is done completes by itself: a small job looks now and then, by the figures that stand beside it.

Done is: past its end date; or no lead is left to be contacted, at least one was assigned, and the campaign takes no new
ones by itself. The figures are exact, and change in the transactions of the assignments. The look costs what there
are quarters of an hour in which something happened to the campaign, so the pause grows with them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from retention.campaigns.model import Campaign
from retention.campaigns.progress import LEFT, settings_of
from retention.clock import machine_time
from retention.core import Core
from retention.jobs.model import Job
from retention.jobs.runner import Plan
from retention.jsontext import format_instant
from retention.leads.following import wake_followers
from retention.stats.contributing import campaign_scope
from retention.table import keys
from retention.table.keys import key
from retention.table.writes import Create, RefusedError, Replace, Write

#: Seconds of the machine between two looks, at least and at most, and those that each tally read adds.
SHORTEST: Final = 30.0
LONGEST: Final = 21_600.0
EACH: Final = 0.1


def watch_job(core: Core, campaign_id: str, job_id: str | None = None) -> Job:
    """The job that looks whether a campaign is done; the campaign names it.

    Args:
        job_id: what the campaign names; a new one unless given.
    """
    now = core.now()
    job_id = job_id or core.ids.new(now)
    return Job(
        id=job_id,
        task="evaluate",
        target={"kind": Campaign.__name__, "id": campaign_id, "watch": job_id},
        created_at=now,
        updated_at=now,
        due_at=now + machine_time(core.clock, SHORTEST),
        revision=core.ids.revision(),
    )


def completion(core: Core, campaign: Campaign) -> tuple[Campaign, Job]:
    """A campaign that is over, and the job that follows it through."""
    now = core.now()
    change = core.ids.new(now)
    after = core.changed(campaign, status="COMPLETED", paused_at=None, followed_by=change, watch=None)
    target = {"kind": Campaign.__name__, "id": campaign.id, "change": change, "at": format_instant(now)}
    job = Job(
        id=core.ids.new(now),
        task="complete",
        target=target,
        created_at=now,
        updated_at=now,
        due_at=now,
        revision=core.ids.revision(),
    )
    return after, job


def _look(core: Core, target: Mapping[str, str]) -> datetime | None:
    """Complete the campaign if it is done; else when to look again. None: nobody asks any more."""
    campaign = core.store.find(Campaign, key("Campaign", id=target["id"]))
    if campaign is None or campaign.deleting or campaign.status != "ACTIVE" or campaign.watch != target["watch"]:
        return None
    now = core.now()
    is_past = campaign.end_date is not None and now > campaign.end_date
    assigned, left, read = (0, 0, 0) if is_past else _counts(core, campaign.id)
    takes_more = settings_of(campaign).auto_assign is not None
    if is_past or (assigned > 0 and left == 0 and not takes_more):
        after, job = completion(core, campaign)
        writes: list[Write] = [Replace(after, before=campaign), Create(job)]
        try:
            core.store.write(*writes)
        except RefusedError:
            return now  # Somebody changed it at the same moment: look again.
        wake_followers(core, writes)
        return None
    pause = min(max(SHORTEST, read * EACH), LONGEST)
    again = now + machine_time(core.clock, pause)
    return again if campaign.end_date is None else min(again, max(campaign.end_date, now + machine_time(core.clock, 1)))


def _counts(core: Core, campaign_id: str) -> tuple[int, int, int]:
    """How many leads are assigned, how many are left, and how many tallies were read for that."""
    names = {f"leads:{status}" for status in LEFT}
    tallies = keys.partitions("Tally", scope=campaign_scope(campaign_id))
    rows = [row for some in core.store.parallel(lambda pk: list(core.store.query(pk)), tallies) for row in some]

    def total(name: str) -> int:
        return sum(int(row[name]["N"]) for row in rows if name in row)

    return total("leads"), sum(map(total, names)), len(rows)


PLAN: Final = Plan((), _look)
