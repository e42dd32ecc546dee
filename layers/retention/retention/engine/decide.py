"""May it be sent now? The guards, in order; the first that objects decides.

Pure: the answer follows from what was read and from the clock. The order is part of the contract: it says which of
several reasons a client is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from retention.contactrules.account import AccountRules
from retention.contactrules.caps import frees_at, per_day, without_contact
from retention.contactrules.hours import Hours, hours_of
from retention.engine.decision import Decision, Defer, Drop, Send, Skip
from retention.engine.errand import Errand
from retention.engine.obligation import Flight
from retention.engine.reasons import Reason
from retention.holding.hold import NO_HOLD, Hold
from retention.leads.model import Lead

#: How long something waits for a provider that is not set up or switched off, until it is looked at again.
PROVIDER_PAUSE: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Scene:
    """An errand at an instant, under the account's own rules."""

    errand: Errand
    now: datetime
    account: AccountRules
    #: Whether the channel's provider is set up and switched on.
    provider_ready: bool
    #: The errand's own send before, which the provider proved not to have taken; None: this is no repetition.
    again: Flight | None = None
    #: Whether all sending is held, and was.
    hold: Hold = NO_HOLD

    @property
    def lead(self) -> Lead:
        """The lead; present once `lead_is_there` has passed."""
        assert self.errand.lead is not None
        return self.errand.lead

    def hours(self) -> Hours:
        """The contact hours that apply, where the lead lives."""
        errand = self.errand
        return hours_of(
            self.account,
            errand.channel,
            self.lead,
            errand.campaign_settings,
            errand.sequence_settings,
            errand.step_settings,
        )


Guard = Callable[[Scene], Decision | None]


def is_open(scene: Scene) -> Decision | None:
    """It has no final state, and its time has come."""
    work = scene.errand.work
    if not work.is_open:
        return Drop(Reason.ALREADY_DONE)
    if work.due_at is None or work.due_at > scene.now:
        return Drop(Reason.NOT_DUE)
    return None


def channel_is_free(scene: Scene) -> Decision | None:
    """One send at a time for each lead and channel, so that the provider's records cannot be mixed up."""
    own = scene.errand.own_flight
    if own is None:
        return None if scene.errand.flight is None else Drop(Reason.IN_FLIGHT)
    if not scene.again:
        return Drop(Reason.IN_FLIGHT)
    # Not taken by the provider of a channel that the step no longer uses: that channel is given back first.
    return None if own.channel == scene.errand.channel else Defer(Reason.PROVIDER_BUSY, scene.now)


def sending_is_on(scene: Scene) -> Decision | None:
    """Sending is not held for the whole account."""
    if not scene.hold.is_on:
        return None
    # Left as it is, at its place in the order of due times, so that a hold costs nothing however long it lasts. Only
    # what its provider proved not to have taken is put back: the records that prove it are not kept for ever.
    return Drop(Reason.SENDING_HELD) if scene.again is None else Defer(Reason.SENDING_HELD, scene.now)


def not_given_up(scene: Scene) -> Decision | None:
    """It was not tried too often."""
    if scene.again and scene.errand.work.tries >= scene.errand.retry.max_tries:
        return Skip(Reason.GIVEN_UP, {"tries": scene.errand.work.tries}, status="FAILED")
    return None


def parent_agrees(scene: Scene) -> Decision | None:
    """What it belongs to is neither over nor paused."""
    return scene.errand.standing


def lead_is_there(scene: Scene) -> Decision | None:
    """The lead exists."""
    return Drop(Reason.LEAD_GONE) if scene.errand.lead is None else None


def lead_may_be_contacted(scene: Scene) -> Decision | None:
    """The lead did not ask to be left alone."""
    errand = scene.errand
    if errand.contact.stop_reason == "CONVERTED":
        return Skip(Reason.CONVERTED, enrollment="CONVERTED")
    if errand.contact.stop_reason is not None:
        return Skip(Reason.LEAD_STOPPED, {"stop": errand.contact.stop_reason}, enrollment="CANCELLED")
    if errand.suppressed:
        return Skip(Reason.ADDRESS_SUPPRESSED, enrollment="CANCELLED")
    return None


def lead_has_not_converted(scene: Scene) -> Decision | None:
    """The lead is no customer yet."""
    if scene.lead.status == "CONVERTED":
        return Skip(Reason.CONVERTED, enrollment="CONVERTED")
    return None


