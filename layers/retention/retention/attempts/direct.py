"""Contacts by hand: one message to one lead, now, through the same gate as everything else.

What can be seen to be impossible is refused at once. All the rest (contact hours, caps, the provider) is the worker's:
the attempt stays PENDING until the message goes out, or ends FAILED with the reason.
"""

from dataclasses import dataclass
from typing import Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from retention import ids
from retention.attempts.model import ContactAttempt, DirectContact
from retention.core import Core
from retention.engine.hints import hint
from retention.errors import ConflictError, FieldError, InvalidInputError, LeadStoppedError, NotFoundError
from retention.fields import Channel, Contract, RootId
from retention.leads.contact import contact_key, lead_key, require_lead
from retention.leads.model import Contact, Lead
from retention.references import find_all, to_root
from retention.scripts import content
from retention.scripts.model import Content, Script, ScriptInput
from retention.sequences.passages import is_under_way, require_version
from retention.suppressions.model import Suppression
from retention.table.keys import key
from retention.table.writes import Create, RefusedError, Remove, Write


class ContactNow(Contract):
    """One message to one lead, now: what to say is a script, or words of its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["scriptId"],
                    "properties": {"scriptId": {"type": "string"}, "content": {"type": "null"}},
                },
                {
                    "required": ["content"],
                    "properties": {"content": {"type": ["string", "object"]}, "scriptId": {"type": "null"}},
                },
            ]
        }
    )

    channel: Channel = Field(description="The channel")
    script_id: RootId | None = Field(default=None, description="The script to use")
    content: Content = Field(
        default=None, description="What to say, instead of a script: SMS and CALL a text, EMAIL an object"
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.script_id is None) == (self.content is None):
            raise PydanticCustomError("exactly_one", "either scriptId or content is needed, not both")
        return self


@dataclass(frozen=True)
class Planned:
    """A message that is to be sent, its attempt, and the writes that bring both about."""

    direct: DirectContact
    attempt: ContactAttempt

    @property
    def writes(self) -> list[Write]:
        """Both, new."""
        return [Create(self.direct), Create(self.attempt)]


class DirectService:
    """The use case of contacts by hand."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def send(self, lead_id: str, given: ContactNow) -> ContactAttempt:
        """Send a lead one message, as soon as the contact rules allow.

        Returns:
            Its attempt, PENDING.

        Raises:
            NotFoundError: there is no such lead.
            LeadStoppedError, ConflictError: the lead is to be left alone, or has converted.
            InvalidInputError: the lead has no address on the channel; there is no such script, or it is for another
                channel; the content does not fit the channel.
        """
        core = self._core
        contact, lead = person(core, lead_id)
        refuse_unreachable(core, contact, lead)
        check_address(contact, lead, given.channel)
        self._check_words(given)
        planned = plan(core, lead_id, given)
        try:
            core.idempotency.commit(*planned.writes, require_lead(lead_id), outcome=planned.attempt)
        except RefusedError as refusal:
            if not refusal.concerns(Contact):
                raise
            raise NotFoundError(f"There is no lead {lead_id}.") from None  # Deleted since it was read.
        hint(core, [planned.direct])
        return planned.attempt

    def _check_words(self, given: ContactNow) -> None:
        if given.content is not None:
            content.check(ScriptInput(name="by hand", type=given.channel, content=given.content))
        (script,) = find_all(self._core.store, to_root("/scriptId", Script, given.script_id))
        if script is not None and script.type != given.channel:
            detail = f"The script is for {script.type}, the message goes by {given.channel}."
            raise InvalidInputError.at("/scriptId", "wrong_channel", detail)


def withdrawn(core: Core, attempt: ContactAttempt) -> list[Write]:
    """What goes with the deletion of an attempt: the contact by hand that it stands for, if it is one.

    Raises:
        ConflictError: it is being sent, or may have been; when that is known it can be deleted.
    """
    contact = core.store.find(Contact, contact_key(attempt.lead_id))
    where = key("DirectContact", lead_id=attempt.lead_id, id=attempt.id)
    direct = core.store.find(DirectContact, where)
    if contact is None or direct is None:
        return []
    if is_under_way(contact, direct):
        raise ConflictError("This message is being sent. Try again when it is known what became of it.")
    return [require_version(contact), Remove(DirectContact, where, seen=direct.revision)]


def person(core: Core, lead_id: str) -> tuple[Contact, Lead]:
    """A lead, and its right to be left alone.

    Raises:
        NotFoundError: none with this id, or it was deleted.
    """
    contact, lead = core.store.find_many([(Contact, contact_key(lead_id)), (Lead, lead_key(lead_id))])
    if lead is None or lead.deleting or contact is None or contact.erased:
        raise NotFoundError(f"There is no lead {lead_id}.")
    return contact, lead


def refuse_unreachable(core: Core, contact: Contact, lead: Lead) -> None:
    """Refuse a message to somebody who is to be left alone.

    Raises:
        LeadStoppedError: the lead is stopped, or an address of it is suppressed.
        ConflictError: the lead has converted.
    """
    if contact.stop_reason == "CONVERTED" or lead.status == "CONVERTED":
        raise ConflictError("This lead has converted.")
    if contact.stop_reason is not None:
        raise LeadStoppedError(f"This lead is to be left alone ({contact.stop_reason}).")
    names = [name for name in (contact.phone_name, contact.email_name) if name is not None]
    if any(core.store.find_many([(Suppression, key("Suppression", id=name)) for name in names])):
        raise LeadStoppedError("An address of this lead is suppressed.")


def check_address(contact: Contact, lead: Lead, channel: Channel, at: str = "/channel") -> None:
    """Refuse a channel on which a lead cannot be reached. `at` is the JSON pointer to the channel.

    Raises:
        InvalidInputError: the lead has no address there, or it belongs to another lead.
    """
    by_email = channel == "EMAIL"
    what = "e-mail address" if by_email else "phone number"
    if (lead.email if by_email else lead.phone) is None:
        raise InvalidInputError(FieldError(at, "no_address", f"This lead has no {what}."))
    if (contact.email_name if by_email else contact.phone_name) is None:
        raise InvalidInputError(FieldError(at, "address_not_owned", f"The {what} belongs to another lead."))


def plan(core: Core, lead_id: str, given: ContactNow) -> Planned:
    """A message by hand, due now, and its attempt under the same id."""
    now = core.now()
    identifier = ids.join(lead_id, core.ids.new(now))
    attempt = ContactAttempt(
        id=identifier,
        lead_id=lead_id,
        channel=given.channel,
        script_id=given.script_id,
        started_at=now,
        revision=core.ids.revision(),
    )
    direct = DirectContact(
        id=identifier,
        contact_attempt_id=identifier,
        status="SCHEDULED",
        scheduled_at=now,
        due_at=now,
        lead_id=lead_id,
        channel=given.channel,
        script_id=given.script_id,
        content=given.content,
        revision=core.ids.revision(),
    )
    return Planned(direct, attempt)
