"""Evidence into the table: one transaction with the claim of the event that told it.

    one BatchGet (claim, contact, lead, obligation, attempt; the address that is suppressed; the places of a provider)
    one transaction (the same, and what follows: the stop, the job behind it, what the team is told)

Evidence only grows (evidence), so who comes second looks again and adds to what is there then.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from retention.attempts.model import ContactAttempt
from retention.attempts.proven import is_unknown
from retention.budgets.closing import Closer
from retention.core import Core
from retention.engine import slots
from retention.engine.obligation import Obligation
from retention.entity import Entity
from retention.errors import ContentionError, InvalidInputError
from retention.fields import Channel
from retention.inbound.claim import ReceivedEvent, claim_of
from retention.inbound.outcome import DUPLICATE, Applied, Ignored, Later, Outcome
from retention.leads.contact import contact_key, require_lead, touch_contact
from retention.leads.following import wake_followers
from retention.leads.model import Contact
from retention.outbound.announcing import wake_deliveries
from retention.receiving.event import Event
from retention.reports import reading, telling
from retention.reports.deriving import attempt_changes, work_changes
from retention.reports.evidence import Report, Suppress, added
from retention.reports.proof import Proof, flight_of
from retention.reports.reading import Case, Doomed
from retention.sequences.passages import require_version
from retention.suppressions.suppressing import Address, Suppressing, new_suppression, recognised, suppressing
from retention.table.writes import RefusedError, Replace, Write

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=Entity)

#: How often a report is looked at again when others change the same items.
TRIES: Final = 12
#: Refusals after which the place of a call is freed on its own: others take and give back places all the time.
SLOT_TRIES: Final = 3
#: Seconds of the machine until a report comes again whose send is being written down.
PAUSE: Final = 5.0
#: What makes a lead one that something is going on with.
_LIVELY: Final = frozenset({"replied", "clicked", "answered"})


@dataclass(frozen=True)
class Reporter:
    """Writes down what was told about sends."""

    core: Core

    @cached_property
    def _proof(self) -> Proof:
        return Proof(self.core)

    @cached_property
    def _charges(self) -> Closer:
        return Closer(self.core)

    def apply(self, event: Event, report: Report, also: Sequence[Write] = ()) -> Outcome:
        """Add the evidence of a report to its attempt, and bring everything that follows from it up to date.

        An address that it suppresses is suppressed at once, and also when the send is unknown, or the lead gone.

        Args:
            also: what else the event brings about, in the same transaction; not where the report does not count. No
                change of the lead's contact item: that is changed here.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
            RefusedError: one of the other writes was refused.
        """
        address, proved = self._address(report.suppress), False
        for tried in range(TRIES):
            found = reading.read(self.core, event, report, address)
            if found is None:
                return self._unrelated(event, report, address, "no_such_send")
            case, doomed = found
            if case.is_copy:
                return DUPLICATE
            if (why := _unfit(case, report)) is not None:
                if why == "gone":
                    self._give_place_back(case)
                return self._unrelated(event, report, address, why)
            assert case.work is not None
            if case.work.is_open and report.suppress is None and self._proof.is_awaited(case):
                return Later("under_way", PAUSE)
            if case.work.is_open:
                told_at = min((one.at for one in report.evidence), default=event.received_at)
                proved = self._proof.settle(case, report.ref, told_at) or proved
            elif is_unknown(case.work):
                proved = self._proof.resolve(case, report.ref) or proved
            elif (outcome := self._add(event, report, case, doomed, also, tried)) is not None:
                if proved and case.attempt is not None:
                    # No worker was there to see what became of it.
                    self._charges.look_at(case.attempt)
                return Applied("sent") if proved and isinstance(outcome, Ignored) else outcome
        raise ContentionError

    def suppress(self, event: Event, doom: Suppress) -> Outcome:
        """Suppress an address that a report names without saying which send it is about.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        address = self._address(doom)
        if address is None:
            return Ignored("no_address")
        for _ in range(TRIES):
            is_copy, doomed = reading.read_address(self.core, event, address)
            if is_copy:
                return DUPLICATE
            parts = self._suppressing(event, doom, doomed, None)
            if parts is None:
                return Ignored("known")
            if (outcome := self._write(event, parts.all, "suppressed")) is not None:
                return outcome
        raise ContentionError

    def _unrelated(self, event: Event, report: Report, address: Address | None, why: str) -> Outcome:
        """A report that changes nothing about a send may still say that an address must not be used."""
        if report.suppress is None or address is None:
            return Ignored(why)
        return self.suppress(event, report.suppress)

    def _give_place_back(self, case: Case) -> None:
        """Free the place of a call about which nothing is left to be written down."""
        if case.slots is not None and case.asked.id in case.slots.holders:
            slots.give_back(self.core, case.slots.provider, case.asked.id)

    # --- one try -----------------------------------------------------------------------------------------------

    def _add(
        self, event: Event, report: Report, case: Case, doomed: Doomed | None, also: Sequence[Write], tried: int
    ) -> Outcome | None:
        """Add it to what was read; None when that was changed meanwhile."""
        before, work = case.attempt, case.work
        assert before is not None
        assert work is not None
        after = self._attempt(before, report)
        work_after = self._work(work, before, after)
        parts = None if report.suppress is None else self._suppressing(event, report.suppress, doomed, case.contact)
        writes: list[Write] = [] if parts is None else list(parts.writes)
        if after is not before:
            writes.append(Replace(after, before=before))
        if work_after is not work:
            writes.append(Replace(work_after, before=work))
        places = slots.without(self.core, case.slots, work.id)
        if not writes and not places and not also:
            return Ignored("known")
        stop = None if parts is None else parts.stop
        if stop is not None:
            writes.append(stop)
        own = contact_key(before.lead_id)
        if stop is None or stop.key != own:
            writes.append(_contact(case, changed=work_after is not work, suppresses=parts is not None))
        if (lead := case.lead) is not None and lead.status in ("NEW", "CONTACTED") and _is_lively(before, after):
            writes.append(Replace(self.core.changed(lead, status="IN_PROGRESS"), before=lead))
        writes += telling.news(self.core, work_after, after, before.told or {})
        apart = bool(places) and tried >= SLOT_TRIES
        what = report.evidence[0].what if report.evidence else "sent" if parts is None else "suppressed"
        outcome = self._write(event, [*also, *writes, *([] if apart else places)], what, theirs=len(also))
        if after.cost != before.cost and isinstance(outcome, Applied):
            self._charges.look_at(after)
        if apart and isinstance(outcome, Applied) and case.slots is not None:
            slots.give_back(self.core, case.slots.provider, work.id)
        return outcome

    def _write(self, event: Event, writes: Sequence[Write], what: str, *, theirs: int = 0) -> Outcome | None:
        """Carry out writes with the claim of the event; None when something of it was changed since it was read.

        Args:
            theirs: how many of the first are not ours to put together again.
        """
        try:
            self.core.store.write(*writes, claim_of(self.core, event))
        except RefusedError as refusal:
            if refusal.concerns(ReceivedEvent):
                return DUPLICATE
            if min(refusal.failed) < theirs:
                raise
            return None
        wake_followers(self.core, writes)
        wake_deliveries(self.core, writes)
        return Applied(what)

    def _attempt(self, before: ContactAttempt, report: Report) -> ContactAttempt:
        """The attempt with the evidence; the very same where that adds nothing."""
        # What is told of a send cannot have happened before it: clocks differ, and some tell whole seconds.
        evidence = [one._replace(at=max(one.at, before.started_at)) for one in report.evidence]
        told = added(before.told or {}, evidence)
        changes: dict[str, Any] = {} if told == (before.told or {}) else attempt_changes(before, told)
        if before.provider_ref is None and report.ref is not None:
            changes["provider_ref"] = report.ref
        return self._changed(before, changes)

    def _work(self, work: Obligation, before: ContactAttempt, after: ContactAttempt) -> Obligation:
        """The obligation by what was told; the very same where that changes nothing about it."""
        if after is before:
            return work
        changes = work_changes(work, after.channel, before.told or {}, after.told or {})
        if after.provider_ref is not None and work.result.get("providerRef") is None:
            changes["result"] = {**changes["result"], "providerRef": after.provider_ref}
        return self._changed(work, changes)

    def _changed(self, entity: E, changes: dict[str, Any]) -> E:
        if all(getattr(entity, name) == value for name, value in changes.items()):
            return entity
        return self.core.changed(entity, **changes)

    # --- addresses ---------------------------------------------------------------------------------------------

    def _address(self, doom: Suppress | None) -> Address | None:
        if doom is None:
            return None
        try:
            return recognised(self.core, doom.address)
        except InvalidInputError:
            logger.warning("address_not_recognised", extra={"reason": doom.reason})
            return None

    def _suppressing(
        self, event: Event, doom: Suppress, doomed: Doomed | None, contact: Contact | None
    ) -> Suppressing | None:
        """The parts that suppress an address; None where it is suppressed, or is none.

        Args:
            contact: the contact item of the lead that the report is about, as it was read.
        """
        if doomed is None or doomed.is_suppressed:
            return None
        owner = None if doomed.claim is None else doomed.claim.lead_id
        if owner is not None and (contact is None or contact.lead_id != owner):
            contact = self.core.store.find(Contact, contact_key(owner))
        suppression = new_suppression(self.core, doomed.address, doom.reason, f"reported: {event.source}", event.source)
        return suppressing(self.core, doomed.address, suppression, doomed.claim, contact)


