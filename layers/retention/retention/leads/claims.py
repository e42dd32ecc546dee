"""Whose is an address? Claims make sure that it is one lead's, also when many ask at once."""

from collections.abc import Sequence

from retention.ids import Ids
from retention.leads import addresses
from retention.leads.model import EmailClaim, Lead, LeadInput, PhoneClaim
from retention.table.keys import Key, key
from retention.table.store import Store
from retention.table.writes import Create, Remove, Write


def email_claim_key(address: str) -> Key:
    """Where the claim on an e-mail address lives, however it is written."""
    return key("EmailClaim", address=addresses.email_identity(address))


class Claims:
    """Finds the owners of addresses, and moves claims."""

    def __init__(self, store: Store, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    def owners_of(self, rows: Sequence[LeadInput]) -> list[str | None]:
        """The lead that owns a row's e-mail address, else its phone number, for each row."""
        wanted: list[tuple[type[EmailClaim | PhoneClaim], Key]] = []
        for row in rows:
            if row.email:
                wanted.append((EmailClaim, email_claim_key(row.email)))
            if row.phone:
                wanted.append((PhoneClaim, key("PhoneClaim", address=row.phone)))
        found = iter(self._store.find_many(wanted))
        owners: list[str | None] = []
        for row in rows:
            claims = [next(found) for address in (row.email, row.phone) if address]
            owners.append(next((claim.lead_id for claim in claims if claim is not None), None))
        return owners

    def moved(self, after: Lead, before: Lead | None) -> list[Write]:
        """The writes that move a lead's claims from its addresses before to those after."""
        writes: list[Write] = []
        old_email = addresses.email_identity(before.email) if before and before.email else None
        new_email = addresses.email_identity(after.email) if after.email else None
        old_phone = before.phone if before else None
        revision = self._ids.revision
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