def step_is_taken(scene: Scene) -> Decision | None:
    """The step is there and switched on."""
    reason = scene.errand.passed_over
    return None if reason is None else Skip(reason)


def conditions_hold(scene: Scene) -> Decision | None:
    """The step's conditions hold."""
    hold, why = scene.errand.conditions(scene.now)
    return None if hold else Skip(Reason.CONDITIONS_FALSE, why)


def is_still_needed(scene: Scene) -> Decision | None:
    """Its campaign goes on at this time, has contacted the lead less often than it may, and has not reached it yet."""
    return scene.errand.needed(scene.now)


def address_is_usable(scene: Scene) -> Decision | None:
    """The lead has an address on the channel, and it is the lead's own."""
    errand = scene.errand
    if address_of(errand) is None:
        return Skip(Reason.NO_ADDRESS)
    owned = errand.contact.email_name if errand.channel == "EMAIL" else errand.contact.phone_name
    return Skip(Reason.ADDRESS_NOT_OWNED) if owned is None else None


def script_is_usable(scene: Scene) -> Decision | None:
    """There is a script for the channel."""
    script = scene.errand.script
    if script is None:
        return Skip(Reason.NO_SCRIPT)
    return None if script.type == scene.errand.channel else Skip(Reason.WRONG_SCRIPT)


def provider_is_ready(scene: Scene) -> Decision | None:
    """The channel's provider is set up and switched on."""
    if scene.provider_ready:
        return None
    return Defer(Reason.INTEGRATION_MISSING, scene.now + PROVIDER_PAUSE)


def in_time(scene: Scene) -> Decision | None:
    """It is not later than the lateness policy allows. What was deferred is late from its new time on."""
    lateness, due = scene.errand.lateness, scene.errand.work.due_at
    late = scene.hold.late(due or scene.now, scene.now)
    if lateness.policy == "send" or late <= timedelta(minutes=lateness.limit_minutes):
        return None
    inputs = {"minutesLate": int(late / timedelta(minutes=1)), "limitMinutes": lateness.limit_minutes}
    if lateness.policy == "skip":
        return Skip(Reason.TOO_LATE, inputs)
    opening = scene.hours().next_window(scene.now)
    return None if opening is None else Defer(Reason.LATE_FOR_WINDOW, opening, inputs)


def within_hours(scene: Scene) -> Decision | None:
    """It is within the contact hours everywhere where the lead may live."""
    hours = scene.hours()
    opening = hours.opening(scene.now)
    if opening is None:
        return Skip(Reason.NEVER_OPEN, hours.inputs(scene.now), status="FAILED")
    return None if opening <= scene.now else Defer(Reason.OUTSIDE_WINDOW, opening, hours.inputs(scene.now))


def below_caps(scene: Scene) -> Decision | None:
    """The lead was not contacted too often lately. A send that came to nothing does not count."""
    recent = scene.errand.contact.recent or {}
    if scene.again is not None:
        recent = without_contact(recent, scene.again.channel, scene.again.at)
    campaign = scene.errand.campaign_settings
    caps = (*scene.account.caps, *per_day(None if campaign is None else campaign.max_per_day))
    free = frees_at(caps, recent, scene.errand.channel, scene.now)
    if free is None:
        return None
    return Defer(Reason.FREQUENCY_CAP, scene.hours().opening(free) or free)


#: In this order.
GUARDS: Final[tuple[Guard, ...]] = (
    is_open,
    channel_is_free,
    sending_is_on,
    parent_agrees,
    lead_is_there,
    lead_may_be_contacted,
    lead_has_not_converted,
    not_given_up,
    step_is_taken,
    conditions_hold,
    is_still_needed,
    address_is_usable,
    script_is_usable,
    provider_is_ready,
    in_time,
    within_hours,
    below_caps,
)


def decide(scene: Scene, guards: tuple[Guard, ...] = GUARDS) -> Decision:
    """What is to be done now."""
    for guard in guards:
        decision = guard(scene)
        if decision is not None:
            return decision
    address = address_of(scene.errand)
    assert address is not None
    return Send(address, scene.hours().inputs(scene.now))


def address_of(errand: Errand) -> str | None:
    """The lead's address on the errand's channel."""
    if errand.lead is None:
        return None
    return errand.lead.email if errand.channel == "EMAIL" else errand.lead.phone
