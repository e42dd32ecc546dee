"""What becomes of the attempt, the execution, the lead and its address when something is told of a send."""

from dataclasses import replace
from itertools import count as count_from
from itertools import permutations

import pytest

from retention import jsontext
from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.engine import slots
from retention.engine.queue import Work
from retention.inbound.outcome import DUPLICATE, Applied, Ignored
from retention.jobs.model import Job
from retention.outbound.contents import DATA
from retention.outbound.endpoint import EndpointInput
from retention.outbound.model import Delivery, EventType
from retention.outbound.registry import forget_endpoints
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report
from retention.reports.handling import DeliveryReports
from retention.sequences import conditions
from retention.sequences.model import SequenceStepExecution
from retention.table.items import from_raw
from tests.api_client import ApiClient
from tests.integrity import count, problems, scan
from tests.retention.deletion.test_rules import work_off
from tests.retention.reports.sends import Sent, a_person, sent
from tests.start import START
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@pytest.fixture
def reports(app: Application) -> DeliveryReports:
    return DeliveryReports(app.core)


def applied(reports: DeliveryReports, *events: Event) -> list[object]:
    return [reports.twilio(one) if one.source == "twilio-status" else reports.sendgrid(one) for one in events]


# --- what is told shows everywhere ---------------------------------------------------------------------------------


def test_a_delivery_shows_on_the_attempt_the_execution_and_the_timeline(
    app: Application, api: ApiClient, reports: DeliveryReports
) -> None:
    one = sent(app, "SMS")
    before = one.contact.version

    assert applied(reports, one.status("sent"), one.status("delivered")) == [Ignored("known"), Applied("delivered")]

    attempt = api.get(f"/v1/contact-attempts/{one.id}").json
    assert (attempt["status"], attempt["completedAt"]) == ("SUCCESS", "2026-02-18T12:00:30.000Z")
    assert "told" not in attempt
    assert (one.execution.status, one.execution.result["deliveredAt"]) == ("DELIVERED", "2026-02-18T12:00:30.000Z")
    assert one.contact.version == before + 1
    told = [
        row["status"] for row in api.get(f"/v1/leads/{one.lead_id}/timeline").json["data"] if row["type"] == "report"
    ]
    assert told == ["delivered"]
    assert problems(app) == []


def test_a_status_webhook_takes_two_requests_and_a_copy_takes_one(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "SMS")
    failed = one.status("failed", code="21610")
    forget_endpoints(app.core)  # As in a process that has just started.
    with counting(app) as first:
        assert applied(reports, failed) == [Applied("undelivered")]
    with counting(app) as second:
        assert applied(reports, failed) == [DUPLICATE]
    assert first.requests == ["BatchGetItem", "TransactWriteItems"]
    assert second.requests == ["BatchGetItem"]


def test_nothing_happens_to_a_message_before_it_is_sent(app: Application, reports: DeliveryReports) -> None:
    """Clocks differ, and SendGrid tells whole seconds."""
    one = sent(app, "EMAIL")
    applied(reports, one.mail("delivered", after=-20))
    assert one.attempt.completed_at == one.attempt.started_at


def test_what_adds_nothing_writes_nothing(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "EMAIL")
    applied(reports, one.mail("delivered"))
    with counting(app) as cost:
        outcomes = applied(reports, one.mail("processed"), one.mail("deferred"), one.mail("delivered", after=40))
    assert outcomes == [Ignored("known")] * 3
    assert cost.requests == ["BatchGetItem"] * 3


