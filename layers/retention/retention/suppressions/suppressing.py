"""Suppressing an address, as a part of a transaction: with the stop that it brings about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from retention.core import Core
from retention.entity import Entity
from retention.errors import InvalidInputError
from retention.leads import addresses
from retention.leads.contact import contact_key
from retention.leads.following import following
from retention.leads.model import Contact, EmailClaim, PhoneClaim
from retention.outbound.announcing import lead_stopped
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import STOP_REASONS, Suppression, SuppressionReason
from retention.table.keys import Key, key
from retention.table.writes import Change, Create, Require, Write


class Address(NamedTuple):
    """An address in its normalised form, and the kind of claim by which a lead owns it."""

    claim_type: type[EmailClaim | PhoneClaim]
    text: str

    @property
    def claim_key(self) -> Key:
        """Where the claim of its owner lives."""
        return key(self.claim_type.__name__, address=self.text)


def recognised(core: Core, text: str) -> Address:
    """What kind of address a text is.

    Raises:
        InvalidInputError: it is neither an e-mail address nor a phone number.
    """
    try:
        if "@" in text:
            return Address(EmailClaim, addresses.email_identity(addresses.tidy_email(text)))
        return Address(PhoneClaim, addresses.tidy_phone(text, core.settings.default_phone_region))
    except PydanticCustomError as error:
        raise InvalidInputError.at("/address", error.type, error.message()) from None


def wanted(core: Core, address: Address) -> list[tuple[type[Entity], Key]]:
    """What has to be read before an address is suppressed: its suppression, and the claim on it."""
    name = suppression_id(core.keyring, address.text)
    return [(Suppression, key("Suppression", id=name)), (address.claim_type, address.claim_key)]


@dataclass(frozen=True)
class Suppressing:
    """The parts of a transaction that suppress an address and stop the lead that owns it."""

    suppression: Suppression
    #: All but the change of the contact item.
    writes: Sequence[Write]
    #: Closes the gate of the owner, and raises the version of its contact item; None where there is nobody to stop.
    #: Who changes that contact item in the same transaction has to leave it at this one.
    stop: Change | None

    @property
    def all(self) -> list[Write]:
        """Everything."""
        return [*self.writes, *([] if self.stop is None else [self.stop])]


def new_suppression(
    core: Core, address: Address, reason: SuppressionReason, note: str | None, source: str | None = None
) -> Suppression:
    """The suppression of an address as of now.

    Args:
        source: of the event that says so, where it came in.
    """
    return Suppression(
        id=suppression_id(core.keyring, address.text),
        address_type="EMAIL" if address.claim_type is EmailClaim else "PHONE",
        reason=reason,
        note=note,
        source=source,
        created_at=core.now(),
        revision=core.ids.revision(),
    )


def suppressing(
    core: Core,
    address: Address,
    suppression: Suppression,
    claim: EmailClaim | PhoneClaim | None,
    contact: Contact | None,
) -> Suppressing:
    """What suppresses an address. A lead that is stopped already keeps its reason.

    Args:
        claim: the claim on the address, as it was read; it must still be that lead's.
        contact: the contact item of the lead that has the claim.
    """
    writes: list[Write] = [Create(suppression)]
    if claim is None:
        return Suppressing(suppression, writes, None)
    writes.append(Require(address.claim_type, address.claim_key, equal={"lead_id": claim.lead_id}))
    if contact is None or contact.erased or contact.stop_reason is not None:
        return Suppressing(suppression, writes, None)
    reason, at, source = STOP_REASONS[suppression.reason], core.now(), suppression.source
    stop = Change(
        Contact,
        contact_key(claim.lead_id),
        set={"stop_reason": reason, "stopped_at": at, **({"stop_source": source} if source else {})},
        add={"version": 1},
        equal={"erased": False, "stop_reason": None},
    )
    writes += [Create(following(core, claim.lead_id, reason)), *lead_stopped(core, claim.lead_id, reason, at)]
    return Suppressing(suppression, writes, stop)
