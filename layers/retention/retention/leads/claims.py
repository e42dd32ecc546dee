"""Whose is an address, and may it be contacted? Claims make it one lead's, also when many ask at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention.core import Core
from retention.entity import Entity
from retention.leads import addresses
from retention.leads.model import Contact, EmailClaim, Lead, LeadInput, PhoneClaim, StopReason
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import STOP_REASONS, Suppression
from retention.table.keys import Key, key
from retention.table.writes import Create, Remove, Write

#: Addresses that are remembered when they are replaced.
REMEMBERED: Final = 20


@dataclass(frozen=True)
class Known:
    """What is known of the addresses that somebody gives."""

    #: The lead that has the e-mail address, else the one that has the phone number.
    owner: str | None
    #: Why one of the addresses must not be contacted.
    stop: StopReason | None
    #: All who have one of the addresses, the owner first: two where they are different people's.
    owners: tuple[str, ...] = ()
    #: Since when one of the addresses is that of somebody who was erased.
    erased_at: datetime | None = None


def email_claim_key(address: str) -> Key:
    """Where the claim on an e-mail address lives, however it is written."""
    return key("EmailClaim", address=addresses.email_identity(address))


class Claims:
    """Finds the owners of addresses, and moves claims."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def names(self, lead: Lead) -> dict[str, Any]:
        """The names under which a lead's addresses would be suppressed, as the contact item of their owner has them.

        The worker goes by them: an address that a lead has without owning it is not contacted.
        """
        pairs = {"phone_name": lead.phone, "email_name": lead.email}
        keyring = self._core.keyring
        return {name: suppression_id(keyring, address) if address else None for name, address in pairs.items()}

    def names_moved(self, after: Lead, before: Lead, contact: Contact) -> dict[str, Any]:
        """What changes on the contact item of a lead with its addresses: their names, and those that it had before."""
        if (after.phone, after.email) == (before.phone, before.email):
            return {}
        known = self.names(before)
        moved = {name: value for name, value in self.names(after).items() if value != known[name]}
        return {**moved, "former_addresses": _former_addresses(contact, before, after)} if moved else {}

    def look_up(self, rows: Sequence[LeadInput]) -> list[Known]:
        """What is known of each row's addresses, in one round of requests."""
        wanted: list[tuple[type[Entity], Key]] = []
        for row in rows:
            for claim_type, claim, address in _addresses_of(row):
                suppression = key("Suppression", id=suppression_id(self._core.keyring, address))
                wanted += [(claim_type, claim), (Suppression, suppression)]
        # Who is told of new leads is asked along, which costs no request of its own.
        endpoints = endpoints_wanted(self._core)
        answers = self._core.store.find_many([*wanted, *endpoints])
        remember_endpoints(self._core, answers[len(wanted) :])
        found = iter(answers)
        known: list[Known] = []
        for row in rows:
            pairs = [(next(found), next(found)) for _ in _addresses_of(row)]
            owners = tuple(dict.fromkeys(claim.lead_id for claim, _ in pairs if claim is not None))
            stop = next((STOP_REASONS[one.reason] for _, one in pairs if one is not None), None)
            erased = [one.created_at for _, one in pairs if one is not None and one.reason == "ERASURE"]
            known.append(Known(owners[0] if owners else None, stop, owners, max(erased, default=None)))
        return known

    def owners(self, rows: Sequence[LeadInput]) -> list[tuple[str, ...]]:
        """Who has the addresses of each row, e-mail first; for half the price, as it was lately."""
        places = [[(kind, claim) for kind, claim, _ in _addresses_of(row)] for row in rows]
        found = iter(self._core.store.find_many([one for some in places for one in some], consistent=False))
        claims = [[next(found) for _ in some] for some in places]
        return [tuple(dict.fromkeys(one.lead_id for one in some if one is not None)) for some in claims]

    def moved(self, after: Lead, before: Lead | None) -> list[Write]:
        """The writes that move a lead's claims from its addresses before to those after."""
        writes: list[Write] = []
        old_email = addresses.email_identity(before.email) if before and before.email else None
        new_email = addresses.email_identity(after.email) if after.email else None
        old_phone = before.phone if before else None
        revision = self._core.ids.revision
        if old_email != new_email:
            if old_email:
                writes.append(Remove(EmailClaim, key("EmailClaim", address=old_email), equal={"lead_id": after.id}))
            if new_email:
                writes.append(Create(EmailClaim(address=new_email, lead_id=after.id, revision=revision())))
        if old_phone != after.phone:
            if old_phone:
                writes.append(Remove(PhoneClaim, key("PhoneClaim", address=old_phone), equal={"lead_id": after.id}))
            if after.phone:
                writes.append(Create(PhoneClaim(address=after.phone, lead_id=after.id, revision=revision())))
        return writes


def _former_addresses(contact: Contact, before: Lead, after: Lead) -> list[str] | None:
    """Addresses that a lead had, with those that a change takes from it, and without those that it gives back."""
    # A phone number is as it is in this form.
    had = [*(contact.former_addresses or []), *filter(None, (before.email, before.phone))]
    has = {addresses.email_identity(one) for one in (after.email, after.phone) if one}
    once = {addresses.email_identity(one): one for one in had}
    return [one for name, one in once.items() if name not in has][-REMEMBERED:] or None


def names_of(row: LeadInput) -> list[tuple[str, str]]:
    """The addresses of a row in the form by which people are recognised, e-mail first."""
    found = [("email", addresses.email_identity(row.email))] if row.email else []
    return found + ([("phone", row.phone)] if row.phone else [])


def _addresses_of(row: LeadInput) -> list[tuple[type[EmailClaim | PhoneClaim], Key, str]]:
    """The addresses of a row, e-mail first, with their claims."""
    found: list[tuple[type[EmailClaim | PhoneClaim], Key, str]] = []
    if row.email:
        found.append((EmailClaim, email_claim_key(row.email), row.email))
    if row.phone:
        found.append((PhoneClaim, key("PhoneClaim", address=row.phone), row.phone))
    return found
