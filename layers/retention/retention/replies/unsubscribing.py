"""An unsubscribe link that was followed: the lead's address on that channel is suppressed, and the lead stopped.

A link stays good for ever. Followed again it changes nothing; followed again after contact had been allowed once more,
it ends contact once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from retention.core import REVISE_TRIES, Core
from retention.entity import Entity
from retention.errors import ContentionError, InvalidInputError
from retention.inbound.claim import ReceivedEvent, claim_key, claim_of
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Outcome
from retention.jsontext import format_instant
from retention.leads.contact import contact_key, lead_key
from retention.leads.following import following, wake_followers
from retention.leads.model import Contact, EmailClaim, Lead, PhoneClaim
from retention.outbound.announcing import lead_stopped, wake_deliveries
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.receiving.event import Event
from retention.sequences.passages import require_version
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.suppressions.suppressing import Address, new_suppression, recognised, suppressing, wanted
from retention.table import keys
from retention.table.keys import Key, key
from retention.table.writes import Change, Create, RefusedError, Require, Write
from retention.templates.links import Unsubscribe, verify

#: For people who look at the suppression: how it came about.
_NOTES: Final = {"one_click": "unsubscribed: one click in a mail program", "page": "unsubscribed: on the page"}


@dataclass(frozen=True)
class Unsubscribing:
    """Ends contact for those who followed the link."""

    core: Core

    def apply(self, event: Event) -> Outcome:
        """Apply one event.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        if not isinstance(event.content, Mapping) or not isinstance(event.content.get("token"), str):
            return Hopeless("no link")
        link = verify(self.core.keyring, event.content["token"], Unsubscribe)
        if link is None:
            return Ignored("not_ours")
        if link.preview:
            return Ignored("preview")
        note = _NOTES.get(str(event.content.get("how")), _NOTES["page"])
        for _ in range(REVISE_TRIES):
            outcome = self._apply(event, link, note)
            if outcome is not None:
                return outcome
        raise ContentionError

    def _apply(self, event: Event, link: Unsubscribe, note: str) -> Outcome | None:
        """Apply it to what is there now; None when that was changed meanwhile."""
        core = self.core
        about: list[tuple[type[Entity], Key]] = [
            (Lead, lead_key(link.lead_id)),
            (Contact, contact_key(link.lead_id)),
            (ReceivedEvent, claim_key(event)),
        ]
        lead, contact, copy, *registry = core.store.find_many([*about, *endpoints_wanted(core)])
        remember_endpoints(core, registry)
        if lead is None or lead.deleting or contact is None or contact.erased:
            return Ignored("gone")
        address = self._address(lead, link)
        suppression, owner = core.store.find_many(wanted(core, address)) if address is not None else (None, None)
        if contact.stop_reason is not None and (address is None or suppression is not None):
            return DUPLICATE if copy is not None else Ignored("known")
        asked = event if copy is None else self._asked_again(event, contact, address)
        if asked is None:
            return DUPLICATE
        writes: list[Write] = []
        if suppression is not None:
            writes.append(Require(Suppression, key("Suppression", id=suppression.id)))
        elif address is not None:
            new = new_suppression(core, address, "OPT_OUT", note, event.source)
            writes += suppressing(core, address, new, owner, self._contact_of(owner, contact)).all
        own = contact_key(lead.id)
        if not any(isinstance(write, Change) and write.key == own for write in writes):
            writes += self._stop(lead, contact, event)
        return self._write(asked, writes)

    def _address(self, lead: Lead, link: Unsubscribe) -> Address | None:
        """The address that the message went to, as far as is known: attempts do not keep it, and leads move."""
        text = lead.email if link.channel == "EMAIL" else lead.phone
        try:
            return None if text is None else recognised(self.core, text)
        except InvalidInputError:
            return None

    def _contact_of(self, owner: EmailClaim | PhoneClaim | None, known: Contact) -> Contact | None:
        """The contact item of the lead that owns an address; mostly the one that is known already."""
        if owner is None or owner.lead_id == known.lead_id:
            return known
        return self.core.store.find(Contact, contact_key(owner.lead_id))

    def _stop(self, lead: Lead, contact: Contact, event: Event) -> list[Write]:
        """Stop the lead; whoever is stopped already keeps the reason, and a gate under way looks again."""
        if contact.stop_reason is not None:
            return [require_version(contact)]
        at = self.core.now()
        stop = Change(
            Contact,
            contact_key(lead.id),
            set={"stop_reason": "OPT_OUT", "stopped_at": at, "stop_source": event.source},
            add={"version": 1},
            equal={"erased": False, "stop_reason": None},
        )
        return [
            stop,
            Create(following(self.core, lead.id, "OPT_OUT")),
            *lead_stopped(self.core, lead.id, "OPT_OUT", at),
        ]

    def _asked_again(self, event: Event, contact: Contact, address: Address | None) -> Event | None:
        """A link that was followed before, as a new event where contact was allowed again since; None for a copy."""
        allowed = self._allowed_again(contact, address)
        if allowed is None or event.received_at <= allowed:
            return None
        return event._replace(id=f"{event.id}:{format_instant(allowed)}")

    def _allowed_again(self, contact: Contact, address: Address | None) -> datetime | None:
        """When contact was allowed again last: by the lead's unstop, or by lifting the suppression of the address."""
        instants = [] if contact.resumed_at is None else [contact.resumed_at]
        if address is not None:
            name = suppression_id(self.core.keyring, address.text)
            pk = keys.partitions("LiftedSuppression", suppression_id=name)[0]
            starts_with = keys.prefix("LiftedSuppression")
            lifted = self.core.store.query_entities(
                LiftedSuppression, pk, starts_with=starts_with, descending=True, limit=1
            )
            instants += [one.lifted_at for one in lifted]
        return max(instants, default=None)

    def _write(self, event: Event, writes: list[Write]) -> Outcome | None:
        """Carry out writes with the claim of the event; None when something of it was changed since it was read."""
        try:
            self.core.store.write(*writes, claim_of(self.core, event))
        except RefusedError as refusal:
            return DUPLICATE if refusal.concerns(ReceivedEvent) else None
        wake_followers(self.core, writes)
        wake_deliveries(self.core, writes)
        return Applied("unsubscribed")
