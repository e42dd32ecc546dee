"""After a random day every figure is what a recount gives, to the cent."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application, build
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.conversions.model import Conversion
from retention.ids import Ids
from retention.leads.model import Lead
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.stats.contributing import ACCOUNT
from retention.stats.recounting import Recount
from retention.table.writes import Create, Replace, Write
from tests.figures import figures, kept, scopes, untrue
from tests.integrity import problems, scan
from tests.retention.stats.day import WEIGHTS, Day, Dice

#: Things that happen between two looks at all figures.
BETWEEN = 2000
#: Hundreds of events by which a short day may become longer.
LONGER = 20


@pytest.fixture
def events(request: pytest.FixtureRequest) -> int:
    """How much happens on the day."""
    return int(request.config.getoption("--events"))


@pytest.fixture
def app(app: Application, clock: ManualClock) -> Application:
    """The application with ids that are the same each time."""
    ids = Ids(clock, Dice("ids").bits)
    return build(app.core.settings, clock=clock, ids=ids, keyring=app.core.keyring, http=app.http)


def test_after_a_random_day_every_figure_is_right(app: Application, clock: ManualClock, events: int) -> None:
    day = Day(app, clock, "a day", events)

    for at in range(0, events, BETWEEN):
        day.pass_by(min(BETWEEN, events - at))
        assert list(untrue(list(scan(app)))) == [], f"after {at + BETWEEN} events"
    # A short day goes on until everything has happened.
    for _ in range(LONGER):
        if lacking(app, day):
            day.pass_by(100)
    day.end()

    assert problems(app) == []
    assert lacking(app, day) == set()
    print(f"{sum(day.happened.values())} events, {len(kept(scan(app)))} figures: {dict(day.happened)}")


def lacking(app: Application, day: Day) -> set[str]:
    """What has not happened, or was always refused, and of what there are no figures."""
    told = figures(scan(app), ACCOUNT)
    wanted = ["leads", "SMS:sent", "EMAIL:sent", "SMS:delivered", "SMS:clicked", "SMS:cost", "converted", "revenue"]
    refused = Counter(dict.fromkeys(WEIGHTS, 0))
    for name, times in day.refused.items():
        refused[name.split(":")[0]] += times
    unseen = {name for name in WEIGHTS if day.happened[name] <= refused[name]}
    return unseen | {name for name in wanted if told[name] <= 0}


def test_the_recount_finds_nothing_after_a_random_day(app: Application, clock: ManualClock) -> None:
    """And what late counts have brought back of deleted parents is gone after it."""
    day = Day(app, clock, "another day", 200)
    day.pass_by(200)
    day.end()

    (result,) = [chunk.result for chunk in Recount(app.core, "tonight").work(None) if chunk.result]

    assert (result["repairs"], result["right"]) == (0, result["parts"])
    rows = list(scan(app))
    assert {scope for scope, _, _ in kept(rows)} <= scopes(rows)


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        (ContactAttempt, Create),
        (ContactAttempt, Replace),
        (SequenceStepExecution, Replace),
        (SequenceEnrollment, Replace),
        (CampaignLead, Replace),
        (Conversion, Replace),
        (Lead, Replace),
    ],
)
def test_the_proof_notices_what_is_not_counted(
    app: Application, clock: ManualClock, kind: type[Any], write: type[Any]
) -> None:
    """The counting is taken out for one kind of write of one kind of item."""
    day = Day(app, clock, "a day", 120)
    store: Any = app.core.store
    counts: Callable[..., Sequence[Write]] = store._follow

    def follow(of: Any, writes: Sequence[Write]) -> Sequence[Write]:
        return counts(of, [one for one in writes if not (isinstance(one, write) and isinstance(one.entity, kind))])

    store._follow = follow
    for _ in range(40):
        day.pass_by(10)
        if list(untrue(list(scan(app)))):
            return
    pytest.fail("nobody noticed")
