"""What trackers report, applied: each postback once, in whatever order, and the money exact."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import ConversionInput
from retention.errors import AlreadyExistsError
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored
from retention.leads.model import LeadInput
from retention.outbound.endpoint import EndpointInput
from retention.outbound.model import Delivery
from tests.integrity import everything, problems, scan
from tests.retention.conversions.tracker import Tracker, shuffled
from tests.retention.engine.stories import MANY
from tests.retention.engine.world import Died, World
from tests.wire import just_before_the_next_transaction

APPLIED = Applied("conversion")


@pytest.fixture
def tracker(app: Application) -> Tracker:
    """A tracker, with an integration as simple as can be."""
    return Tracker(app)


def states(tracker: Tracker) -> list[tuple[str, Any]]:
    return sorted((one.status, one.revenue) for one in tracker.conversions())


def items(tracker: Tracker) -> int:
    """How many items the table holds."""
    return sum(1 for _ in scan(tracker.app))


# --- the status machine ----------------------------------------------------------------------------------------


def test_a_lead_that_is_sold_is_one_conversion_that_became_a_customer(tracker: Tracker) -> None:
    assert tracker.send(subid="s1", status="lead", payout="5") == APPLIED
    assert tracker.send(subid="s1", status="sale", payout="21.0", tid="7") == APPLIED

    sold = tracker.only()
    assert states(tracker) == [("customer", 21)]
    assert sold.source == "keitaro"
    assert sold.postback_data == {"subid": "s1", "status": "sale", "payout": "21.0", "tid": "7"}


@pytest.mark.parametrize("tid", [{}, {"tid": "7"}])
def test_a_late_lead_changes_nothing_and_writes_nothing(tracker: Tracker, tid: dict[str, str]) -> None:
    tracker.send(subid="s1", status="sale", payout="21", **tid)
    before, held = tracker.only(), items(tracker)

    assert tracker.send(subid="s1", status="lead", payout="5", **tid) == Ignored("it changes nothing")

    assert (tracker.only(), items(tracker)) == (before, held)


def test_a_rejected_one_is_worth_nothing_and_stays_rejected(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="sale", payout="21", tid="7")
    tracker.send(subid="s1", status="rejected", payout="21", tid="7")
    tracker.send(subid="s1", status="sale", payout="22", tid="7")

    rejected = tracker.only()
    assert states(tracker) == [("churn", 0)]
    assert (rejected.postback_data or {})["payout"] == "21"


def test_a_rejection_does_not_wait_for_a_rate(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="sale", payout="21", tid="7")

    assert tracker.send(subid="s1", status="rejected", payout="-21", currency="EUR", tid="7") == APPLIED
    assert states(tracker) == [("churn", 0)]


def test_rejected_before_its_sale_stays_rejected(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="rejected", tid="7")
    tracker.send(subid="s1", status="sale", payout="21", tid="7")

    assert states(tracker) == [("churn", 0)]


def test_a_repeat_purchase_and_a_rebill_are_conversions_of_their_own(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="lead")
    tracker.send(subid="s1", status="sale", payout="21", tid="1")
    tracker.send(subid="s1", status="sale", payout="1,234.50", tid="2")
    tracker.send(subid="s1", status="rebill", payout="9.99", tid="3")
    tracker.send(subid="s1", status="rejected", tid="2")

    assert states(tracker) == [("churn", 0), ("customer", Decimal("9.99")), ("customer", 21)]
    assert tracker.revenue() == Decimal("30.99")


def test_a_rebill_is_no_sale_of_a_lead_that_is_sold_later(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="lead")
    tracker.send(subid="s1", status="rebill", payout="50", tid="2")
    tracker.send(subid="s1", status="sale", payout="100")

    assert states(tracker) == [("customer", 50), ("customer", 100)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_rebill_takes_nothing_from_a_sale_without_a_transaction_in_either_order(
    tracker: Tracker, order: tuple[int, int]
) -> None:
    told = [{"status": "sale", "payout": "100"}, {"status": "rebill", "payout": "50", "tid": "2"}]
    for at in order:
        tracker.send(subid="s1", **told[at])

    assert states(tracker) == [("customer", 50), ("customer", 100)]


def test_another_sale_of_a_customer_whose_first_had_no_transaction_is_counted(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="sale", payout="100")
    tracker.send(subid="s1", status="sale", payout="50", tid="2")

    assert tracker.revenue() == 150


def test_a_changed_amount_of_the_same_sale_counts_and_a_missing_one_changes_nothing(tracker: Tracker) -> None:
    tracker.send(subid="s1", status="sale", payout="21", tid="7")
    tracker.send(subid="s1", status="sale", payout="25.5", tid="7")
    tracker.send(subid="s1", status="sale", tid="7")

    assert states(tracker) == [("customer", Decimal("25.5"))]


def test_a_visitor_without_a_sub_id_is_told_by_click_id_external_id_or_transaction(tracker: Tracker) -> None:
    for name in ("clickid", "external_id", "tid"):
        for status in ("lead", "sale"):
            tracker.send(**{name: "one"}, status=status, payout="7")

    assert states(tracker) == [("customer", 7)] * 3


def test_a_postback_and_the_api_know_the_same_conversions(app: Application, tracker: Tracker) -> None:
    tracker.send(subid="s1", status="lead")
    tracker.send(subid="s1", status="sale", payout="21", tid="7")
    sold = tracker.only()

    for report in ({"tid": 7}, {}):
        with pytest.raises(AlreadyExistsError) as refusal:
            app.conversions.create(ConversionInput.model_validate({"subId": "s1", "postbackData": report}))
        assert refusal.value.existing_id == sold.id
    app.conversions.create(ConversionInput.model_validate({"subId": "s1", "postbackData": {"tid": 8}, "revenue": 4}))
    tracker.send(subid="s1", status="sale", payout="5", tid="8")
    assert states(tracker) == [("customer", 5), ("customer", 21)]


# --- what cannot be recorded -----------------------------------------------------------------------------------


def test_what_cannot_be_recorded_is_kept_with_its_cause_and_writes_nothing(tracker: Tracker) -> None:
    held = items(tracker)

    for params, why in [
        ({"subid": "s1", "status": "registration"}, "'registration' is not known"),
        ({"subid": "s1", "status": "sale", "payout": "-5"}, "'-5' is no amount"),
        ({"subid": "s1", "status": "sale", "payout": "NaN"}, "'NaN' is no amount"),
        ({"subid": "s1", "status": "sale", "payout": "{payout}"}, "did not fill in payout"),
        ({"subid": "s1", "status": "sale", "payout": "5", "currency": "EUR"}, "no rate for EUR"),
        ({"status": "sale", "payout": "5"}, "names nobody"),
        ({"subid": "s1"}, "no status"),
    ]:
        outcome = tracker.send(**params)
        assert isinstance(outcome, Hopeless), params
        assert why in outcome.why
    assert tracker.send(subid="s1", status="x", ignore_status="x") == Ignored("the settings say so")
    assert items(tracker) == held


def test_an_amount_in_a_currency_without_a_rate_counts_when_it_is_replayed_with_one(tracker: Tracker) -> None:
    tracker.settings(currency="USD", rates={"GBP": "1.27"})
    event = tracker.event(subid="s1", status="sale", payout="1.234,50", currency="EUR")
    assert isinstance(tracker.postbacks.apply(event), Hopeless)

    tracker.settings(currency="USD", rates={"EUR": "1.08"}, statuses={"Deposit": "qualified"})

    assert [tracker.postbacks.apply(event) for _ in range(2)] == [APPLIED, DUPLICATE]
    assert tracker.only().revenue == Decimal("1333.26")
    assert tracker.send(subid="s2", status="deposit") == APPLIED
    assert [status for status, _ in states(tracker)] == ["customer", "qualified"]


# --- copies and races ------------------------------------------------------------------------------------------


def test_of_five_parallel_copies_one_counts(tracker: Tracker) -> None:
    outcomes = tracker.send_all([tracker.event(subid="s1", status="sale", payout="21")] * 5, threads=5)

    assert sorted(outcomes, key=str) == sorted([APPLIED, *[DUPLICATE] * 4], key=str)
    assert states(tracker) == [("customer", 21)]


def test_forty_six_copies_of_a_whole_history_shuffled_over_eight_threads_count_once(
    app: Application, tracker: Tracker
) -> None:
    lead = app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", external_id="x1")).lead.id
    told = [
        {"status": "lead"},
        {"status": "sale", "payout": "21.05", "tid": "1"},
        {"status": "sale", "payout": "10.10", "tid": "2"},
        {"status": "rebill", "payout": "0.95", "tid": "3"},
        {"status": "rejected", "payout": "10.10", "tid": "2"},
    ]
    copies = [tracker.event(subid="s1", external_id="x1", **one) for one in told for _ in range(46)]

    outcomes = tracker.send_all(shuffled(copies, "14"))

    # What changes nothing writes nothing, and may be told again: a lead that came after its sale.
    assert outcomes.count(APPLIED) <= len(told)
    assert tracker.revenue() == 22
    assert app.leads.get(lead).status == "CONVERTED"
    assert {one.lead_id for one in tracker.conversions()} == {lead}
    assert problems(app) == []


@pytest.mark.parametrize("round_", range(8))
def test_a_lead_and_its_sale_at_the_same_moment_meet_in_one_conversion(
    tracker: Tracker, clock: ManualClock, round_: int
) -> None:
    both = [
        tracker.event(subid="s1", status="lead"),
        tracker.event(subid="s1", status="sale", payout="21", tid="7"),
    ]
    tracker.send_all(both[:: 1 if round_ % 2 else -1], threads=2)

    assert states(tracker) == [("customer", 21)]


@pytest.mark.parametrize("status", ["rejected", "sale"])
@pytest.mark.parametrize("first", [[], [{"status": "lead"}], [{"status": "sale", "tid": "1"}]])
def test_two_words_for_one_transaction_at_the_same_moment_are_one_conversion(
    app: Application, tracker: Tracker, first: list[dict[str, str]], status: str
) -> None:
    """A rebill and what else is told of it have different places when nothing is known of it yet."""
    for params in first:
        tracker.send(subid="s1", **params)
    rebill = tracker.event(subid="s1", status="rebill", payout="50", tid="2")

    with just_before_the_next_transaction(app, lambda: tracker.postbacks.apply(rebill)):
        tracker.send(subid="s1", status=status, payout="50", tid="2")

    assert tracker.revenue() == (50 if status == "sale" else 0)
    assert [one.transaction for one in tracker.conversions()].count("2") == 1


def test_a_death_at_any_boundary_loses_nothing_and_a_second_delivery_makes_up_for_it(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    """Also of what an earlier postback left: a conversion of nobody known, which the second tells of."""
    world = World(app, clock)

    def die() -> None:
        raise Died

    for boundary in range(MANY):
        lead = app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", external_id=f"x{boundary}")).lead.id
        tracker.send(subid=f"s{boundary}", status="rebill", payout="9", tid="2")
        event = tracker.event(subid=f"s{boundary}", external_id=f"x{boundary}", status="sale", payout="21", tid="1")
        with world.at_boundary(boundary, die) as passed, suppress(Died):
            tracker.postbacks.apply(event)

        tracker.postbacks.apply(event)

        mine = [one for one in tracker.conversions() if one.sub_id == f"s{boundary}"]
        assert {(one.lead_id, int(one.revenue)) for one in mine} == {(lead, 9), (lead, 21)}, passed[
            boundary : boundary + 1
        ]
        assert app.leads.get(lead).status == "CONVERTED"
        if len(passed) <= boundary:
            break
    assert boundary >= 12
    assert problems(app) == []


def test_the_team_is_told_of_each_change_once(app: Application, tracker: Tracker) -> None:
    app.endpoints.create(
        EndpointInput(
            name="CRM", url="https://hooks.example.com/", events=["conversion.recorded", "conversion.changed"]
        )
    )
    told = [
        tracker.event(subid="s1", status="lead", currency="USD"),
        tracker.event(subid="s1", status="hold", payout="0"),
        tracker.event(subid="s1", status="approved", payout="21.5", tid="7"),
    ]
    for event in told:
        for _ in range(3):
            tracker.postbacks.apply(event)
    app.conversions.delete(tracker.only().id, if_match=None)

    deliveries = sorted((json.loads(one.payload) for one in everything(app) if isinstance(one, Delivery)), key=_order)
    assert [
        (one["type"], one["data"].get("previousStatus"), one["data"]["status"], one["data"]["revenue"])
        for one in deliveries
    ] == [
        ("conversion.changed", "customer", "churn", 0),
        ("conversion.changed", "lead", "customer", 21.5),
        ("conversion.recorded", None, "lead", 0),
    ]
    sold = deliveries[1]["data"]
    assert {name: sold[name] for name in ("originalStatus", "currency", "subId", "tid", "source")} == {
        "originalStatus": "approved",
        "currency": "USD",
        "subId": "s1",
        "tid": "7",
        "source": "keitaro",
    }


def _order(event: Any) -> tuple[str, str]:
    return event["type"], event["data"].get("previousStatus", "")
