"""A suppression: a rule that forbids contact with one address."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import Field

from retention.entity import Entity
from retention.fields import Contract, Instant, ShortText
from retention.leads.model import StopReason

SuppressionReason = Literal["OPT_OUT", "COMPLAINT", "HARD_BOUNCE", "INVALID_NUMBER", "MANUAL", "ERASURE"]

#: What the stop of a lead says when one of its addresses is suppressed.
STOP_REASONS: Final[Mapping[SuppressionReason, StopReason]] = {
    "OPT_OUT": "OPT_OUT",
    "COMPLAINT": "COMPLAINT",
    "HARD_BOUNCE": "HARD_BOUNCE",
    "INVALID_NUMBER": "DO_NOT_CONTACT",
    "MANUAL": "DO_NOT_CONTACT",
    "ERASURE": "DO_NOT_CONTACT",
}


class SuppressionInput(Contract):
    """What a client says to suppress an address."""

    address: str = Field(min_length=3, max_length=254, description="An e-mail address or a phone number")
    reason: SuppressionReason = Field(default="MANUAL", description="Why it must not be contacted")
    note: ShortText | None = Field(default=None, description="For people: where the request came from")


class Suppression(Entity):
    """An address that is not contacted. The address itself is not kept, only a keyed hash and how it ends."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned

    id: str = Field(description="Keyed hash of the address")
    address_type: Literal["EMAIL", "PHONE"] = Field(description="What kind of address it is")
    reason: SuppressionReason = Field(description="Why it must not be contacted")
    note: ShortText | None = Field(default=None, description="For people: where the request came from")
    created_at: Instant = Field(description="Since when")
    #: What brought it about, where it was something that came in: the source of that event. What came by a text message
    #: of the lead's, another one lifts again (replies/returning).
    source: str | None = Field(default=None, exclude=True)


class LiftedSuppression(Entity):
    """For the record: a suppression that was lifted, on what ground and by whom."""

    suppression_id: str
    reason: SuppressionReason
    created_at: Instant
    lifted_at: Instant
    lifted_because: ShortText
    #: The id of the API key, or of the reply by which the lead itself allowed it.
    lifted_by: str
