"""Following a change of a campaign's status through to its leads: jobs, resumable, for any number of them.

    start, resume   who was not contacted yet gets first contacts; what is held is given a due time
    pause           what is scheduled loses its due time and is held in place
    complete        what is to come is skipped; the campaign is done with every lead

As with sequences, whoever saw the status before may create something afterwards on the strength of it: each job goes
over everything once more when nobody can be under way who did; until then the worker's own look at the status decides.
A job that is overtaken by another change ends.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from retention.campaigns import moves
from retention.campaigns.cases import Case, Move, assignments_in, begin_cases, change_cases
from retention.campaigns.model import Campaign
from retention.campaigns.progress import LEFT
from retention.core import Core
from retention.engine.reasons import Reason
from retention.jobs.runner import Chunk, Plan, Stage
from retention.sequences.model import ResumePolicy
from retention.sequences.passages import Tally
from retention.table.keys import key

#: What a job does to some leads of the campaign.
Act = Callable[[Core, Mapping[str, str], Campaign, Sequence[Case]], Tally]


def _still_followed(core: Core, target: Mapping[str, str]) -> Campaign | None:
    """The campaign, if it is still in the state that this very job follows through."""
    campaign = core.store.find(Campaign, key("Campaign", id=target["id"]))
    if campaign is None or campaign.deleting or campaign.followed_by != target["change"]:
        return None
    return campaign


def _to_all(act: Act) -> Stage:
    def stage(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
        for cases, place in assignments_in(core, target["id"], checkpoint):
            campaign = _still_followed(core, target)
            if campaign is None:
                return
            tally = act(core, target, campaign, [one for one in cases if one.assignment.status in LEFT])
            yield Chunk(changed=tally.changed, left=tally.left, checkpoint=place)

    return stage


def _set_going(core: Core, target: Mapping[str, str], campaign: Campaign, cases: Sequence[Case]) -> Tally:
    policy: ResumePolicy = "catch_up" if target.get("policy") == "catch_up" else "shift"
    at = datetime.fromisoformat(target["at"])
    begun = begin_cases(core, campaign, cases)
    waiting = [one for one in cases if any(contact.status == "PENDING" for contact in one.open)]
    released = change_cases(core, waiting, lambda one: moves.release(core, one, policy, at))
    return Tally(begun.changed + released.changed, begun.left + released.left)


def _hold(core: Core, target: Mapping[str, str], _: Campaign, cases: Sequence[Case]) -> Tally:
    since = datetime.fromisoformat(target["at"])
    return change_cases(core, cases, lambda one: moves.hold(core, one, since))


def _end(core: Core, _: Mapping[str, str], __: Campaign, cases: Sequence[Case]) -> Tally:
    def over(case: Case) -> Move | None:
        now = core.now()
        return moves.give_up(core, case, now) or moves.end(core, case, Reason.CAMPAIGN_OVER, now)

    return change_cases(core, cases, over)


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """Nothing is left to be done at the end."""


_KIND: Final = Campaign.__name__
#: By task, and by the kind of what it is done to.
PLANS: Final[Mapping[tuple[str, str], Plan]] = {
    ("start", _KIND): Plan((_to_all(_set_going),), _nothing, settles=True),
    ("resume", _KIND): Plan((_to_all(_set_going),), _nothing, settles=True),
    ("pause", _KIND): Plan((_to_all(_hold),), _nothing, settles=True),
    ("complete", _KIND): Plan((_to_all(_end),), _nothing, settles=True),
}