def _contact(case: Case, *, changed: bool, suppresses: bool) -> Write:
    """What is written of the contact item of a lead that is not stopped by the report.

    A gate under way must see a suppression, too; and a stop that made a new one needless must not be lifted unseen.
    """
    assert case.contact is not None
    if suppresses:
        return require_version(case.contact)
    return touch_contact(case.contact.lead_id) if changed else require_lead(case.contact.lead_id)


def _unfit(case: Case, report: Report) -> str | None:
    """Why a report does not count; None where it does."""
    if case.contact is None or case.contact.erased or case.lead is None or case.lead.deleting or case.work is None:
        return "gone"
    flight = flight_of(case)
    if flight is not None and flight.channel != case.channel:
        return "other_message"
    if case.work.is_open or (case.attempt is None and is_unknown(case.work)):
        return None
    if case.attempt is None or case.attempt.deleting or case.work.deleting:
        return "gone"
    return None if _is_same(case.channel, case.attempt, report.ref) else "other_message"


def _is_same(channel: Channel, attempt: ContactAttempt, ref: str | None) -> bool:
    """Whether a report is about the message that an attempt stands for, and not about another with its callback key.

    Source: SendGrid's event webhook: the id of an event begins with the one that the answer to the send gave.
    """
    if attempt.channel != channel:
        return False
    known = attempt.provider_ref
    if known is None or ref is None or known == ref:
        return True
    return channel == "EMAIL" and (ref.startswith(f"{known}.") or known.startswith(f"{ref}."))


def _is_lively(before: ContactAttempt, after: ContactAttempt) -> bool:
    """Whether the lead itself has done something that was not known before."""
    return any(what in (after.told or {}) and what not in (before.told or {}) for what in _LIVELY)
