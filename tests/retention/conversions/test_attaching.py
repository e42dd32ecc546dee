"""Conversions of nobody known, and the leads that they turn out to belong to: attached once."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import Conversion, UnmatchedConversion
from retention.inbound.outcome import DUPLICATE
from retention.leads.model import Contact, LeadInput
from retention.sequences.triggering import FIRST_PAUSE, Looked
from retention.table.keys import key
from tests import factories as make
from tests.integrity import count, everything, problems
from tests.retention.conversions.tracker import Tracker, raced
from tests.retention.sequences.news import arrivals, look, overdue
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@pytest.fixture
def tracker(app: Application) -> Tracker:
    """A tracker."""
    return Tracker(app)


def a_lead(app: Application, **fields: Any) -> str:
    return app.intake.create(LeadInput(**{"first_name": "Ada", "last_name": "Lovelace", **fields})).lead.id


def version(app: Application, lead: str) -> int:
    contact = app.core.store.find(Contact, key("Contact", lead_id=lead))
    assert contact is not None
    return contact.version


def owners(tracker: Tracker) -> set[str | None]:
    return {one.lead_id for one in tracker.conversions()}


@pytest.mark.parametrize("name", ["external_id", "subid", "clickid"])
def test_a_lead_that_comes_later_gets_its_conversions_and_is_converted_by_a_sale(
    app: Application, tracker: Tracker, clock: ManualClock, name: str
) -> None:
    tracker.send(**{"tid": "1", name: "x1"}, status="lead")
    tracker.send(**{"tid": "2", name: "x1"}, status="sale", payout="21")
    assert owners(tracker) == {None}

    lead = a_lead(app, external_id="x1")
    looked = look(app, clock)

    assert looked == Looked()
    assert owners(tracker) == {lead}
    assert app.leads.get(lead).status == "CONVERTED"
    assert (count(app, UnmatchedConversion), arrivals(app)) == (0, [])
    assert problems(app) == []


def test_a_lead_that_is_given_an_external_id_later_gets_them_too(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    tracker.send(subid="s1", external_id="x1", status="lead")
    lead = a_lead(app)
    look(app, clock)
    assert owners(tracker) == {None}

    app.leads.update(lead, {"externalId": "x1"}, if_match=None)
    look(app, clock)

    assert (owners(tracker), app.leads.get(lead).status) == ({lead}, "NEW")


def test_a_lead_gets_what_its_visitor_bought_besides_though_that_names_no_id_of_the_lead(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    tracker.send(subid="s1", external_id="x1", status="sale", tid="1", payout="21")
    tracker.send(subid="s1", status="rebill", tid="2", payout="9")
    tracker.send(subid="s2", status="sale", tid="3")

    lead = a_lead(app, external_id="x1")
    look(app, clock)

    assert {(one.sub_id, one.lead_id) for one in tracker.conversions()} == {("s1", lead), ("s2", None)}
    assert problems(app) == []


def test_what_a_deleted_lead_bought_makes_no_customer_of_the_next(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    gone = a_lead(app, external_id="x1")
    tracker.send(subid="s1", external_id="x1", status="sale", tid="1", payout="21")
    app.deletion.lead(gone)
    tracker.send(subid="s1", external_id="x1", status="lead", tid="2")

    lead = a_lead(app, external_id="x1")
    look(app, clock)

    assert {(one.transaction, one.lead_id) for one in tracker.conversions()} == {("1", None), ("2", lead)}
    assert app.leads.get(lead).status == "NEW"


def test_however_many_look_a_conversion_is_attached_once(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    for number in range(3):
        tracker.send(subid="s1", external_id="x1", status="sale", tid=str(number), payout="1")
    lead = a_lead(app, external_id="x1")
    clock.advance(3600)
    hints = overdue(app, clock)

    raced([partial(app.triggers.look_at, hints) for _ in range(8)])

    assert owners(tracker) == {lead}
    # One for each: an attachment raises it once.
    assert version(app, lead) == 3
    assert problems(app) == []


def test_a_lead_that_comes_while_the_conversion_is_written_gets_it(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    """The lead looked for conversions before there was one; then the conversion looks for leads once more."""
    leads: list[str] = []

    def come() -> None:
        leads.append(a_lead(app, external_id="x1"))
        look(app, clock)

    with just_before_the_next_transaction(app, come):
        tracker.send(subid="s1", external_id="x1", status="sale")

    assert owners(tracker) == set(leads)
    assert app.leads.get(leads[0]).status == "CONVERTED"


def test_a_copy_makes_up_for_what_the_first_did_not_come_to(app: Application, tracker: Tracker) -> None:
    event = tracker.event(subid="s1", external_id="x1", status="sale")
    tracker.postbacks.apply(event)
    # The lead is there, and nobody has told it of the conversion: as if the first had died just then.
    lead = a_lead(app, external_id="x1")

    assert tracker.postbacks.apply(event) == DUPLICATE

    assert owners(tracker) == {lead}


def test_a_postback_that_tells_whose_it_is_tells_of_the_visitors_other_conversions_too(
    app: Application, tracker: Tracker
) -> None:
    lead = make.a_lead()
    attempt = make.an_attempt(lead)
    make.load(app, [lead, make.a_contact(lead), attempt])
    tracker.send(subid="s1", status="sale", tid="1", payout="21")
    tracker.send(subid="s1", status="rebill", tid="2", payout="9")
    tracker.send(subid="s2", status="sale", tid="1")

    tracker.send(subid="s1", sub_id_1=tracker.visit(attempt.id), status="rebill", tid="3", payout="9")

    of_visitor = [one for one in tracker.conversions() if one.sub_id == "s1"]
    assert {(one.lead_id, one.contact_attempt_id) for one in of_visitor} == {(lead.id, attempt.id)}
    assert len(of_visitor) == 3
    assert owners(tracker) == {lead.id, None}
    assert problems(app) == []


def test_an_attached_conversion_stays_with_its_lead(app: Application, tracker: Tracker, clock: ManualClock) -> None:
    tracker.send(subid="s1", external_id="x1", status="lead")
    first = a_lead(app, external_id="x1")
    look(app, clock)
    a_lead(app, external_id="s1")
    look(app, clock)

    tracker.send(subid="s1", external_id="s1", status="sale")

    assert owners(tracker) == {first}
    assert app.leads.get(first).status == "CONVERTED"


def test_one_that_is_deleted_waits_for_nobody(app: Application, tracker: Tracker, clock: ManualClock) -> None:
    tracker.send(subid="s1", external_id="x1", clickid="c1", status="sale")
    assert count(app, UnmatchedConversion) == 3
    (waiting,) = tracker.conversions()

    app.conversions.delete(waiting.id, if_match=None)

    assert count(app, UnmatchedConversion) == 0
    lead = a_lead(app, external_id="x1")
    assert (look(app, clock), app.leads.get(lead).status) == (Looked(), "NEW")


def test_a_lead_that_cannot_be_looked_at_now_is_looked_at_later(
    app: Application, tracker: Tracker, clock: ManualClock
) -> None:
    tracker.send(subid="s1", external_id="x1", status="lead")
    lead = a_lead(app, external_id="x1")
    clock.advance(3600)
    hints = overdue(app, clock)

    def fail(**_: Any) -> None:
        raise ConnectionError

    events: Any = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", fail)
    looked = app.triggers.look_at(hints)
    events.unregister("before-call.dynamodb.TransactWriteItems", fail)

    (again,) = arrivals(app)
    assert (looked, owners(tracker)) == (Looked(put_off=1), {None})
    assert again.due_at - clock.now() >= datetime.resolution * FIRST_PAUSE * 1_000_000
    clock.advance(FIRST_PAUSE)
    look(app, clock)
    assert owners(tracker) == {lead}


def test_a_lead_without_an_external_id_costs_nothing_more(app: Application, clock: ManualClock) -> None:
    a_lead(app)
    clock.advance(3600)
    hints = overdue(app, clock)

    with counting(app) as cost:
        app.triggers.look_at(hints)

    assert cost.requests == ["Query", "Query", "DeleteItem"], (
        "the sequences and the campaigns that take leads by themselves"
    )


def test_a_conversion_whose_lead_was_deleted_is_nobodys(app: Application, tracker: Tracker, clock: ManualClock) -> None:
    lead = a_lead(app, external_id="x1")
    tracker.send(subid="s1", external_id="x1", status="lead")

    app.deletion.lead(lead)
    tracker.send(subid="s1", external_id="x1", status="sale", payout="21")

    (kept,) = [item for item in everything(app) if isinstance(item, Conversion)]
    assert (kept.lead_id, kept.status) == (None, "customer")
    assert problems(app) == []
