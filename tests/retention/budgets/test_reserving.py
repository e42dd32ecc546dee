"""Nothing is sent that a budget does not suffice for, and what is not sent comes later, with a reason."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.attempts.resolving import Resolution
from retention.bootstrap import Application
from retention.budgets.limits import charge_key, spending_key
from retention.budgets.model import Charge, Spending
from retention.budgets.prices import Prices
from retention.budgets.reserving import Asked
from retention.budgets.standing import budget_standing
from retention.campaigns.model import CampaignCreate
from retention.clock import ManualClock
from retention.contactrules.model import Budget
from retention.engine.queue import Work
from retention.engine.sending import Ready
from retention.inbound.outcome import Applied
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceStepExecution
from retention.stats.contributing import campaign_scope, sequence_scope
from tests.integrity import problems
from tests.retention.budgets.purse import PRICE, Purse
from tests.retention.engine.world import LONG, PATIENCE
from tools.bench_engine.cost import counting


@pytest.fixture
def purse(app: Application, clock: ManualClock) -> Purse:
    return Purse(app, clock)


def waiting(purse: Purse, leads: list[str]) -> list[SequenceStepExecution]:
    found = [one for lead in leads for one in purse.of(SequenceStepExecution, lead)]
    return [one for one in found if one.is_open]


def test_of_five_messages_three_go_out_that_the_budget_suffices_for(purse: Purse) -> None:
    sequence = purse.budgeted(3)
    leads = purse.enrolled(sequence, 5)

    report = purse.work(*leads)

    assert (report.outcomes["sent"], report.outcomes["budget_spent"], len(purse.ledger.entries)) == (3, 2, 3)
    assert purse.spending(sequence) == (3 * PRICE, 0)
    left = waiting(purse, leads)
    assert [one.history[-1]["code"] for one in left if one.history] == ["budget_spent"] * 2
    assert purse.faults() == []
    assert problems(purse.app) == []


def test_the_budget_of_a_day_suffices_again_on_the_next(app: Application, clock: ManualClock) -> None:
    purse = Purse(app, clock, default_time_zone="America/New_York")
    sequence = purse.budgeted(1, period="day")
    leads = purse.enrolled(sequence, 2)
    purse.work(*leads)
    (later,) = waiting(purse, leads)

    midnight = datetime.fromisoformat("2026-02-19T05:00:00Z")
    assert (clock.now() < midnight, later.due_at) == (True, midnight)
    clock.advance((midnight - clock.now()).total_seconds())
    purse.work(*leads)

    assert len(purse.ledger.entries) == 2
    assert [purse.spending(sequence, day) for day in ("2026-02-18", "2026-02-19")] == [(PRICE, 0), (PRICE, 0)]
    assert purse.faults() == []


def test_a_budget_without_periods_is_asked_again_and_again_more_seldom(purse: Purse) -> None:
    (lead,) = leads = purse.enrolled(purse.budgeted(0))
    pauses = []
    for _ in range(7):
        purse.work(lead)
        (one,) = waiting(purse, leads)
        assert one.due_at is not None
        pauses.append((one.due_at - purse.clock.now()) / timedelta(hours=1))
        purse.clock.advance((one.due_at - purse.clock.now()).total_seconds())

    assert pauses == [0.25, 0.5, 1, 2, 4, 6, 6]
    assert purse.ledger.entries == []


def test_what_waited_goes_out_when_the_budget_is_raised(purse: Purse) -> None:
    sequence = purse.budgeted(1)
    leads = purse.enrolled(sequence, 2)
    purse.work(*leads)

    purse.app.sequences.update(sequence, {"settings": {"budget": {"amount": PRICE * 2}}}, if_match=None)
    purse.clock.advance(15 * 60)
    purse.work(*leads)

    assert len(purse.ledger.entries) == 2
    assert purse.spending(sequence) == (2 * PRICE, 0)


def test_a_message_whose_price_nobody_says_is_not_sent_on_a_budget(purse: Purse) -> None:
    purse.ledger.prices = Prices()
    (lead,) = leads = purse.enrolled(purse.budgeted(5))

    report = purse.work(lead)

    assert report.outcomes["price_missing"] == 1
    assert [one.due_at for one in waiting(purse, leads)] == [purse.clock.now() + timedelta(minutes=15)]


def test_messages_that_cost_nothing_go_out_on_a_budget_of_nothing(purse: Purse) -> None:
    purse.ledger.prices = Prices(Decimal(0))
    (lead,) = purse.enrolled(purse.budgeted(0))

    assert purse.work(lead).outcomes["sent"] == 1


def test_a_campaign_and_a_sequence_must_both_be_able_to_pay(purse: Purse) -> None:
    settings = {"budget": {"amount": PRICE * 2}}
    campaign = purse.app.campaigns.create(CampaignCreate.model_validate({"name": "Spring", "settings": settings})).id
    given = ScriptInput(name="Hello", type="SMS", content="Hi", campaign_id=campaign)
    purse.script = purse.app.scripts.create(given).id
    poor, rich = purse.budgeted(1), purse.budgeted(9)

    purse.work(*purse.enrolled(poor, 2))
    report = purse.work(*purse.enrolled(rich, 2))

    assert len(purse.ledger.entries) == 2
    assert report.outcomes["budget_spent"] == 1
    assert (purse.spending(poor), purse.spending(rich)) == ((PRICE, 0), (PRICE, 0))
    used = purse.app.core.store.find(Spending, spending_key(campaign_scope(campaign), "total"))
    assert used is not None
    assert used.used == 2 * 83
    assert purse.faults() == []


@pytest.mark.parametrize("mood", ["reject", "lose", "accept_silently", "busy"])
def test_a_send_of_which_nobody_knows_keeps_its_money_and_one_that_came_to_nothing_gives_it_back(
    purse: Purse, mood: str
) -> None:
    sequence = purse.budgeted(1)
    first, other = purse.enrolled(sequence, 2)
    purse.ledger.moods = [mood]  # type: ignore[list-item]

    purse.work(first)
    unclear = purse.spending(sequence)
    purse.work(other)

    is_free = mood == "reject"
    assert unclear == ((0, 0) if is_free else (PRICE, PRICE))
    assert len(purse.ledger.of(f"{other}.{sequence}.1.{step_of(purse, other)}")) == is_free
    for lead in (first, other):
        purse.clock.advance(LONG)
        purse.work(lead)
    assert purse.spending(sequence) == (PRICE, 0)
    assert purse.faults() == []


def step_of(purse: Purse, lead: str) -> str:
    return purse.of(SequenceStepExecution, lead)[0].step_id


def test_what_a_dead_worker_has_set_aside_is_found_when_it_is_missed(purse: Purse) -> None:
    sequence = purse.budgeted(1)
    (gone, other) = purse.enrolled(sequence, 2)
    worker = purse.worker()
    (execution,) = purse.of(SequenceStepExecution, gone)
    errand = next(iter(worker.loader.load(purse.due(gone)).values()))
    ready = worker._look(purse.due(gone)[0], errand, lambda: 3600)
    assert isinstance(ready, Ready)
    worker.reserver.set_aside([Asked(ready.work, ready.errand, ready.quote)])
    assert purse.spending(sequence) == (PRICE, PRICE)
    # Its lead is stopped, so that nobody will ever use the money.
    purse.stop(gone)
    purse.run_jobs()

    purse.clock.advance(LONG)
    purse.work(other)

    assert execution.id not in {entry.work for entry in purse.ledger.entries}
    assert len(purse.ledger.entries) == 1
    assert purse.spending(sequence) == (PRICE, 0)
    assert purse.faults() == []


def test_money_is_set_aside_once_however_often_a_message_is_taken_up(purse: Purse) -> None:
    sequence = purse.budgeted(1)
    (lead,) = purse.enrolled(sequence)
    purse.ledger.moods = ["busy", "busy"]

    for _ in range(3):
        purse.work(lead)
        assert purse.spending(sequence)[0] == PRICE
        purse.clock.advance(LONG)

    assert len(purse.ledger.entries) == 1
    (execution,) = purse.of(SequenceStepExecution, lead)
    charge = purse.app.core.store.find(Charge, charge_key(lead, execution.id, sequence_scope(sequence)))
    assert charge is not None
    assert (charge.state, charge.counted) == ("closed", 83)


def test_a_budget_costs_five_requests_and_twelve_units_which_a_chunk_shares(purse: Purse) -> None:
    plain, bound = purse.sequence(0), purse.budgeted(99)
    costs = []
    for sequence, number in ((plain, 1), (bound, 1), (plain, 14), (bound, 14)):
        due, worker = purse.due(*purse.enrolled(sequence, number)), purse.worker()
        with counting(purse.app) as cost:
            assert worker.process(due).outcomes["sent"] == number
        costs.append((len(cost.requests), cost.write_units))

    alone, bound_alone, chunk, bound_chunk = costs
    assert (alone[0], bound_alone) == (4, (4 + 5, alone[1] + 12))
    assert bound_chunk[0] == chunk[0] + 5


def test_how_a_budget_stands(purse: Purse) -> None:
    sequence = purse.budgeted(3, period="month")
    leads = purse.enrolled(sequence, 2)
    purse.ledger.moods = ["accept", "lose"]
    purse.work(*leads)

    standing = budget_standing(purse.core, sequence_scope(sequence), Budget(amount=PRICE * 3, period="month"))

    assert standing is not None
    assert (standing.amount, standing.spent, standing.reserved, standing.left) == (3 * PRICE, PRICE, PRICE, PRICE)
    assert standing.until == datetime.fromisoformat("2026-03-01T00:00:00Z")
    assert budget_standing(purse.core, sequence_scope(sequence), None) is None


@pytest.mark.parametrize(("outcome", "cost"), [("sent", PRICE), ("not_sent", None)])
def test_money_for_what_nobody_knows_stays_set_aside_until_somebody_says_what_became_of_it(
    purse: Purse, outcome: Any, cost: Decimal | None
) -> None:
    sequence = purse.budgeted(1)
    (lead,) = purse.enrolled(sequence)
    purse.ledger.moods, purse.ledger.blind = ["lose"], True
    purse.work(lead)
    for _ in range(PATIENCE):
        purse.clock.advance(3600)
        purse.work(lead)
    (execution,) = purse.of(SequenceStepExecution, lead)
    assert execution.result["reason"] == "outcome_unknown"
    assert purse.spending(sequence) == (PRICE, PRICE)

    purse.app.resolving.execution(execution.id, Resolution(outcome=outcome), by="somebody")

    assert [one.cost for one in purse.of(ContactAttempt, lead)] == [cost]
    assert purse.spending(sequence) == (cost or 0, 0)
    assert purse.faults() == []


@pytest.mark.parametrize("hours", [1, PATIENCE], ids=["while it is looked for", "after it was given up"])
def test_money_for_what_nobody_knows_is_spent_when_a_report_proves_that_it_was_sent(purse: Purse, hours: int) -> None:
    sequence = purse.budgeted(1)
    (lead,) = purse.enrolled(sequence)
    purse.ledger.moods, purse.ledger.blind = ["accept_silently"], True
    purse.work(lead)
    for _ in range(hours):
        purse.clock.advance(3600)
        purse.work(lead)
    assert purse.spending(sequence) == (PRICE, PRICE)
    (execution,) = purse.of(SequenceStepExecution, lead)
    work, now = Work(SequenceStepExecution.__name__, execution.id), purse.clock.now()
    report = Report(work, "SMS", "SM1", (Evidence("delivered", now, {}),))

    assert Reporter(purse.core).apply(Event("twilio-status", "one", {}, now), report) == Applied("delivered")

    assert purse.spending(sequence) == (PRICE, 0)
    assert purse.faults() == []
