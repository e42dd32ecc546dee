"""The guards: each objects for its own reason, and the first in the order is heard."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from retention.config import Settings
from retention.contactrules.account import account_rules
from retention.contactrules.model import ContactWindow, Lateness, StepSettings
from retention.engine.decide import GUARDS, PROVIDER_PAUSE, Scene, decide
from retention.engine.decision import Decision, Defer, Drop, Park, Send, Skip
from retention.engine.errand import Errand
from retention.engine.obligation import Flight
from retention.engine.reasons import Reason
from retention.holding.hold import Hold, Span
from retention.sequences.progress import Onward
from tests.factories import a_contact, a_lead, a_script, a_sequence, a_step, an_enrollment, an_execution
from tests.start import START

#: A Wednesday, noon in London.
NOW = START
ACCOUNT = account_rules(
    Settings(sms_hours="always", frequency_caps="SMS 2/24h; ANY 3/24h", default_time_zone="Europe/London")
)


def an_errand(**changes: Any) -> Errand:
    """An errand that may be sent now."""
    lead = a_lead(phone="+442071838750", status="CONTACTED")
    sequence = a_sequence(status="ACTIVE")
    enrollment = an_enrollment(lead, sequence)
    work = an_execution(enrollment, a_step(sequence), status="SCHEDULED", due_at=NOW, scheduled_at=NOW)
    errand = Errand(
        work=work,
        contact=a_contact(lead, phone_name="name of the phone"),
        lead=lead,
        suppressed=False,
        channel="SMS",
        script=a_script(),
        standing=None,
        passed_over=None,
        conditions=lambda now: (True, {}),
        follow=lambda ending, everything: Onward(),
    )
    return replace(errand, **changes)


def decided(errand: Errand, **scene: Any) -> Decision:
    return decide(Scene(**{"errand": errand, "now": NOW, "account": ACCOUNT, "provider_ready": True, **scene}))


def of_work(**fields: Any) -> dict[str, Any]:
    return {"work": an_errand().work.model_copy(update=fields)}


def of_contact(**fields: Any) -> dict[str, Any]:
    return {"contact": an_errand().contact.model_copy(update=fields)}


def of_lead(**fields: Any) -> dict[str, Any]:
    lead = an_errand().lead
    assert lead is not None
    return {"lead": lead.model_copy(update=fields)}


def a_flight(**fields: Any) -> dict[str, Any]:
    own = {"work": "another", "channel": "SMS", "nonce": "n", "at": NOW, "to": "+442071838750", "digest": "d"}
    return Flight(**{**own, **fields}).as_json()


#: A send that came to nothing.
BEFORE = Flight("another", "SMS", "n", NOW, "+442071838750", "d")
SKIP = Lateness(policy="skip", limit_minutes=5)
SEVEN_TO_EIGHT = StepSettings(contact_windows=[ContactWindow(start="07:00", end="08:00")])

#: What is the matter, and what is decided because of it, in the order of the guards.
OBJECTIONS: list[tuple[dict[str, Any], type[Decision], Reason]] = [
    (of_work(status="SENT"), Drop, Reason.ALREADY_DONE),
    (of_work(due_at=NOW + timedelta(milliseconds=1)), Drop, Reason.NOT_DUE),
    (of_contact(sms_flight=a_flight()), Drop, Reason.IN_FLIGHT),
    ({"standing": Park(Reason.SEQUENCE_PAUSED, NOW)}, Park, Reason.SEQUENCE_PAUSED),
    ({"lead": None}, Drop, Reason.LEAD_GONE),
    (of_contact(stop_reason="OPT_OUT"), Skip, Reason.LEAD_STOPPED),
    ({"suppressed": True}, Skip, Reason.ADDRESS_SUPPRESSED),
    (of_lead(status="CONVERTED"), Skip, Reason.CONVERTED),
    ({"passed_over": Reason.STEP_INACTIVE}, Skip, Reason.STEP_INACTIVE),
    ({"conditions": lambda now: (False, {"field": "status"})}, Skip, Reason.CONDITIONS_FALSE),
    ({"needed": lambda now: Skip(Reason.NOT_NEEDED)}, Skip, Reason.NOT_NEEDED),
    (of_lead(phone=None), Skip, Reason.NO_ADDRESS),
    (of_contact(phone_name=None), Skip, Reason.ADDRESS_NOT_OWNED),
    ({"script": None}, Skip, Reason.NO_SCRIPT),
    ({"script": a_script(type="CALL")}, Skip, Reason.WRONG_SCRIPT),
    ({"lateness": SKIP, **of_work(due_at=NOW - timedelta(minutes=6))}, Skip, Reason.TOO_LATE),
    ({"step_settings": SEVEN_TO_EIGHT}, Defer, Reason.OUTSIDE_WINDOW),
    (of_contact(recent={"SMS": [int(NOW.timestamp()) - 60] * 2}), Defer, Reason.FREQUENCY_CAP),
]  # fmt: skip


def test_what_nothing_speaks_against_is_sent_to_the_leads_own_address() -> None:
    decision = decided(an_errand())

    assert isinstance(decision, Send)
    assert decision.to == "+442071838750"


@pytest.mark.parametrize(("matter", "kind", "reason"), OBJECTIONS, ids=lambda value: str(value)[:30])
def test_each_guard_objects(matter: dict[str, Any], kind: type[Any], reason: Reason) -> None:
    decision = decided(an_errand(**matter))

    assert isinstance(decision, kind)
    assert decision.reason == reason


@pytest.mark.parametrize("earlier", range(len(OBJECTIONS) - 1))
def test_of_several_reasons_the_first_in_the_order_is_told(earlier: int) -> None:
    """Everything that comes later in the list is the matter too, as far as it does not hide the earlier one."""
    matter, _, reason = OBJECTIONS[earlier]
    for later, _, _ in OBJECTIONS[earlier + 1 :]:
        if not later.keys() & matter.keys():
            decision = decided(an_errand(**{**later, **matter}))
            assert not isinstance(decision, Send)
            assert decision.reason == reason


def test_a_provider_that_is_not_set_up_is_waited_for() -> None:
    assert decided(an_errand(), provider_ready=False) == Defer(Reason.INTEGRATION_MISSING, NOW + PROVIDER_PAUSE)


def test_an_opt_out_ends_the_enrollment_and_a_conversion_converts_it() -> None:
    stopped, converted = (
        decided(an_errand(**of_contact(stop_reason="OPT_OUT"))),
        decided(an_errand(**of_lead(status="CONVERTED"))),
    )

    assert isinstance(stopped, Skip)
    assert isinstance(converted, Skip)
    assert (stopped.enrollment, converted.enrollment) == ("CANCELLED", "CONVERTED")


def test_a_deferral_for_a_cap_ends_within_the_contact_hours() -> None:
    """Two this morning; the first falls out of the span at night, when the window is closed."""
    evening = int((NOW - timedelta(hours=16)).timestamp())
    nine_to_five = StepSettings(contact_windows=[ContactWindow(start="09:00", end="17:00")])
    errand = an_errand(step_settings=nine_to_five, **of_contact(recent={"SMS": [evening, evening + 60]}))

    decision = decided(errand)

    assert isinstance(decision, Defer)
    assert decision.reason == Reason.FREQUENCY_CAP
    assert decision.until.isoformat() == "2026-02-19T09:00:00+00:00"


def test_what_comes_late_is_sent_unless_the_policy_says_otherwise() -> None:
    late = of_work(due_at=NOW - timedelta(days=3))

    assert isinstance(decided(an_errand(**late)), Send)


def test_what_comes_late_waits_for_the_next_window_if_the_policy_says_so() -> None:
    nine_to_five = StepSettings(contact_windows=[ContactWindow(start="09:00", end="17:00")])
    late = of_work(due_at=NOW - timedelta(hours=2))
    errand = an_errand(lateness=Lateness(policy="next_window"), step_settings=nine_to_five, **late)

    decision = decided(errand)

    assert isinstance(decision, Defer)
    assert (decision.reason, decision.until.isoformat()) == (Reason.LATE_FOR_WINDOW, "2026-02-19T09:00:00+00:00")


@pytest.mark.parametrize("matter", [matter for matter, _, _ in OBJECTIONS[3:]] + [{}])
def test_while_all_sending_is_held_nothing_else_is_decided_and_nothing_is_written(matter: dict[str, Any]) -> None:
    """Not even what would be skipped: what it belongs to may still be on its way here from another stack."""
    assert decided(an_errand(**matter), hold=Hold(NOW)) == Drop(Reason.SENDING_HELD)


def test_what_its_provider_did_not_take_is_put_back_while_all_sending_is_held() -> None:
    """The records that prove it are not kept for ever, and it gives its channel back."""
    own = an_errand(**of_work(tries=5))
    flown = Flight(own.work.id, "SMS", "n", NOW, "+442071838750", "d")
    errand = replace(own, contact=own.contact.model_copy(update={"sms_flight": flown.as_json()}))

    assert decided(errand, again=flown, hold=Hold(NOW)) == Defer(Reason.SENDING_HELD, NOW)


def test_the_time_of_a_hold_makes_nothing_late() -> None:
    """Due an hour before a hold of three days, or two minutes before it, and looked at a minute after."""
    days = Hold(before=[Span(NOW - timedelta(days=3, minutes=1), NOW - timedelta(minutes=1))])

    def after_the_hold(due_before: timedelta) -> Decision:
        due = NOW - timedelta(days=3, minutes=1) - due_before
        return decided(an_errand(lateness=SKIP, **of_work(due_at=due)), hold=days)

    assert isinstance(after_the_hold(timedelta(minutes=2)), Send)
    assert after_the_hold(timedelta(hours=1)) == Skip(Reason.TOO_LATE, {"minutesLate": 61, "limitMinutes": 5})


def test_a_send_that_is_made_again_passes_every_guard_but_its_own_flight_and_cap() -> None:
    own = an_errand()
    before = NOW - timedelta(seconds=400)
    stamp = int(before.timestamp())
    flown = Flight(own.work.id, "SMS", "n", before, "+442071838750", "d")
    contact = own.contact.model_copy(update={"sms_flight": flown.as_json(), "recent": {"SMS": [stamp - 60, stamp]}})
    errand = replace(own, contact=contact)

    assert isinstance(decided(errand, again=flown), Send), "its own contact came to nothing, and does not count"
    stopped = replace(errand, contact=contact.model_copy(update={"stop_reason": "OPT_OUT"}))
    assert isinstance(decided(stopped, again=flown), Skip)
    others = replace(errand, contact=contact.model_copy(update={"recent": {"SMS": [stamp - 60, stamp - 30, stamp]}}))
    assert isinstance(decided(others, again=flown), Defer), "two others fill the cap"


def test_a_send_that_came_to_nothing_too_often_is_given_up() -> None:
    decision = decided(an_errand(**of_work(tries=5)), again=BEFORE)

    assert isinstance(decision, Skip)
    assert (decision.reason, decision.status) == (Reason.GIVEN_UP, "FAILED")


def test_no_guard_is_left_out() -> None:
    """Each guard is the one that objects to at least one of the matters above."""
    heard = set()
    scenes = [Scene(an_errand(**matter), NOW, ACCOUNT, True) for matter, _, _ in OBJECTIONS]
    scenes.append(Scene(an_errand(), NOW, ACCOUNT, provider_ready=False))
    scenes.append(Scene(an_errand(), NOW, ACCOUNT, True, hold=Hold(NOW)))
    scenes.append(Scene(an_errand(**of_work(tries=5)), NOW, ACCOUNT, True, again=BEFORE))
    for scene in scenes:
        heard.add(next(guard for guard in GUARDS if guard(scene) is not None))

    assert heard == set(GUARDS)
