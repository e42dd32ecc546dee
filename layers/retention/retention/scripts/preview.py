"""What a script would become for a lead: filled in, looked at, and not sent."""

from collections.abc import Iterator
from typing import Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from retention.campaigns.model import Campaign
from retention.core import Core
from retention.fields import Channel, Contract, ForeignId, Meta, RootId, ShortText
from retention.leads.addresses import Email, Phone
from retention.leads.model import Lead, LeadSource, LeadStatus
from retention.providers.port import Body, EmailBody, TextBody
from retention.references import find_all, to_root
from retention.scripts.model import Script
from retention.templates.filling import Filled, filled
from retention.templates.linking import Linking
from retention.templates.segments import foreign_to_gsm, segments_of

#: Segments of a text message that are worth a word. Source: Twilio advises 320 characters at most.
MANY_SEGMENTS: Final = 3
#: Bytes of an HTML part beyond which Gmail hides the rest, and with it the line about unsubscribing.
CLIPPED: Final = 102_000
#: Stands for ids that a message would have, of the same length, so that links and segments are as long.
_SOME_ID: Final = "0" * 26


class SampleLead(Contract):
    """A lead by hand; what is not given has no value."""

    external_id: ForeignId | None = Field(default=None, description="Id in another system")
    first_name: ShortText | None = Field(default=None, description="First name")
    last_name: ShortText | None = Field(default=None, description="Last name")
    phone: Phone | None = Field(default=None, description="Phone number")
    email: Email | None = Field(default=None, description="E-mail address")
    source: LeadSource = Field(default="MANUAL", description="Where the lead came from")
    status: LeadStatus = Field(default="NEW", description="How far the lead has come")
    meta: Meta | None = Field(default=None, description="Free data")


class PreviewRequest(Contract):
    """For whom a script is to be filled in: a lead that there is, or one by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["leadId"], "properties": {"leadId": {"type": "string"}, "sample": {"type": "null"}}},
                {"required": ["sample"], "properties": {"sample": {"type": "object"}, "leadId": {"type": "null"}}},
            ]
        }
    )

    lead_id: RootId | None = Field(default=None, description="A lead. This needs the scope `leads:read`, too")
    sample: SampleLead | None = Field(default=None, description="A lead by hand, instead")
    campaign_id: RootId | None = Field(default=None, description="For which campaign; the script's own, unless given")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.lead_id is None) == (self.sample is None):
            raise PydanticCustomError("exactly_one", "either leadId or sample is needed, not both")
        return self


class PreviewLink(Contract):
    """A link in a preview: a sample, which leads where the real one would, and counts for nothing."""

    url: str = Field(description="As it stands in the text; as long as the real one")
    target: str | None = Field(description="Where it leads; null for the page on which the lead unsubscribes")
    sample: Literal[True] = Field(default=True, description="It is a sample")


class Remark(Contract):
    """Something that a person may want to change."""

    code: str = Field(description="What it is, for programs")
    detail: str = Field(description="What it is, for people")


class ScriptPreview(Contract):
    """A script, filled in. Parts that its type does not have are null."""

    type: Channel = Field(description="The channel")
    body: str | None = Field(default=None, description="SMS: the text")
    segments: int | None = Field(default=None, description="SMS: how many segments are paid for")
    encoding: str | None = Field(default=None, description="SMS: GSM-7, or UCS-2 because of other characters")
    subject: str | None = Field(default=None, description="EMAIL: subject line")
    html: str | None = Field(default=None, description="EMAIL: HTML part")
    text: str | None = Field(default=None, description="EMAIL: text part, made from the HTML part unless given")
    instructions: str | None = Field(default=None, description="CALL: what the assistant is told")
    first_message: str | None = Field(default=None, description="CALL: what it says first")
    variables: dict[str, str] | None = Field(default=None, description="CALL: values for VAPI's own templates")
    links: list[PreviewLink] = Field(description="Links that were made; all of them are samples")
    warnings: list[Remark] = Field(description="What a person may want to change")


def preview(core: Core, script: Script, asked: PreviewRequest) -> ScriptPreview:
    """Fill in a script, for somebody to look at.

    Raises:
        InvalidInputError: there is no such lead or campaign.
        NotFilledInError: it cannot be filled in; nothing would be sent to this lead.
    """
    lead, campaign = find_all(
        core.store,
        to_root("/leadId", Lead, asked.lead_id),
        to_root("/campaignId", Campaign, asked.campaign_id or script.campaign_id),
    )
    lead = lead or _by_hand(asked.sample or SampleLead())
    linking = Linking(core, script.type, f"{lead.id}.{_SOME_ID}.1.{_SOME_ID}", preview=True)
    found = filled(script, lead, campaign, linking)
    return ScriptPreview(
        type=script.type,
        links=[PreviewLink(url=url, target=target) for url, target in linking.made.items()],
        warnings=[Remark(code=code, detail=detail) for code, detail in _warnings(found, lead)],
        **_parts(found.body),
    )


def _by_hand(sample: SampleLead) -> Lead:
    return Lead.model_construct(id=_SOME_ID, **vars(sample))


def _parts(body: Body) -> dict[str, Any]:
    if isinstance(body, TextBody):
        sent = segments_of(body.body)
        return {"body": body.body, "segments": sent.count, "encoding": sent.encoding}
    if isinstance(body, EmailBody):
        return {"subject": body.subject, "html": body.html, "text": body.text}
    return {"instructions": body.instructions, "first_message": body.first_message, "variables": body.variables}


def _warnings(found: Filled, lead: Lead) -> Iterator[tuple[str, str]]:
    for name in found.missing:
        yield "missing_variable", f"`{name}` has no value for this lead and is left out: give it a `default`."
    body = found.body
    if isinstance(body, TextBody):
        yield from _costs(body.body)
    elif isinstance(body, EmailBody):
        if found.footer:
            yield "unsubscribe_added", "The HTML part does not show `unsubscribeUrl`: a line with it is added."
        if len(body.html.encode()) > CLIPPED:
            yield "html_too_long", f"The HTML part has more than {CLIPPED:,} bytes: Gmail hides what comes after them."
    address = lead.email if isinstance(body, EmailBody) else lead.phone
    if address is None:
        yield "no_address", "This lead has no address on this channel, so nothing would be sent to it."


def _costs(text: str) -> Iterator[tuple[str, str]]:
    sent, foreign = segments_of(text), foreign_to_gsm(text)
    if foreign:
        shown = " ".join(foreign[:5])
        yield "not_gsm", f"Because of {shown} a segment has 70 characters instead of 160 (67 instead of 153 in a row)."
    if sent.count > MANY_SEGMENTS:
        yield "many_segments", f"The text is sent in {sent.count} segments, and each is paid for."
