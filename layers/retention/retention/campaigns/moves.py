"""What can be done to a lead in a campaign: hold what is to come, release it, end it.

Each says what is to be written, in one transaction; none writes. What is under way is left to whoever settles it.
"""

from datetime import datetime

from retention.campaigns.cases import Case, Move
from retention.campaigns.progress import standing
from retention.core import Core
from retention.engine.reasons import Reason
from retention.sequences.model import ResumePolicy
from retention.sequences.moves import abandoned, held, released
from retention.sequences.passages import require_version
from retention.table.writes import Replace, Write


def hold(core: Core, case: Case, since: datetime) -> Move | None:
    """Hold what is scheduled, since the campaign is paused; None when there is nothing to hold."""
    due = [one for one in case.movable if one.status == "SCHEDULED"]
    writes: list[Write] = [Replace(held(core, one, since, Reason.CAMPAIGN_PAUSED), before=one) for one in due]
    return Move([*writes, require_version(case.lead)]) if writes else None


def release(core: Core, case: Case, policy: ResumePolicy, at: datetime) -> Move | None:
    """Give what is held a due time, since the campaign goes on; None when nothing is held."""
    pairs = [(one, released(core, one, policy, at)) for one in case.movable if one.status == "PENDING"]
    writes: list[Write] = [Replace(after, before=before) for before, after in pairs]
    return Move([*writes, require_version(case.lead)], [after for _, after in pairs]) if writes else None


def end(core: Core, case: Case, reason: Reason, at: datetime) -> Move | None:
    """End what is to come; None when there is nothing, or it is under way."""
    over = case.movable
    if not over:
        return None
    writes: list[Write] = []
    progress = {name: dict(one) for name, one in (case.assignment.progress or {}).items()}
    for one in over:
        skipped = core.changed(
            one,
            status="SKIPPED",
            executed_at=at,
            result={**one.result, "reason": reason},
            due_at=None,
            held_due_at=None,
            held_since=None,
            history=one.noted(at, reason),
        )
        writes += [Replace(skipped, before=one), *abandoned(core, one, reason, at)]
        progress[one.channel]["open"] = False
    after = core.changed(case.assignment, progress=progress, **standing(progress, at))
    return Move([*writes, Replace(after, before=case.assignment), require_version(case.lead)])


def give_up(core: Core, case: Case, at: datetime) -> Move | None:
    """End an assignment for which nothing was ever planned, since its campaign is over; None when something was."""
    if case.assignment.progress is not None:
        return None
    after = core.changed(case.assignment, progress={}, **standing({}, at))
    return Move([Replace(after, before=case.assignment), require_version(case.lead)])
