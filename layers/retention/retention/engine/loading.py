"""Reads what a decision looks at: the contact items first, alone, then all the rest.

Whatever changes an execution, an enrollment or the right to contact raises the version of the contact item. Read
first, its version is at most as new as the rest; the gate requires it; so nothing that was read can have been changed
when a send is let through. One request for everything would be no snapshot.

Source: the send protocol, rule 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retention.core import Core
from retention.engine.errand import Errand, Kind, Wanted
from retention.engine.queue import Work
from retention.holding.known import hold_wanted, remember_hold
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.suppressions.model import Suppression
from retention.table.keys import key


def lead_of(work: Work) -> str:
    """The lead that an obligation is owed to: its id begins with it."""
    return work.id.partition(".")[0]


@dataclass(frozen=True)
class Loader:
    """Reads obligations with all that bears on them."""

    core: Core
    kinds: Mapping[str, Kind]

    def load(self, work: Sequence[Work]) -> dict[Work, Errand]:
        """The errands of obligations; one that is not there, or whose lead is gone, is left out."""
        known = {one: self.kinds[one.kind].asking(one.id) for one in work if one.kind in self.kinds}
        possible = {one: asking for one, asking in known.items() if asking is not None}
        contacts = self._contacts(list(possible))
        asked: list[Wanted] = []
        for one, asking in possible.items():
            if one in contacts:
                asked += [*asking.wanted, (Lead, lead_key(lead_of(one))), *_suppressions(contacts[one])]
        answers = iter(self.core.store.find_many(asked))
        loaded: dict[Work, Errand] = {}
        for one, asking in possible.items():
            if one not in contacts:
                continue
            read = [next(answers) for _ in asking.wanted]
            lead: Lead | None = next(answers)
            suppressions = [next(answers) for _ in _suppressions(contacts[one])]
            suppressed = any(suppression is not None for suppression in suppressions)
            if read[0] is not None and not (lead is not None and lead.deleting):
                loaded[one] = asking.errand(contacts[one], lead, suppressed, read)
        return loaded

    def reload(self, work: Work) -> Errand | None:
        """One errand as it is now."""
        return self.load([work]).get(work)

    def _contacts(self, work: Sequence[Work]) -> dict[Work, Contact]:
        # Whether all sending is held, and who is told of what ends, is read along when it is due again: no request.
        asked_at, hold, endpoints = self.core.now(), hold_wanted(self.core), endpoints_wanted(self.core)
        contacts = [(Contact, contact_key(lead_of(one))) for one in work]
        found = self.core.store.find_many([*contacts, *hold, *endpoints])
        along = found[len(work) :]
        remember_hold(self.core, asked_at, along[: len(hold)])
        remember_endpoints(self.core, along[len(hold) :])
        pairs = zip(work, found[: len(work)], strict=True)
        return {one: contact for one, contact in pairs if contact is not None and not contact.erased}


def _suppressions(contact: Contact) -> list[Wanted]:
    """Where the addresses that the lead owns would be suppressed."""
    names = [name for name in (contact.phone_name, contact.email_name) if name is not None]
    return [(Suppression, key("Suppression", id=name)) for name in names]
