"""How a test ends, and who looks whether it is time to.

    RUNNING <--resume-- PAUSED
       |  +----pause----->  |
       +-----complete-------+--> COMPLETED: by its figures, at its horizon, or by hand

A running test holds the one place on its channel of its campaign, and has a job that looks at its figures again and
again. To look often costs nothing in certainty (inference), so it ends soon after it is decided.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from retention.core import Core
from retention.errors import NotFoundError
from retention.experiments.figures import compared
from retention.experiments.model import ABTest, EndedBy, RunningABTest
from retention.experiments.results import Verdict, judged
from retention.experiments.variants import Variant
from retention.ids import split
from retention.jobs.model import Job
from retention.jobs.runner import Chunk, Plan
from retention.table.keys import Key, key
from retention.table.writes import Create, Remove, Write

#: How often a running test is looked at: some thirty read units each time.
EVERY: Final = timedelta(minutes=15)
#: The place of a round that has looked: to begin again there finds nothing to do.
_LOOKED: Final = "looked"


def running_key(test: ABTest) -> Key:
    """The place that a running test holds on its channel of its campaign."""
    return key("RunningABTest", campaign_id=test.campaign_id, channel=test.channel)


def find_test(core: Core, test_id: str) -> ABTest:
    """A test as it is kept.

    Raises:
        NotFoundError: none with this id, or it was deleted.
    """
    parts = split(test_id, 2)
    where = None if parts is None else key("ABTest", campaign_id=parts[0], local_id=parts[1])
    test = None if where is None else core.store.find(ABTest, where)
    if test is None or test.deleting:
        raise NotFoundError(f"There is no A/B test {test_id}.")
    return test


def judging_job(core: Core, test_id: str, job_id: str | None = None) -> Job:
    """The job that looks at a running test again and again; the test names it.

    Args:
        job_id: what the test names; a new one unless given.
    """
    now = core.now()
    job_id = job_id or core.ids.new(now)
    return Job(
        id=job_id,
        task="judge",
        target={"kind": ABTest.__name__, "id": test_id, "judging": job_id},
        created_at=now,
        updated_at=now,
        due_at=now + EVERY,
        revision=core.ids.revision(),
    )


def running(core: Core, test: ABTest) -> tuple[ABTest, list[Write]]:
    """A test that runs from now on, and what is written with it: its place, and the job that looks at it."""
    job = judging_job(core, test.id)
    place = RunningABTest(
        campaign_id=test.campaign_id, channel=test.channel, test_id=test.id, revision=core.ids.revision()
    )
    after = test.model_copy(update={"status": "RUNNING", "judged_by": job.id})
    return after, [Create(place), Create(job)]


def paused(test: ABTest) -> tuple[ABTest, list[Write]]:
    """A test that rests, and what is written with it."""
    return test.model_copy(update={"status": "PAUSED", "judged_by": None}), without_place(test)


def completed(core: Core, test: ABTest, winner: Variant | None, by: EndedBy) -> tuple[ABTest, list[Write]]:
    """A test that is over, and what is written with it."""
    over = {"status": "COMPLETED", "winner_id": winner, "ended_by": by, "ended_at": core.now(), "judged_by": None}
    return test.model_copy(update=over), without_place(test)


def without_place(test: ABTest) -> list[Write]:
    """What frees the place that a test holds, if it runs."""
    if test.status != "RUNNING":
        return []
    return [Remove(RunningABTest, running_key(test), equal={"test_id": test.id})]


# --- by its figures ------------------------------------------------------------------------------------------------


def judge(core: Core, test_id: str) -> ABTest:
    """Look at a test, and end it if it is decided, or at its horizon; the test as it is then.

    Raises:
        NotFoundError: it is gone.
        ContentionError: others kept changing it.
    """

    def change(test: ABTest) -> tuple[ABTest, list[Write]]:
        if test.status != "RUNNING" or not test.auto_complete:
            return test, []
        (figures,) = compared(core, [test])
        judgement = judged(test, figures)
        if judgement.verdict is Verdict.DECIDED:
            after, others = completed(core, test, judgement.better, "EVIDENCE")
        elif judgement.verdict is Verdict.UNDECIDED:
            after, others = completed(core, test, None, "HORIZON")
        else:
            return test, []
        return core.changed(after), others

    return core.revise(lambda: find_test(core, test_id), change, if_match=None)


def _look(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    if checkpoint != _LOOKED and _is_judged(core, target):
        after = judge(core, target["id"])
        yield Chunk(changed=int(after.status == "COMPLETED"), checkpoint=_LOOKED)


def _is_judged(core: Core, target: Mapping[str, str]) -> bool:
    """Whether a test is still looked at by this very job."""
    try:
        return find_test(core, target["id"]).judged_by == target["judging"]
    except NotFoundError:
        return False


def _next_time(core: Core, target: Mapping[str, str]) -> datetime | None:
    return core.now() + EVERY if _is_judged(core, target) else None


PLAN: Final = Plan((_look,), _next_time)
