"""What a lead is, and what a client may say about it."""

from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from retention.contactrules.zones import TimeZone
from retention.entity import Dated, Entity
from retention.fields import Contract, ForeignId, Instant, LongText, Meta, Name
from retention.leads.addresses import Email, Phone

LeadStatus = Literal["NEW", "CONTACTED", "IN_PROGRESS", "CONVERTED", "LOST"]
LEAD_STATUSES: Final[tuple[LeadStatus, ...]] = ("NEW", "CONTACTED", "IN_PROGRESS", "CONVERTED", "LOST")
LeadSource = Literal["MANUAL", "META", "API"]
#: Why a lead may not be contacted.
StopReason = Literal["OPT_OUT", "COMPLAINT", "HARD_BOUNCE", "DO_NOT_CONTACT", "CONVERTED"]


class LeadInput(Contract):
    """What a client may set on a lead."""

    external_id: ForeignId | None = Field(
        default=None, description="Id of this person in another system, such as a CRM"
    )
    first_name: Name = Field(description="First name")
    last_name: Name = Field(description="Last name")
    phone: Phone | None = Field(default=None, description="Phone number; kept as E.164. One lead per number")
    email: Email | None = Field(default=None, description="E-mail address. One lead per address, whatever its case")
    time_zone: TimeZone | None = Field(
        default=None, description="Where the lead lives, an IANA name; else the phone number says where it may be"
    )
    source: LeadSource = Field(default="MANUAL", description="Where the lead came from")
    status: LeadStatus = Field(default="NEW", description="How far the lead has come")
    meta: Meta | None = Field(default=None, description="Free data, usable in templates")
    notes: LongText | None = Field(default=None, description="Notes for people")


class ContactState(Contract):
    """Whether a lead may be contacted."""

    stopped: bool = Field(description="True when nothing is sent to this lead any more")
    reason: StopReason | None = Field(default=None, description="Why")
    since: Instant | None = Field(default=None, description="Since when")


class Lead(LeadInput, Dated):
    """A person whom a team may contact."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {"contact"}

    id: str = Field(description="Identity, for ever")


class LeadView(Lead):
    """A lead as it is shown: with its right to be left alone."""

    contact: ContactState = Field(description="Whether the lead may be contacted; set by stop and unstop")


class Contact(Entity):
    """The one item that decides about contact with a lead; every gate and every stop writes it."""

    lead_id: str
    #: Rises with everything that could change the answer to "may we send now?".
    version: int = 0
    stop_reason: StopReason | None = None
    stopped_at: Instant | None = None
    #: What brought the stop about, where it was something that came in: the source of that event.
    stop_source: str | None = None
    #: Why and when contact was allowed again, for the record.
    resumed_because: str | None = None
    resumed_at: Instant | None = None
    #: Set before the lead's children are removed; from then on nothing may be created for the lead.
    erased: bool = False
    #: The names under which the addresses that this lead owns would be suppressed; None where it owns none. An address
    #: that a lead has without owning it is not contacted: two leads on one number would pass by each other's stop.
    phone_name: str | None = None
    email_name: str | None = None
    #: Addresses that were replaced by others, the latest last: what else names the person, should they be erased.
    former_addresses: list[str] | None = None
    #: The send under way on each channel (engine/obligation.Flight as JSON): written before the provider is asked,
    #: removed with the outcome.
    call_flight: dict[str, Any] | None = None
    sms_flight: dict[str, Any] | None = None
    email_flight: dict[str, Any] | None = None
    #: When contacts were made lately, by channel, in whole seconds since 1970: what frequency caps count.
    recent: dict[str, list[int]] | None = None
    #: When a provider last accepted a contact with the lead.
    last_contacted_at: Instant | None = None

    def state(self) -> ContactState:
        """What clients see of it."""
        return ContactState(stopped=self.stop_reason is not None, reason=self.stop_reason, since=self.stopped_at)


class EmailClaim(Entity):
    """One e-mail address belongs to one lead."""

    address: str
    lead_id: str


class PhoneClaim(Entity):
    """One phone number belongs to one lead."""

    address: str
    lead_id: str


class ExternalReference(Entity):
    """A lead known elsewhere by this id."""

    external_id: str
    lead_id: str
