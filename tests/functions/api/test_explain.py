"""Why, and what next: the explanation of an enrollment over HTTP, at each point of its life."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.budgets.model import Charge, Spending
from retention.clock import ManualClock
from retention.explaining.rules import reason_of
from retention.integrations.model import IntegrationConfig
from retention.leads.contact import change_contact
from retention.sequences.model import SequenceEnrollment
from retention.table.keys import key
from tests import factories
from tests.api_client import ApiClient
from tests.functions.api.desk import Desk
from tests.integrity import count
from tests.start import START
from tools.bench_engine.cost import counting

DAY = {"delayValue": 1, "delayUnit": "DAYS"}


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


def explained(desk: Desk, enrollment: str) -> Any:
    """The explanation, of which each step is told once and with words."""
    reply = desk.api.get(f"{enrollment}/explain")
    assert reply.status == 200, reply.text
    steps = reply.json["steps"]
    assert len({step["stepId"] for step in steps}) == len(steps)
    for step in steps:
        reason = reason_of(step["reason"])
        assert reason is not None
        assert (step["sentence"], step["rule"] is not None) == (reason.sentence, True)
    return reply.json


def stands(explanation: Any) -> list[tuple[str, str]]:
    """State and reason of each step, in order."""
    return [(step["state"], step["reason"]) for step in explanation["steps"]]


def test_what_is_scheduled_says_when_and_what_would_be_decided(desk: Desk) -> None:
    sequence = desk.sequence({}, DAY, {**DAY, "isActive": False}, {"delayValue": 2})
    lead = desk.lead()
    enrollment = desk.enroll(sequence["id"], lead)
    first, second, third, fourth = sequence["steps"]

    told = explained(desk, enrollment)

    assert (told["enrollmentId"], told["leadId"], told["sequenceId"]) == (
        f"{lead}.{sequence['id']}",
        lead,
        sequence["id"],
    )
    assert (told["status"], told["reason"], told["sentence"]) == ("ACTIVE", None, "It goes on.")
    assert told["next"] == {
        "stepId": first["id"],
        "state": "scheduled",
        "at": "2026-02-18T12:00:00.000Z",
        "heldSince": None,
    }
    assert [step["stepId"] for step in told["steps"]] == [first["id"], second["id"], third["id"], fourth["id"]]
    assert stands(told) == [
        ("scheduled", "due"),
        ("upcoming", "not_reached"),
        ("upcoming", "step_inactive"),
        ("upcoming", "not_reached"),
    ]
    assert [step["expectedAt"] for step in told["steps"]] == [
        None,
        "2026-02-19T12:00:00.000Z",
        None,
        "2026-02-19T14:00:00.000Z",
    ]
    preview = told["steps"][0]["preview"]
    assert (preview["outcome"], preview["at"], preview["reason"]) == ("send", "2026-02-18T12:00:00.000Z", None)
    assert all(step["preview"] is None for step in told["steps"][1:])


def test_the_preview_asks_about_the_due_time_and_not_about_now(app: Application, clock: ManualClock) -> None:
    # In Berlin it is 13:00 now; the step is due at 19:00 there.
    desk = Desk(app, clock, sms_hours="Mon-Fri 10:00-18:00", frequency_caps="SMS 1/24h")
    enrollment = desk.enroll(desk.sequence({"delayValue": 6})["id"], desk.lead(timeZone="Europe/Berlin"))

    (step,) = explained(desk, enrollment)["steps"]

    assert (step["state"], step["reason"], step["scheduledAt"]) == ("scheduled", "not_due", "2026-02-18T18:00:00.000Z")
    assert step["preview"] == {
        "outcome": "defer",
        "at": "2026-02-19T09:00:00.000Z",
        "reason": "outside_window",
        "sentence": "It is outside the contact hours where the lead lives.",
        "rule": {
            "name": "within_hours",
            "words": "It is within the contact hours everywhere where the lead may live.",
        },
        "inputs": {"zone": "Europe/Berlin"},
        "enrollment": None,
    }


def test_what_is_under_way_now_does_not_stand_against_what_comes_later(desk: Desk) -> None:
    lead = desk.lead()
    now = desk.enroll(desk.sequence({})["id"], lead)
    later = desk.enroll(desk.sequence({"delayValue": 1})["id"], lead)
    at_once = desk.enroll(desk.sequence({})["id"], lead)
    desk.ledger.moods = ["lose", "lose"]
    desk.work(*[work for work in desk.due() if now.endswith(work.id.split(".")[1])])

    assert explained(desk, later)["steps"][0]["preview"]["outcome"] == "send"
    preview = explained(desk, at_once)["steps"][0]["preview"]
    assert (preview["outcome"], preview["reason"]) == ("wait", "in_flight")


def stop(desk: Desk, lead: str, sequence: Any) -> None:
    desk.app.core.store.write(change_contact(lead, stop_reason="OPT_OUT"))


def convert(desk: Desk, lead: str, sequence: Any) -> None:
    desk.api.patch(f"/v1/leads/{lead}", {"status": "CONVERTED"})


def switch_off_the_step(desk: Desk, lead: str, sequence: Any) -> None:
    desk.api.patch(f"/v1/sequences/{sequence['id']}/steps/{sequence['steps'][0]['id']}", {"isActive": False})


def delete_the_script(desk: Desk, lead: str, sequence: Any) -> None:
    desk.api.delete(f"/v1/scripts/{desk.script}")


def take_the_number_away(desk: Desk, lead: str, sequence: Any) -> None:
    desk.api.patch(f"/v1/leads/{lead}", {"phone": None})


def switch_off_the_provider(desk: Desk, lead: str, sequence: Any) -> None:
    found = desk.app.core.store.find(IntegrationConfig, key("IntegrationConfig", provider="twilio"))
    assert found is not None
    factories.load(desk.app, [found.model_copy(update={"is_active": False})])


def pause_the_sequence(desk: Desk, lead: str, sequence: Any) -> None:
    planned = desk.app.sequences.find(sequence["id"]).sequence
    factories.load(desk.app, [planned.model_copy(update={"status": "PAUSED", "paused_at": START})])


def set_conditions(desk: Desk, lead: str, sequence: Any) -> None:
    step = f"/v1/sequences/{sequence['id']}/steps/{sequence['steps'][0]['id']}"
    assert desk.api.patch(step, {"conditions": {"converted": True}}).status == 200


def use_a_link_that_leads_nowhere(desk: Desk, lead: str, sequence: Any) -> None:
    assert desk.api.patch(f"/v1/scripts/{desk.script}", {"content": "See {{ link }}"}).status == 200


def budget(desk: Desk, sequence: Any, amount: float, price: str | None) -> None:
    """A budget for a sequence, and what a text message costs."""
    integration = desk.app.core.store.find(IntegrationConfig, key("IntegrationConfig", provider="twilio"))
    assert integration is not None
    config = {} if price is None else {"pricePerSegment": price}
    factories.load(desk.app, [integration.model_copy(update={"config": config})])
    settings = {"settings": {"budget": {"amount": amount, "period": "day"}}}
    assert desk.api.patch(f"/v1/sequences/{sequence['id']}", settings).status == 200


def set_a_budget_that_does_not_suffice(desk: Desk, lead: str, sequence: Any) -> None:
    budget(desk, sequence, 0.01, "0.02")


def set_a_budget_but_no_price(desk: Desk, lead: str, sequence: Any) -> None:
    budget(desk, sequence, 0.01, None)


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        (set_a_budget_that_does_not_suffice, "defer", "budget_spent"),
        (set_a_budget_but_no_price, "defer", "price_missing"),
        (stop, "skip", "lead_stopped"),
        (convert, "skip", "converted"),
        (switch_off_the_step, "skip", "step_inactive"),
        (set_conditions, "skip", "conditions_false"),
        (take_the_number_away, "skip", "no_address"),
        (delete_the_script, "skip", "no_script"),
        (switch_off_the_provider, "defer", "integration_missing"),
        (pause_the_sequence, "hold", "sequence_paused"),
        (use_a_link_that_leads_nowhere, "fail", "not_rendered"),
    ],
)
def test_the_preview_says_what_stands_against_it(
    desk: Desk, change: Callable[[Desk, str, Any], None], outcome: str, reason: str
) -> None:
    sequence, lead = desk.sequence({"delayValue": 1}), desk.lead()
    enrollment = desk.enroll(sequence["id"], lead)
    change(desk, lead, sequence)

    preview = explained(desk, enrollment)["steps"][0]["preview"]

    assert (preview["outcome"], preview["reason"]) == (outcome, reason)
    assert (preview["at"] is not None) == (outcome == "defer")


def test_a_budget_that_suffices_is_left_as_it_is(desk: Desk) -> None:
    sequence, lead = desk.sequence({"delayValue": 1}), desk.lead()
    enrollment = desk.enroll(sequence["id"], lead)
    budget(desk, sequence, 0.02, "0.02")

    for _ in range(2):
        assert explained(desk, enrollment)["steps"][0]["preview"]["outcome"] == "send"
    assert (count(desk.app, Charge), count(desk.app, Spending)) == (0, 0)
    budget(desk, sequence, 0.01, "0.02")
    # The budget of the day on which it is due, not of today.
    assert explained(desk, enrollment)["steps"][0]["preview"]["at"] == "2026-02-19T00:00:00.000Z"


def test_what_would_end_the_enrollment_is_said(desk: Desk) -> None:
    lead = desk.lead()
    enrollment = desk.enroll(desk.sequence({})["id"], lead)
    stop(desk, lead, None)

    preview = explained(desk, enrollment)["steps"][0]["preview"]

    assert (preview["enrollment"], preview["inputs"]) == ("CANCELLED", {"stop": "OPT_OUT"})


def test_looking_changes_nothing_and_costs_little(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({}, DAY, DAY)["id"], desk.lead())

    with counting(desk.app) as cost:
        explained(desk, enrollment)

    assert set(cost.requests) <= {"Query", "BatchGetItem", "GetItem"}
    assert len(cost.requests) <= 6


# --- what was decided ------------------------------------------------------------------------------------------


def test_each_step_has_one_answer_along_the_way(desk: Desk) -> None:
    sequence = desk.sequence({}, {**DAY, "conditions": {"converted": True}}, DAY)
    enrollment = desk.enroll(sequence["id"], desk.lead())
    desk.work()
    desk.wait(hours=24)
    desk.work()

    told = explained(desk, enrollment)

    assert stands(told) == [("sent", "sent"), ("skipped", "conditions_false"), ("scheduled", "not_due")]
    sent, skipped, scheduled = told["steps"]
    assert (sent["inputs"]["providerRef"], sent["contactAttemptId"]) == ("ref-1", sent["executionId"])
    assert (sent["scheduledAt"], sent["executedAt"]) == ("2026-02-18T12:00:00.000Z", "2026-02-18T12:00:00.000Z")
    assert skipped["inputs"] == {"part": "", "found": False}
    assert skipped["rule"]["name"] == "conditions_hold"
    assert (skipped["contactAttemptId"], skipped["executedAt"]) == (None, "2026-02-19T12:00:00.000Z")
    assert told["next"]["stepId"] == scheduled["stepId"]
    assert told["next"]["at"] == scheduled["scheduledAt"] == "2026-02-20T12:00:00.000Z"


def test_decisions_before_the_last_are_the_history(app: Application, clock: ManualClock) -> None:
    desk = Desk(app, clock, sms_hours="Mon-Fri 10:00-18:00")
    desk.wait(hours=6)
    enrollment = desk.enroll(desk.sequence({})["id"], desk.lead(timeZone="Europe/Berlin"))
    desk.work()

    deferred = explained(desk, enrollment)["steps"][0]
    desk.wait(hours=15)
    desk.ledger.moods = ["busy", "busy", "accept"]
    for _ in range(3):
        desk.work()
        desk.wait(seconds=90)
    sent = explained(desk, enrollment)["steps"][0]

    assert (deferred["state"], deferred["reason"], deferred["history"]) == ("scheduled", "outside_window", [])
    assert deferred["inputs"]["until"] == deferred["scheduledAt"] == "2026-02-19T09:00:00.000Z"
    assert deferred["preview"]["outcome"] == "send"
    assert (sent["state"], sent["reason"]) == ("sent", "sent")
    assert [(one["reason"], one["times"]) for one in sent["history"]] == [("outside_window", 1), ("provider_busy", 2)]
    assert sent["history"][1]["inputs"]["cause"] == "429"
    assert sent["history"][1]["sentence"] == "The provider refused passingly; it is tried again."


def test_while_the_outcome_is_not_known_it_says_until_when(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({}, DAY)["id"], desk.lead())
    desk.ledger.moods = ["accept_silently"]
    desk.work()

    told = explained(desk, enrollment)

    assert stands(told) == [("sending", "outcome_awaited"), ("upcoming", "not_reached")]
    step = told["steps"][0]
    assert (step["sentAt"], step["lookedIntoAt"]) == ("2026-02-18T12:00:00.000Z", "2026-02-18T12:05:00.000Z")
    assert (told["next"]["state"], told["next"]["at"]) == ("sending", "2026-02-18T12:05:00.000Z")
    desk.wait(seconds=300)
    desk.work()
    assert stands(explained(desk, enrollment))[0] == ("sent", "sent")


def test_a_send_whose_worker_died_is_under_way_until_it_is_looked_into(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({})["id"], desk.lead())

    def die(point: str) -> None:
        raise KeyboardInterrupt

    desk.ledger.watch = die
    with pytest.raises(KeyboardInterrupt):
        desk.work()

    (step,) = explained(desk, enrollment)["steps"]
    assert (step["state"], step["reason"]) == ("sending", "in_flight")
    assert (step["sentAt"], step["lookedIntoAt"]) == ("2026-02-18T12:00:00.000Z", "2026-02-18T12:05:00.000Z")
    assert step["preview"] is None


def test_an_outcome_that_nobody_learns_of_ends_as_unknown(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({})["id"], desk.lead())
    desk.lose_track()

    told = explained(desk, enrollment)

    assert stands(told) == [("failed", "outcome_unknown")]
    assert [one["reason"] for one in told["steps"][0]["history"]] == ["outcome_awaited"]
    assert (told["status"], told["reason"], told["next"]) == ("COMPLETED", "no_step_left", None)


# --- what does not go on ---------------------------------------------------------------------------------------


def test_what_is_held_says_since_when_and_why(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence(DAY)["id"], desk.lead())
    desk.wait(hours=1)
    desk.api.post(f"{enrollment}/pause")

    told = explained(desk, enrollment)

    assert (told["status"], told["reason"], told["since"]) == (
        "PAUSED",
        "enrollment_paused",
        "2026-02-18T13:00:00.000Z",
    )
    assert stands(told) == [("held", "enrollment_paused")]
    step = told["steps"][0]
    assert (step["heldSince"], step["scheduledAt"], step["preview"]) == ("2026-02-18T13:00:00.000Z", None, None)
    assert told["next"] == {
        "stepId": step["stepId"],
        "state": "held",
        "at": None,
        "heldSince": "2026-02-18T13:00:00.000Z",
    }
    assert [(one["at"], one["reason"]) for one in told["history"]] == [
        ("2026-02-18T13:00:00.000Z", "enrollment_paused")
    ]
    desk.wait(hours=1)
    desk.api.post(f"{enrollment}/resume")
    resumed = explained(desk, enrollment)
    assert (resumed["status"], resumed["reason"], resumed["since"]) == ("ACTIVE", None, "2026-02-18T14:00:00.000Z")
    assert resumed["steps"][0]["state"] == "scheduled"


def test_what_was_planned_for_a_sequence_that_is_not_active_waits_for_it(desk: Desk) -> None:
    step = {"channel": "SMS", "scriptId": desk.script}
    draft = desk.made("/v1/sequences", name="Later", steps=[step])["id"]
    enrollment = desk.enroll(draft, desk.lead())

    told = explained(desk, enrollment)

    assert (told["status"], told["reason"]) == ("ACTIVE", "sequence_paused")
    assert stands(told) == [("held", "sequence_paused")]
    assert told["steps"][0]["heldSince"] == "2026-02-18T12:00:00.000Z"


def test_an_enrollment_that_ended_says_why(desk: Desk) -> None:
    sequence = desk.sequence({}, DAY)["id"]
    cancelled, stopped, done = (desk.enroll(sequence, desk.lead()) for _ in range(3))
    desk.work()
    desk.wait(hours=1)
    desk.api.post(f"{cancelled}/cancel")
    stop(desk, stopped.split("/")[-1].split(".")[0], None)
    desk.wait(hours=23)
    desk.work()

    first, second, third = (explained(desk, one) for one in (cancelled, stopped, done))

    assert [(one["status"], one["reason"], one["since"]) for one in (first, second, third)] == [
        ("CANCELLED", "cancelled", "2026-02-18T13:00:00.000Z"),
        ("CANCELLED", "lead_stopped", "2026-02-19T12:00:00.000Z"),
        ("COMPLETED", "no_step_left", "2026-02-19T12:00:00.000Z"),
    ]
    assert stands(first) == [("sent", "sent"), ("skipped", "cancelled")]
    assert stands(second) == [("sent", "sent"), ("skipped", "lead_stopped")]
    assert stands(third) == [("sent", "sent"), ("sent", "sent")]
    assert first["next"] is second["next"] is third["next"] is None


def test_steps_behind_the_end_of_an_enrollment_are_passed_over(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({}, DAY, DAY)["id"], desk.lead())
    desk.api.post(f"{enrollment}/cancel")

    assert stands(explained(desk, enrollment))[1:] == [("passed_over", "enrollment_over")] * 2


def test_steps_that_a_lead_went_past_say_why(desk: Desk) -> None:
    sequence = desk.sequence({"stepOrder": 10}, {"stepOrder": 20, "isActive": False}, {"stepOrder": 30, **DAY})
    enrollment = desk.enroll(sequence["id"], desk.lead())
    desk.work()
    new = {"channel": "SMS", "scriptId": desk.script}
    desk.made(f"/v1/sequences/{sequence['id']}/steps", stepOrder=15, **new)
    desk.made(f"/v1/sequences/{sequence['id']}/steps", stepOrder=40, **new)

    assert stands(explained(desk, enrollment)) == [
        ("sent", "sent"),
        ("passed_over", "already_past"),
        ("passed_over", "step_inactive"),
        ("scheduled", "not_due"),
        ("upcoming", "not_reached"),
    ]


def test_a_step_that_was_deleted_keeps_its_answer(app: Application, desk: Desk) -> None:
    lead, sequence = factories.a_lead(), factories.a_sequence(status="ACTIVE")
    gone, left = factories.a_step(sequence, step_order=1), factories.a_step(sequence, step_order=2, script_id="s")
    enrollment = factories.an_enrollment(lead, sequence, current_step=1, waiting_for=left.id)
    at = START + timedelta(hours=1)
    sent = factories.an_execution(enrollment, gone, status="SENT", executed_at=START, step_order=1)
    next_one = factories.an_execution(enrollment, left, status="SCHEDULED", scheduled_at=at, due_at=at)
    factories.load(app, [lead, factories.a_contact(lead), sequence, left, enrollment, sent, next_one])

    told = explained(desk, f"/v1/enrollments/{enrollment.id}")

    assert [(step["stepId"], step["stepOrder"], step["deleted"]) for step in told["steps"]] == [
        (gone.id, 1, True),
        (left.id, 2, False),
    ]
    assert stands(told) == [("sent", "sent"), ("scheduled", "not_due")]


def test_who_comes_again_is_told_about_this_time(desk: Desk) -> None:
    again = {"reentry": {"policy": "after", "afterDays": 0}}
    sequence = desk.sequence({}, {}, settings=again)["id"]
    lead = desk.lead()
    desk.enroll(sequence, lead)
    for _ in range(2):
        desk.work()
    desk.wait(hours=1)
    enrollment = desk.enroll(sequence, lead)

    told = explained(desk, enrollment)

    assert stands(told) == [("scheduled", "due"), ("upcoming", "not_reached")]
    assert told["history"][-1]["reason"] == "entered_again"
    assert desk.of(SequenceEnrollment, lead)[0].generation == 2


@pytest.mark.parametrize("identifier", ["nothing", "a.b", "a.b.c", ".", "..", "%00"])
def test_an_enrollment_that_is_not_there_cannot_be_explained(api: ApiClient, identifier: str) -> None:
    assert api.get(f"/v1/enrollments/{identifier}/explain").status == 404


def test_an_id_that_another_one_begins_with_is_kept_apart(app: Application, desk: Desk) -> None:
    lead = factories.a_lead()
    short, long = factories.a_sequence(id="win"), factories.a_sequence(id="winback")
    step = factories.a_step(long)
    other = factories.an_enrollment(lead, long)
    enrollment = factories.an_enrollment(lead, short)
    factories.load(
        app, [lead, factories.a_contact(lead), short, long, step, other, factories.an_execution(other, step)]
    )

    assert desk.api.get(f"/v1/enrollments/{enrollment.id}/explain").status == 404
    factories.load(app, [enrollment])
    assert explained(desk, f"/v1/enrollments/{enrollment.id}")["steps"] == []


def test_explaining_needs_the_scope_of_enrollments(desk: Desk) -> None:
    enrollment = desk.enroll(desk.sequence({})["id"], desk.lead())

    assert ApiClient(desk.app, scopes="leads:read").get(f"{enrollment}/explain").status == 403
    assert ApiClient(desk.app, scopes="enrollments:read").get(f"{enrollment}/explain").status == 200
