"""Whose a conversion is, which contact brought it, and what it counts for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import Conversion, ConversionInput
from retention.errors import ConflictError
from retention.experiments.model import ABTest, Exposure
from retention.jobs.model import Job
from retention.leads.model import Contact, ExternalReference, Lead
from retention.stats.contributing import ACCOUNT
from retention.table.keys import key
from retention.templates.links import Callback, Visit, sign
from tests import factories as make
from tests.figures import figures as numbers
from tests.integrity import everything, problems, scan
from tests.retention.conversions.tracker import Tracker
from tests.start import START
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@dataclass
class Sent:
    """A message that a lead was sent, by variant B of a test."""

    lead: Lead
    attempt: ContactAttempt
    test: ABTest

    def figures(self, app: Application) -> dict[str, tuple[int, Decimal]]:
        """What each variant has brought, as the API shows it."""
        test = app.ab_tests.get(self.test.id)
        return {
            "A": (test.stats_a.conversions, test.stats_a.revenue),
            "B": (test.stats_b.conversions, test.stats_b.revenue),
        }


NOTHING = (0, Decimal(0))


@pytest.fixture
def tracker(app: Application) -> Tracker:
    """A tracker."""
    return Tracker(app)


@pytest.fixture
def sent(app: Application) -> Sent:
    """A message that was sent."""
    campaign, lead = make.a_campaign(), make.a_lead(external_id="x1")
    scripts = [make.a_script(campaign_id=campaign.id) for _ in range(2)]
    test = make.a_test(campaign, variant_a=scripts[0].id, variant_b=scripts[1].id)
    own = {"campaign_id": campaign.id, "script_id": scripts[1].id, "experiment": f"{test.id}:B"}
    attempt = make.an_attempt(lead, **own, status="SUCCESS", sent_at=START, local_hour="207")
    reference = ExternalReference(external_id="x1", lead_id=lead.id)
    exposure = make.an_exposure(attempt)
    make.load(app, [campaign, lead, make.a_contact(lead), reference, *scripts, test, attempt, exposure])
    return Sent(lead, attempt, test)


def version(app: Application, lead: str) -> int:
    contact = app.core.store.find(Contact, key("Contact", lead_id=lead))
    assert contact is not None
    return contact.version


def origin(conversion: Conversion) -> tuple[Any, ...]:
    return conversion.lead_id, conversion.contact_attempt_id, conversion.campaign_id, conversion.channel


def brought(sent: Sent) -> tuple[Any, ...]:
    return sent.lead.id, sent.attempt.id, sent.attempt.campaign_id, "SMS"


# --- in this order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["subid", "sub_id_1", "sub_id_30", "external_id", "aff_sub"])
def test_a_token_of_ours_in_any_parameter_tells_lead_contact_campaign_and_channel(
    app: Application, tracker: Tracker, sent: Sent, name: str
) -> None:
    tracker.send(**{"clickid": "c1", name: tracker.visit(sent.attempt.id)}, status="sale", payout="21")

    assert origin(tracker.only()) == brought(sent)
    assert app.leads.get(sent.lead.id).status == "CONVERTED"
    assert problems(app) == []


def test_a_token_for_something_else_from_a_preview_or_of_somebody_gone_tells_nothing(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    keyring = app.core.keyring
    tokens = [
        sign(keyring, Callback("SequenceStepExecution", sent.attempt.id)),
        sign(keyring, Visit(sent.attempt.id, preview=True)),
        sign(keyring, Visit(ids.join("nobody", "x"))),
        tracker.visit(sent.attempt.id)[:-2] + "AA",
        sign(keyring, Visit("nowhere")),
    ]
    for number, token in enumerate(tokens):
        tracker.send(subid=f"s{number}", sub_id_1=token, status="sale")

    assert {origin(one) for one in tracker.conversions()} == {(None, None, None, None)}
    assert app.leads.get(sent.lead.id).status == "NEW"


def test_an_earlier_conversion_of_the_visitor_tells_when_nothing_else_does(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    tracker.send(subid="s1", clickid="c1", sub_id_2=tracker.visit(sent.attempt.id), status="sale", payout="21", tid="1")
    tracker.send(subid="s1", status="rebill", payout="9", tid="2")
    tracker.send(clickid="c1", status="sale", payout="1", tid="3")

    assert {origin(one) for one in tracker.conversions()} == {brought(sent)}
    assert sent.figures(app) == {"A": NOTHING, "B": (1, Decimal(31))}


def test_it_counts_for_the_hour_in_which_its_contact_was_sent(
    app: Application, tracker: Tracker, sent: Sent, clock: ManualClock
) -> None:
    def converted() -> int:
        return numbers(list(scan(app)), ACCOUNT)["hour:207:SMS:converted"]

    clock.advance(7200)
    tracker.send(subid="s1", sub_id_2=tracker.visit(sent.attempt.id), status="sale", payout="21", tid="1")
    tracker.send(subid="s1", status="rebill", payout="9", tid="2")
    assert converted() == 2
    by_hand = app.conversions.create(ConversionInput(contact_attempt_id=sent.attempt.id, status="customer"))
    assert (by_hand.channel, converted()) == ("SMS", 3)

    tracker.send(subid="s1", status="rejected", tid="2")
    app.conversions.delete(by_hand.id, if_match=None)
    assert converted() == 1


@pytest.mark.parametrize("name", ["external_id", "subid", "clickid"])
def test_a_lead_is_found_by_its_external_id_in_whichever_id(
    app: Application, tracker: Tracker, sent: Sent, name: str
) -> None:
    tracker.send(**{name: "x1"}, status="sale", payout="21")

    assert origin(tracker.only()) == (sent.lead.id, None, None, None)
    assert app.leads.get(sent.lead.id).status == "CONVERTED"


def test_the_token_counts_before_everything_else(app: Application, tracker: Tracker, sent: Sent) -> None:
    other = make.a_lead(external_id="x2")
    make.load(app, [other, make.a_contact(other)])

    tracker.send(subid="x2", sub_id_1=tracker.visit(sent.attempt.id), status="sale")

    assert tracker.only().lead_id == sent.lead.id


def test_a_contact_that_is_not_there_does_not_keep_the_lead_from_being_converted(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    tracker.send(subid="s1", sub_id_1=tracker.visit(ids.join(sent.lead.id, "unwritten")), status="sale")

    assert origin(tracker.only()) == (sent.lead.id, None, None, None)
    assert app.leads.get(sent.lead.id).status == "CONVERTED"


def test_a_contact_or_a_lead_that_goes_at_the_same_moment_leaves_nothing_dangling(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    token = tracker.visit(sent.attempt.id)

    with just_before_the_next_transaction(app, lambda: app.deletion.attempt(sent.attempt)):
        tracker.send(subid="s1", sub_id_1=token, status="sale")
    without_contact = origin(tracker.only())
    with just_before_the_next_transaction(app, lambda: app.deletion.lead(sent.lead.id)):
        tracker.send(subid="s2", sub_id_1=token, status="sale")

    assert without_contact == (sent.lead.id, None, None, None)
    assert {one.lead_id for one in tracker.conversions()} == {None}
    assert problems(app) == []


# --- in one transaction ----------------------------------------------------------------------------------------


def test_a_sale_that_stops_a_lead_takes_at_most_four_requests(app: Application, tracker: Tracker, sent: Sent) -> None:
    others = [make.a_lead(external_id=f"y{number}") for number in range(3)]
    make.load(app, [item for lead in others for item in (lead, make.a_contact(lead))])
    for external in others:
        app.leads.update(external.id, {"externalId": f"z-{external.external_id}"}, if_match=None)
    known: list[tuple[dict[str, str], list[str]]] = [
        # What the test has had of the lead is read for it.
        ({"sub_id_1": tracker.visit(sent.attempt.id)}, ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]),
        ({"external_id": "z-y0"}, ["BatchGetItem", "ExecuteStatement", "GetItem", "TransactWriteItems"]),
        # The last of its ids is the one.
        (
            {"external_id": "unknown", "clickid": "z-y1"},
            ["BatchGetItem", "ExecuteStatement", "GetItem", "TransactWriteItems"],
        ),
    ]
    for number, (params, requests) in enumerate(known):
        with counting(app) as cost:
            tracker.send(**{"subid": f"s{number}", **params}, status="sale", payout="21", tid="1")
        assert cost.requests == requests, params
    # Of a visitor who is known already: a lead that is sold, and a copy.
    tracker.send(subid="s9", external_id="z-y2", status="lead")
    with counting(app) as cost:
        tracker.send(subid="s9", status="sale", payout="21")
        tracker.send(subid="s9", status="sale", payout="21")
    assert cost.requests == ["BatchGetItem", "GetItem", "TransactWriteItems", "BatchGetItem"]
    assert {app.leads.get(one.id).status for one in (sent.lead, *others)} == {"CONVERTED"}


def test_what_a_postback_costs(app: Application, tracker: Tracker, sent: Sent) -> None:
    """The figures of docs/conversions.md."""
    other = make.a_lead(external_id="y1")
    make.load(app, [other, make.a_contact(other), ExternalReference(external_id="y1", lead_id=other.id)])
    tracker.send(subid="s0", sub_id_1=tracker.visit(sent.attempt.id), status="lead")
    visitor = {"subid": "s1", "sub_id_1": tracker.visit(sent.attempt.id)}
    told: list[tuple[dict[str, str], int, float]] = [
        ({**visitor, "status": "lead"}, 2, 20),
        ({**visitor, "status": "sale", "payout": "21", "tid": "1"}, 3, 26),
        ({**visitor, "status": "rebill", "payout": "21", "tid": "2"}, 3, 28),
        ({**visitor, "status": "rejected", "tid": "2"}, 3, 12),
        ({**visitor, "status": "rejected", "tid": "2"}, 1, 0),
        ({**visitor, "status": "lead"}, 1, 0),
        ({"subid": "s2", "external_id": "y1", "status": "sale", "payout": "3", "tid": "1"}, 4, 27),
    ]

    for params, requests, units in told:
        with counting(app) as cost:
            tracker.send(**params)
        assert (len(cost.requests), cost.write_units) == (requests, units), params


def test_a_sale_touches_the_contact_and_has_what_is_planned_ended(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    tracker.send(subid="s1", external_id="x1", status="lead")
    assert (version(app, sent.lead.id), app.leads.get(sent.lead.id).status) == (0, "NEW")

    tracker.send(subid="s1", status="sale", payout="21", tid="1")
    tracker.send(subid="s1", status="sale", payout="22", tid="1")

    (job,) = [item for item in everything(app) if isinstance(item, Job)]
    assert (job.task, job.target["leadId"], job.target["reason"]) == ("stop", sent.lead.id, "CONVERTED")
    assert version(app, sent.lead.id) == 1


# --- credit ----------------------------------------------------------------------------------------------------


def test_only_what_is_paid_counts_for_its_variant_and_what_is_rejected_is_taken_back(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    token = tracker.visit(sent.attempt.id)
    history = [
        ({"status": "lead", "payout": "5"}, NOTHING),
        ({"status": "sale", "payout": "21.05", "tid": "1"}, (1, Decimal("21.05"))),
        ({"status": "sale", "payout": "20", "tid": "1"}, (1, Decimal(20))),
        ({"status": "rebill", "payout": "0.0001", "tid": "2"}, (1, Decimal("20.0001"))),
        ({"status": "rejected", "tid": "1"}, (1, Decimal("0.0001"))),
        ({"status": "rejected", "tid": "2"}, NOTHING),
    ]

    for params, figures in history:
        tracker.send(subid="s1", sub_id_1=token, **params)
        assert sent.figures(app) == {"A": NOTHING, "B": figures}, params


def test_a_change_by_hand_and_a_deleted_conversion_give_and_take_credit(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    tracker.send(subid="s1", sub_id_1=tracker.visit(sent.attempt.id), status="lead", payout="7")
    made = tracker.only().id

    app.conversions.update(made, {"status": "customer"}, if_match=None)
    counted = sent.figures(app)
    app.conversions.update(made, {"status": "churn"}, if_match=None)
    taken_back = sent.figures(app)
    app.conversions.update(made, {"status": "customer"}, if_match=None)
    app.conversions.delete(made, if_match=None)

    assert counted == {"A": NOTHING, "B": (1, Decimal(7))}
    assert taken_back == sent.figures(app) == {"A": NOTHING, "B": NOTHING}


def test_a_contact_that_was_no_part_of_a_test_counts_for_none(app: Application, tracker: Tracker, sent: Sent) -> None:
    # With the very script of a variant, but chosen by somebody, not by the test.
    by_hand = make.an_attempt(sent.lead, campaign_id=sent.attempt.campaign_id, script_id=sent.attempt.script_id)
    make.load(app, [by_hand])

    tracker.send(subid="s1", sub_id_1=tracker.visit(by_hand.id), status="sale", payout="7")

    assert sent.figures(app) == {"A": NOTHING, "B": NOTHING}


def test_what_was_counted_for_a_test_goes_with_it_or_with_its_campaign(
    app: Application, tracker: Tracker, sent: Sent
) -> None:
    def counted() -> list[str]:
        return [
            row["pk"]["S"] for row in scan(app) if row["kind"]["S"] == Exposure.__name__ or "TEST#" in row["pk"]["S"]
        ]

    tracker.send(subid="s1", sub_id_1=tracker.visit(sent.attempt.id), status="sale", payout="7", tid="1")
    assert len(counted()) == 2
    app.deletion.ab_test(sent.test.id)
    assert counted() == []
    # What was counted for a test that is gone is not taken back, and nothing new is counted for it.
    tracker.send(subid="s1", status="rejected", tid="1")
    tracker.send(subid="s2", sub_id_1=tracker.visit(sent.attempt.id), status="sale", payout="7", tid="2")
    assert counted() == []

    campaign = make.a_campaign(id=sent.test.campaign_id)
    again = make.a_test(campaign, variant_a="a", variant_b=sent.attempt.script_id)
    attempt = make.an_attempt(sent.lead, campaign_id=campaign.id, experiment=f"{again.id}:B", sent_at=START)
    make.load(app, [again, attempt, make.an_exposure(attempt)])
    tracker.send(subid="s3", sub_id_1=tracker.visit(attempt.id), status="sale", payout="7", tid="1")
    assert len(counted()) == 2
    app.deletion.campaign(sent.test.campaign_id)
    assert counted() == []


def test_a_test_that_has_counted_keeps_its_variants(app: Application, tracker: Tracker, sent: Sent) -> None:
    tracker.send(subid="s1", sub_id_1=tracker.visit(sent.attempt.id), status="sale", payout="7", tid="1")

    with pytest.raises(ConflictError):
        app.ab_tests.update(sent.test.id, {"variantA": sent.test.variant_b}, if_match=None)
