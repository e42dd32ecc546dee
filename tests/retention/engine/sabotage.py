"""The rules of the send protocol, each taken out of the code: what must make a story end badly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from retention.engine import commit, gate, reconcile, settle, waiting, worker
from retention.engine.decide import Scene, address_of, decide
from retention.engine.decision import Decision, Drop, Send
from retention.engine.errand import Errand
from retention.engine.kinds import step
from retention.engine.loading import Loader
from retention.engine.obligation import FLIGHT_FIELD, Flight, Phase
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.engine.waiting import Waiter
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.providers.port import Trace
from retention.sequences import progress
from retention.table.writes import Change, Replace, Write

Patch = pytest.MonkeyPatch


def no_version_but_the_gates(patch: Patch) -> None:
    patch_contact_change(patch, lambda change: replace(change, add={}, set=change.set or {"erased": False}))


def patch_contact_change(patch: Patch, alter: Callable[[Change], Change]) -> None:
    honest = commit.contact_change

    def altered(*given: Any, **named: Any) -> Change:
        return alter(honest(*given, **named))

    for module in (settle, waiting):
        patch.setattr(module, "contact_change", altered)


def contact_read_last(patch: Patch) -> None:
    honest = Loader.load

    def load(self: Loader, work: Sequence[Work]) -> dict[Work, Errand]:
        stale = honest(self, work)
        contacts = self._contacts(list(stale))
        return {one: replace(errand, contact=contacts[one]) for one, errand in stale.items() if one in contacts}

    patch.setattr(Loader, "load", load)


def any_flight_of_the_work_is_ones_own(patch: Patch) -> None:
    def is_own(one: gate.Pass, contact: Contact | None) -> bool:
        there = None if contact is None else Flight.of(getattr(contact, FLIGHT_FIELD[one.errand.channel]))
        return there is not None and there.work == one.flight.work

    patch.setattr(gate, "_is_own", is_own)


def a_flight_is_taken_away_unseen(patch: Patch) -> None:
    def blindly(change: Change) -> Change:
        return replace(change, equal={"erased": False})

    patch_contact_change(patch, blindly)
    patch.setattr(Errand, "own_flight", property(lambda errand: _any_own(errand)))
    honest = Waiter.refused

    def refused(self: Waiter, errand: Errand, flight: Flight, answer: Any) -> Any:
        present = self.committer.loader.reload(Work(type(errand.work).__name__, errand.work.id)) or errand
        own = present.own_flight
        return honest(self, present, own or flight, answer)

    patch.setattr(Waiter, "refused", refused)


def _any_own(errand: Errand) -> Flight | None:
    flights = (Flight.of(getattr(errand.contact, name)) for name in FLIGHT_FIELD.values())
    return next((flight for flight in flights if flight is not None and flight.work == errand.work.id), None)


def a_resend_is_not_decided(patch: Patch) -> None:
    def hasty(scene: Scene) -> Decision:
        address = address_of(scene.errand)
        return Send(address) if scene.again and address else decide(scene)

    patch.setattr(worker, "decide", hasty)


def a_decision_holds_whatever_happened(patch: Patch) -> None:
    def anyhow(change: Change) -> Change:
        return replace(change, equal={name: value for name, value in change.equal.items() if name != "version"})

    patch_contact_change(patch, anyhow)


def what_is_over_is_dropped(patch: Patch) -> None:
    def standing(*given: Any) -> Decision | None:
        decision = honest(*given)
        return Drop(Reason.ENROLLMENT_OVER) if getattr(decision, "reason", None) == Reason.ENROLLMENT_OVER else decision

    honest = step._standing
    patch.setattr(step, "_standing", standing)


def the_enrollment_is_taken_for_active(patch: Patch) -> None:
    honest = progress.onward

    def onward(core: Any, planned: Any, enrollment: Any, *more: Any, **named: Any) -> Any:
        taken = None if enrollment is None else enrollment.model_copy(update={"status": "ACTIVE"})
        return honest(core, planned, taken, *more, **named)

    patch.setattr(step, "onward", onward)


def erased_leads_are_written_to(patch: Patch) -> None:
    def unasked(change: Change) -> Change:
        return replace(change, equal={name: value for name, value in change.equal.items() if name != "erased"})

    patch_contact_change(patch, unasked)
    patch.setattr(Loader, "_contacts", _contacts_of_anybody)


def _contacts_of_anybody(self: Loader, work: Sequence[Work]) -> dict[Work, Contact]:
    found = self.core.store.find_many([(Contact, contact_key(one.id.partition(".")[0])) for one in work])
    return {one: contact for one, contact in zip(work, found, strict=True) if contact is not None}


def a_released_send_is_not_marked(patch: Patch) -> None:
    honest = Waiter._awaiting

    def awaiting(self: Waiter, errand: Errand, flight: Flight, phase: Phase, *more: Any) -> tuple[Replace, list[Write]]:
        after, attempts = honest(self, errand, flight, phase, *more)
        unmarked = after.entity.model_copy(update={"phase": None, "flown": None})
        return (replace(after, entity=unmarked) if phase == "released" else after), attempts

    patch.setattr(Waiter, "_awaiting", awaiting)


def any_message_to_the_number_will_do(patch: Patch) -> None:
    patch.setattr(reconcile, "Trace", lambda **given: Trace(**{**given, "known_refs": frozenset()}))


def a_refusal_in_two_writes(patch: Patch) -> None:
    honest = Waiter.refused

    def refused(self: Waiter, errand: Errand, flight: Flight, answer: Any) -> Any:
        landing = commit.contact_change(errand, landing=flight, fresh=False, recent={})
        self.core.store.write(landing)
        unflown = errand.contact.model_copy(update={FLIGHT_FIELD[flight.channel]: None})
        return honest(self, replace(errand, contact=unflown), flight, answer)

    patch.setattr(Waiter, "refused", refused)


def a_lead_twice_in_a_chunk(patch: Patch) -> None:
    patch.setattr(worker, "_chunk", lambda todo, seconds: list(todo)[:25])
