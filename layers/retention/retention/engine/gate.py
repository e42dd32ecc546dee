"""The gate: one conditional write to a lead's contact item, made before the provider is asked.

It says which send is under way on which channel, and counts it for the caps, on the condition that the version of the
contact item is still the one that the decision went by. Everything that could change the decision raises the version:
of a send and an opt-out at the same moment, the table lets exactly one win. A worker that dies after it leaves a trace.

Source: the send protocol, rules 1 to 5 and 14.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from retention.core import Core
from retention.engine.errand import Errand
from retention.engine.obligation import FLIGHT_FIELD, Flight
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.table.batches import change_each
from retention.table.writes import Change


class Pass(NamedTuple):
    """What is asked of the gate for one errand."""

    errand: Errand
    flight: Flight
    #: The contacts of the rolling spans, with this one.
    recent: dict[str, list[int]]

    @property
    def _set(self) -> dict[str, Any]:
        return {
            FLIGHT_FIELD[self.errand.channel]: self.flight.as_json(),
            "recent": self.recent,
            "version": self.errand.contact.version + 1,
        }

    def change(self) -> Change:
        """The write."""
        contact = self.errand.contact
        return Change(Contact, contact_key(contact.lead_id), set=self._set, equal={"version": contact.version})

    def passed(self) -> Errand:
        """The errand behind the gate: with its contact item as it is now."""
        return replace(self.errand, contact=self.errand.contact.model_copy(update=self._set))


def open_gates(core: Core, passes: Sequence[Pass]) -> list[bool]:
    """Let each errand through, or not, in one request; at most 25, each of another lead.

    A refused one is through all the same when its own nonce stands there: its write was carried out and the answer
    lost. Comparing the obligation instead would let two deliveries of one message both send.
    """
    opened = change_each(core.store, [one.change() for one in passes])
    refused = [one for one, through in zip(passes, opened, strict=True) if not through]
    if refused:
        found = core.store.find_many([(Contact, contact_key(one.errand.contact.lead_id)) for one in refused])
        own = {one.flight.nonce for one, contact in zip(refused, found, strict=True) if _is_own(one, contact)}
        opened = [through or one.flight.nonce in own for one, through in zip(passes, opened, strict=True)]
    return opened


def _is_own(one: Pass, contact: Contact | None) -> bool:
    if contact is None:
        return False
    there = Flight.of(getattr(contact, FLIGHT_FIELD[one.errand.channel]))
    return there is not None and there.nonce == one.flight.nonce
