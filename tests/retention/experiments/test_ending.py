"""How a test ends by itself: when it is decided, at its horizon, and not before; once, whoever looks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import ConflictError, NotFoundError
from retention.experiments.ending import EVERY, judge
from retention.experiments.model import ABTest, ABTestInput, RunningABTest
from retention.jobs.model import Job
from tests import factories as make
from tests.integrity import everything
from tests.retention.experiments.tallying import tally

Begin = Callable[..., ABTest]
DECIDED = {"a": (9_000, 270), "b": (9_000, 390)}


@pytest.fixture
def begin(app: Application) -> Begin:
    """Sets up a test of its own."""

    def begun(**more: Any) -> ABTest:
        campaign, a, b = make.a_campaign(), make.a_script(), make.a_script()
        make.load(app, [campaign, a, b])
        given = {"campaignId": campaign.id, "channel": "SMS", "variantA": a.id, "variantB": b.id, **more}
        return app.ab_tests.create(ABTestInput.model_validate(given))

    return begun


def jobs_of(app: Application, test: ABTest) -> list[Job]:
    return [one for one in everything(app) if isinstance(one, Job) and one.target.get("id") == test.id]


def look(app: Application, clock: ManualClock, test: ABTest) -> None:
    """Every job of a test is run when it is due next."""
    clock.advance(EVERY / timedelta(seconds=1))
    for job in jobs_of(app, test):
        app.runner.run(job.id, lambda: True)


def running(app: Application) -> list[str]:
    return [one.test_id for one in everything(app) if isinstance(one, RunningABTest)]


def outcome(app: Application, test: ABTest) -> tuple[str, str | None, str | None]:
    results = app.ab_tests.results(test.id)
    return results.status, results.winner_id, results.ended_by


def test_it_is_looked_at_again_and_again_and_ends_when_it_is_decided(
    app: Application, clock: ManualClock, begin: Begin
) -> None:
    test = begin()
    tally(app, test, (9_000, 270), (9_000, 280))
    for _ in range(2):
        look(app, clock, test)
        assert outcome(app, test) == ("RUNNING", None, None)
    assert [job.status for job in jobs_of(app, test)] == ["waiting"]

    tally(app, test, (0, 0), (0, 110))
    look(app, clock, test)

    assert outcome(app, test) == ("COMPLETED", "B", "EVIDENCE")
    assert app.ab_tests.get(test.id).ended_at == clock.now()
    assert (running(app), [job.status for job in jobs_of(app, test)]) == ([], ["succeeded"])


@pytest.mark.parametrize(
    ("settings", "figures", "expected"),
    [
        ({}, {"a": (9_000, 390), "b": (9_000, 270)}, ("COMPLETED", "A", "EVIDENCE")),
        # More has to be certain, more is to be waited for, or somebody wants to decide.
        ({"confidence": Decimal("0.9999")}, DECIDED, ("RUNNING", None, None)),
        ({"minimumSample": 9_001}, DECIDED, ("RUNNING", None, None)),
        ({"autoComplete": False}, DECIDED, ("RUNNING", None, None)),
        # Something is wrong with the split.
        ({}, {"a": (9_000, 270), "b": (8_000, 390)}, ("RUNNING", None, None)),
        # As far as it was to go.
        ({"horizon": 9_000}, {"a": (9_000, 270), "b": (9_000, 280)}, ("COMPLETED", None, "HORIZON")),
        ({"horizon": 9_001}, {"a": (9_000, 270), "b": (9_100, 280)}, ("RUNNING", None, None)),
        ({}, {"a": (0, 0), "b": (0, 0)}, ("RUNNING", None, None)),
        ({"minimumSample": 1}, {"a": (300, 9), "b": (300, 200)}, ("RUNNING", None, None)),
    ],
)
def test_it_ends_by_its_own_rules(
    app: Application,
    clock: ManualClock,
    begin: Begin,
    settings: dict[str, Any],
    figures: dict[str, Any],
    expected: tuple[str, str | None, str | None],
) -> None:
    test = begin(**settings)
    tally(app, test, **figures)

    look(app, clock, test)

    assert outcome(app, test) == expected


def test_of_46_who_decide_at_once_one_does(app: Application, begin: Begin) -> None:
    test = begin()
    tally(app, test, **DECIDED)

    def decide(number: int) -> str:
        try:
            if number % 2:
                return str(judge(app.core, test.id).revision)
            return app.ab_tests.complete(test.id, "A", if_match=None).revision
        except ConflictError:
            return "refused"

    with ThreadPoolExecutor(46) as pool:
        seen = list(pool.map(decide, range(46)))

    after = app.ab_tests.get(test.id)
    assert set(seen) - {"refused"} == {after.revision}
    assert outcome(app, test) in [("COMPLETED", "B", "EVIDENCE"), ("COMPLETED", "A", "HAND")]
    # Whoever decided otherwise was told so; whoever decided the same, or only looked, was not.
    assert seen.count("refused") == (23 if after.winner_id == "B" else 0)
    assert running(app) == []


def test_a_look_ends_also_when_time_runs_out_after_it(app: Application, clock: ManualClock, begin: Begin) -> None:
    test = begin()
    (job,) = jobs_of(app, test)
    clock.advance(EVERY / timedelta(seconds=1))

    runs = [app.runner.run(job.id, lambda: False) for _ in range(2)]

    assert [run is not None and run.status for run in runs] == ["running", "waiting"]


def test_a_pause_ends_the_looking_and_a_resume_begins_it_anew(
    app: Application, clock: ManualClock, begin: Begin
) -> None:
    test = begin()
    (first,) = jobs_of(app, test)
    app.ab_tests.pause(test.id, if_match=None)
    app.ab_tests.resume(test.id, if_match=None)
    tally(app, test, **DECIDED)

    clock.advance(EVERY / timedelta(seconds=1))
    app.runner.run(first.id, lambda: True)
    assert outcome(app, test) == ("RUNNING", None, None)
    assert app.jobs.get(first.id).status == "succeeded"

    look(app, clock, test)
    assert outcome(app, test) == ("COMPLETED", "B", "EVIDENCE")


def test_a_test_that_is_gone_is_looked_at_no_more(app: Application, clock: ManualClock, begin: Begin) -> None:
    test = begin()
    tally(app, test, **DECIDED)
    (job,) = jobs_of(app, test)
    app.deletion.ab_test(test.id)

    clock.advance(EVERY / timedelta(seconds=1))
    after = app.runner.run(job.id, lambda: True)

    assert after is not None
    assert after.status == "succeeded"
    with pytest.raises(NotFoundError):
        judge(app.core, test.id)