def test_a_lead_that_clicks_is_one_that_something_is_going_on_with(app: Application, reports: DeliveryReports) -> None:
    one, other = sent(app, "EMAIL", status="CONTACTED"), sent(app, "EMAIL", status="LOST")
    applied(reports, one.mail("open"), one.mail("click", useragent="curl/8.0"))
    assert one.lead.status == "CONTACTED"
    for each in (one, other):
        applied(reports, each.mail("click", useragent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"))
    assert (one.lead.status, other.lead.status) == ("IN_PROGRESS", "LOST")
    assert problems(app) == []


def test_conditions_of_the_next_step_see_what_was_told(app: Application, reports: DeliveryReports) -> None:
    outcomes = ("sent", "delivered", "opened", "clicked", "failed")

    def came(one: Sent) -> set[str]:
        return {outcome for outcome in outcomes if conditions._CAME[outcome](one.execution)}  # type: ignore[index]

    delivered, bounced, scanned = sent(app, "EMAIL"), sent(app, "EMAIL"), sent(app, "EMAIL")
    applied(reports, delivered.mail("open"))
    applied(reports, bounced.mail("delivered"), bounced.mail("bounce", type="bounce", after=300))
    applied(reports, scanned.mail("open", sg_machine_open=True), scanned.mail("click", useragent="Mimecast scanner"))

    assert came(delivered) == {"sent", "delivered", "opened"}
    assert came(bounced) == {"failed"}
    assert came(scanned) == {"sent", "delivered"}


def test_the_team_is_told_of_each_thing_once(app: Application, clock: ManualClock, reports: DeliveryReports) -> None:
    prefix = f"/{app.core.settings.table_name}/integrations"
    app = build(
        replace(app.core.settings, integration_secrets_prefix=prefix),
        clock=clock,
        keyring=app.core.keyring,
    )
    wanted: list[EventType] = [
        "message.delivered", "message.failed", "message.opened", "message.clicked", "call.ended", "lead.stopped",
    ]  # fmt: skip
    app.endpoints.create(EndpointInput(name="Ours", url="https://example.com/hook", events=wanted))
    one, call, reports = sent(app, "EMAIL"), sent(app, "CALL"), DeliveryReports(app.core)

    applied(
        reports,
        *(one.mail("delivered"), one.mail("delivered", after=99), one.mail("open", sg_machine_open=True)),
        *(one.mail("open"), one.mail("click", useragent="Mozilla/5.0 (iPhone)"), one.mail("bounce", type="bounce")),
    )
    told = (Evidence("answered", START), Evidence("ended", START, {"durationSeconds": 7, "cost": "0.0725"}))
    work = Work(SequenceStepExecution.__name__, call.id)
    Reporter(app.core).apply(Event("vapi", "call:report:", {}, START), Report(work, "CALL", call.ref, told))

    deliveries = [from_raw(Delivery, raw) for raw in scan(app) if raw["kind"]["S"] == Delivery.__name__]
    assert sorted(delivery.type for delivery in deliveries) == sorted(wanted)
    for delivery in deliveries:
        data = jsontext.loads(delivery.payload)["data"]
        assert set(data) <= set(DATA[delivery.type])
        if delivery.type == "call.ended":
            assert (data["status"], data["duration"], str(data["cost"])) == ("SUCCESS", 7, "0.0725")


def test_what_did_not_arrive_is_listed_and_explained(
    app: Application, api: ApiClient, reports: DeliveryReports
) -> None:
    one = sent(app, "SMS")
    applied(reports, one.status("undelivered", code="30005"))
    (row,) = api.get("/v1/executions?status=FAILED&reason=undelivered").json["data"]
    assert (row["id"], row["result"]["detail"]) == (one.id, "the handset is not known")
    assert one.attempt.result == "undelivered: 30005 the handset is not known"
    applied(reports, one.status("delivered", after=90))
    assert api.get("/v1/executions?status=FAILED").json["data"] == []
    assert problems(app) == []


def test_a_status_that_somebody_set_by_hand_stays(app: Application, api: ApiClient, reports: DeliveryReports) -> None:
    one = sent(app, "SMS")
    assert api.patch(f"/v1/contact-attempts/{one.id}", {"status": "FAILED", "result": "wrong person"}).status == 200
    applied(reports, one.status("delivered"))
    assert (one.attempt.status, one.attempt.result) == ("FAILED", "wrong person")
    assert one.execution.result["deliveredAt"]


# --- as it was before: late, out of order, about something else -----------------------------------------------------


def test_a_bounce_followed_by_an_open_is_no_success(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "EMAIL")
    applied(reports, one.mail("bounce", type="blocked", status="4.2.1"), one.mail("open", after=60))
    assert (one.attempt.status, one.execution.status) == ("FAILED", "FAILED")
    assert one.execution.result["bounced"] is False
    assert one.suppression() is None
    hard = sent(app, "EMAIL")
    applied(reports, hard.mail("bounce", type="bounce", status="5.1.1"), hard.mail("open", after=60))
    assert (hard.execution.status, hard.execution.result["bounced"]) == ("FAILED", True)
    assert hard.contact.stop_reason == "HARD_BOUNCE"


def test_a_late_report_reopens_nothing(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "SMS")
    applied(reports, one.status("delivered"), one.status("sent", after=60), one.status("queued", after=90))
    assert (one.attempt.status, one.execution.status) == ("SUCCESS", "DELIVERED")


def test_a_report_for_a_text_message_never_updates_an_email_with_the_same_reference(
    app: Application, reports: DeliveryReports
) -> None:
    text, mail = sent(app, "SMS"), sent(app, "EMAIL")
    assert applied(reports, mail.status("delivered")) == [Ignored("other_message")]
    assert applied(reports, text.mail("delivered")) == [Ignored("other_message")]
    assert applied(reports, text.status("delivered", MessageSid="SM-of-another")) == [Ignored("other_message")]
    assert applied(reports, mail.mail("delivered", sg_message_id="another.filter1")) == [Ignored("other_message")]
    assert (text.attempt.status, mail.attempt.status) == ("IN_PROGRESS", "IN_PROGRESS")


@pytest.mark.parametrize("kind", ["SMS", "EMAIL"])
def test_orders_of_a_history_end_alike_in_the_table(app: Application, reports: DeliveryReports, kind: str) -> None:
    def history(one: Sent) -> list[Event]:
        if kind == "SMS":
            return [
                one.status("sent", after=1),
                one.status("undelivered", code="30005", after=5),
                one.status("delivered", after=9),
                one.status("failed", code="21610", after=7),
            ]
        return [
            one.mail("delivered", after=5),
            one.mail("open", sg_machine_open=True, after=6),
            one.mail("click", useragent="Mozilla/5.0 (iPhone)", after=9),
            one.mail("bounce", type="bounce", status="5.1.1", after=20),
        ]

    seen = []
    for order in permutations(range(4)):
        one = sent(app, "SMS" if kind == "SMS" else "EMAIL")
        events = history(one)
        applied(reports, *(events[at] for at in order))
        found = one.seen()
        found["attempt"].pop("provider_ref")
        found["execution"][1].pop("providerRef")
        seen.append(found)
    assert all(one == seen[0] for one in seen)


def test_the_place_of_a_call_is_freed_while_others_take_and_give_back_places_all_the_time(app: Application) -> None:
    one = sent(app, "CALL")
    slots.take(app.core, "vapi", one.id, places=9, lease_seconds=900)
    crowd = count_from(1)

    def others(**_: object) -> None:
        slots.take(app.core, "vapi", f"other{next(crowd)}", places=99, lease_seconds=900)

    told = (Evidence("answered", START), Evidence("ended", START, {"endedReason": "customer-ended-call"}))
    report = Report(Work(SequenceStepExecution.__name__, one.id), "CALL", one.ref, told)
    events = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", others)
    try:
        outcome = Reporter(app.core).apply(Event("vapi", "call:report:", {}, START), report)
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", others)

    assert outcome == Applied("answered")
    assert one.execution.status == "DELIVERED"
    found = app.core.store.find(slots.ProviderSlots, slots.slots_key("vapi"))
    assert found is not None
    assert one.id not in found.holders


# --- addresses -----------------------------------------------------------------------------------------------------


def test_an_opt_out_suppresses_the_address_and_stops_its_owner_at_once(
    app: Application, reports: DeliveryReports
) -> None:
    one = sent(app, "SMS")
    applied(reports, one.status("failed", code="21610"), one.status("undelivered", code="21610"))
    known = one.suppression()
    assert known is not None
    assert (known.reason, one.contact.stop_reason, count(app, Job)) == ("OPT_OUT", "OPT_OUT", 1)
    assert problems(app) == []


def test_the_owner_of_the_address_is_stopped_whoever_got_the_message(
    app: Application, reports: DeliveryReports
) -> None:
    one, other = sent(app, "EMAIL"), sent(app, "EMAIL")
    applied(reports, one.mail("spamreport", email=other.to.upper()))
    assert (one.contact.stop_reason, other.contact.stop_reason) == (None, "COMPLAINT")
    assert one.execution.result["complainedAt"]


def test_a_bounce_that_names_no_send_stops_the_owner_of_its_address(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "EMAIL")
    late = one.mail("bounce", type="bounce", x=None, sg_message_id=None)
    assert applied(reports, late, late) == [Applied("suppressed"), DUPLICATE]
    assert (one.contact.stop_reason, one.attempt.status) == ("HARD_BOUNCE", "IN_PROGRESS")
    # With our arguments, but without the message id, it is about the send, too.
    other = sent(app, "EMAIL")
    applied(reports, other.mail("bounce", type="bounce", sg_message_id=None))
    assert (other.contact.stop_reason, other.attempt.status) == ("HARD_BOUNCE", "FAILED")


def test_a_suppressed_address_is_not_suppressed_twice(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "EMAIL")
    applied(reports, one.mail("unsubscribe"))
    with counting(app) as cost:
        outcomes = applied(reports, one.mail("group_unsubscribe"), one.mail("unsubscribe", after=99))
    assert outcomes == [Ignored("known")] * 2
    assert cost.count("TransactWriteItems") == 0


def test_an_opt_out_that_comes_between_the_reads_and_the_writes_keeps_its_reason(
    app: Application, reports: DeliveryReports
) -> None:
    one = sent(app, "EMAIL")
    with just_before_the_next_transaction(app, lambda: app.leads.stop(one.lead_id, "OPT_OUT")):
        applied(reports, one.mail("bounce", type="bounce"))
    assert (one.contact.stop_reason, one.execution.status) == ("OPT_OUT", "FAILED")
    assert one.suppression() is not None


# --- what is gone, or never was ------------------------------------------------------------------------------------


def test_a_report_about_a_deleted_lead_brings_nothing_back(
    app: Application, clock: ManualClock, reports: DeliveryReports
) -> None:
    one = sent(app, "SMS")
    delivered, refused = one.status("delivered"), one.status("failed", code="21610")
    app.deletion.lead(one.lead_id)
    assert applied(reports, delivered) == [Ignored("gone")]
    work_off(app, clock)
    assert applied(reports, delivered) == [Ignored("gone")]
    # Who wants no more is not written to again, should the number come back with another import.
    assert applied(reports, refused, refused) == [Applied("suppressed"), DUPLICATE]
    assert one.suppression() is not None
    assert app.leads.get(a_person(app, phone=one.to)).contact.stopped
    assert problems(app) == []


def test_a_report_about_a_deleted_attempt_changes_nothing(
    app: Application, api: ApiClient, reports: DeliveryReports
) -> None:
    one = sent(app, "SMS")
    assert api.delete(f"/v1/contact-attempts/{one.id}").status in (202, 204)
    assert applied(reports, one.status("delivered")) == [Ignored("gone")]


def test_a_report_about_what_there_cannot_be_is_let_go(app: Application, reports: DeliveryReports) -> None:
    one = sent(app, "SMS")
    for work in ("nobody.sequence.1.step", "a.b", "", "a.b.c.d.e"):
        strange = Sent(app, one.lead_id, work or "x", "SMS", "SM1", one.to)
        assert isinstance(applied(reports, strange.status("delivered"))[0], Ignored)
