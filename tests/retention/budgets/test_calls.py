"""A call takes the most that it may cost from its budget, until its report says what it did cost."""

from decimal import Decimal
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.budgets.closing import PATIENCE, Closer
from retention.budgets.prices import Prices
from retention.clock import ManualClock
from retention.contactrules.model import SequenceSettings
from retention.engine.queue import Work
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceCreate, SequenceStepExecution, StepInput
from retention.stats.contributing import sequence_scope
from tests.retention.budgets.purse import Purse

MINUTE = Decimal("0.12")
#: Ten minutes.
LONGEST = MINUTE * 10


class Calls(Purse):
    """Calls on a budget of so many of the longest."""

    def __init__(self, app: Application, clock: ManualClock, calls: int) -> None:
        super().__init__(app, clock, frequency_caps="CALL 9/1h")
        self.ledger.prices = Prices(MINUTE)
        script = app.scripts.create(ScriptInput(name="Call", type="CALL", content="Be brief.")).id
        settings = {"budget": {"amount": LONGEST * calls}}
        steps = [StepInput(channel="CALL", script_id=script)]
        given = SequenceCreate(
            name="Calls", status="ACTIVE", steps=steps, settings=SequenceSettings.model_validate(settings)
        )
        self.sequences.append(app.sequences.create(given).id)
        self.calls = self.sequences[-1]

    def report(self, lead: str, what: str = "answered", **facts: Any) -> None:
        """The provider tells how the call to a lead ended."""
        (execution,) = self.of(SequenceStepExecution, lead)
        now = self.clock.now()
        evidence = (Evidence("answered", now), Evidence("ended", now, {"durationSeconds": 62, **facts}))
        report = Report(Work(SequenceStepExecution.__name__, execution.id), "CALL", None, evidence)
        Reporter(self.core).apply(Event("vapi", f"{execution.id}:{what}", {}, now), report)


@pytest.fixture
def calls(app: Application, clock: ManualClock) -> Calls:
    return Calls(app, clock, 2)


def test_what_a_call_did_not_cost_is_there_for_the_next(calls: Calls) -> None:
    one, two, three = calls.enrolled(calls.calls, 3)
    calls.work(one, two, three)
    assert len(calls.ledger.entries) == 2
    assert calls.spending(calls.calls) == (2 * LONGEST, 2 * LONGEST)

    calls.report(one, cost="0.2741")
    calls.report(two, cost="0.9259")
    assert calls.spending(calls.calls) == (LONGEST, 0)
    calls.clock.advance(15 * 60)
    calls.work(three)

    assert len(calls.ledger.entries) == 3
    assert [one.cost for one in calls.of(ContactAttempt, one)] == [Decimal("0.2741")]
    assert calls.faults() == []


def test_a_call_whose_report_does_not_come_keeps_its_money(calls: Calls) -> None:
    (lead,) = calls.enrolled(calls.calls)
    calls.work(lead)

    calls.clock.advance(PATIENCE)
    Closer(calls.core).search(sequence_scope(calls.calls))

    assert calls.spending(calls.calls) == (LONGEST, LONGEST)


def test_a_price_that_is_told_again_and_differs_is_put_right(calls: Calls) -> None:
    (lead,) = calls.enrolled(calls.calls)
    calls.work(lead)

    calls.report(lead, cost="0.2000")
    calls.report(lead, "in_full", cost="0.2500", summary="She wants to hear more.")

    assert calls.spending(calls.calls) == (Decimal("0.25"), 0)
    assert calls.faults() == []


def test_of_a_call_whose_price_nobody_tells_what_was_set_aside_counts(calls: Calls) -> None:
    (lead,) = calls.enrolled(calls.calls)
    calls.work(lead)
    calls.report(lead)

    calls.clock.advance(60)
    Closer(calls.core).search(sequence_scope(calls.calls))
    assert calls.spending(calls.calls) == (LONGEST, 0)

    calls.report(lead, "in_full", cost="0.2500", summary="Short.")
    assert calls.spending(calls.calls) == (Decimal("0.25"), 0)
