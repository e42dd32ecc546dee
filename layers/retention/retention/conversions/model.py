"""What a conversion is, and a rule that learns from them."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from retention.entity import Dated, Entity
from retention.fields import (
    Channel,
    Contract,
    Count,
    ForeignId,
    Identifier,
    Instant,
    Money,
    Name,
    Ratio,
    RootId,
    json_object,
)

ConversionStatus = Literal["lead", "qualified", "customer", "churn"]


class ConversionChange(Contract):
    """What a client may change on a conversion."""

    status: ConversionStatus = Field(default="lead", description="How far the lead has come")


class ConversionInput(ConversionChange):
    """A conversion as it is reported."""

    lead_id: RootId | None = Field(default=None, description="The lead")
    campaign_id: RootId | None = Field(default=None, description="The campaign")
    channel: Channel | None = Field(default=None, description="The channel that brought it")
    revenue: Money = Field(default=Decimal(0), description="What it is worth")
    sub_id: ForeignId | None = Field(default=None, description="Tracking sub id; one conversion per source and sub id")
    click_id: ForeignId | None = Field(default=None, description="Tracking click id, where there is no sub id")
    source: Name = Field(default="keitaro", description="Who reported it")
    postback_data: json_object(32_768) | None = Field(default=None, description="The report as it came")  # type: ignore[valid-type]
    contact_attempt_id: Identifier | None = Field(default=None, description="The contact that brought it")


class Conversion(ConversionInput, Entity):
    """A paid outcome, linked to whatever brought it."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned

    id: str = Field(description="Names what makes the conversion unique")
    created_at: Instant = Field(description="When it was recorded")
    #: The transaction id that it has by now, which tells it from other purchases of the same visitor (identity).
    transaction: str | None = Field(default=None, exclude=True)
    #: The id of the person elsewhere, as a tracker gave it.
    external_id: str | None = Field(default=None, exclude=True)
    #: What a tracker last called it: lead, qualified, sale, rebill, rejected; None: no tracker did.
    word: str | None = Field(default=None, exclude=True)
    #: The script of the contact that brought it.
    script_id: str | None = Field(default=None, exclude=True)
    #: When that contact was sent: what a message has brought counts there.
    sent_at: Instant | None = Field(default=None, exclude=True)
    #: Weekday and hour of that, where the lead lives, as the contact has them.
    local_hour: str | None = Field(default=None, exclude=True)
    #: The currency of its revenue, where that is known: the account's.
    currency: str | None = Field(default=None, exclude=True)
    #: The variant of a test that the contact was made for, "{testId}:A" or "{testId}:B".
    experiment: str | None = Field(default=None, exclude=True)
    #: Whether the person behind it was erased: it names nobody, and later reports about it change that no more.
    scrubbed: bool = Field(default=False, exclude=True)


class ConversionOfLead(Entity):
    """A conversion on its lead's timeline."""

    lead_id: str
    conversion_id: str
    created_at: Instant


class ConversionOfSubId(Entity):
    """A conversion by its sub id."""

    sub_id: str
    conversion_id: str
    created_at: Instant


class ConversionOfClickId(Entity):
    """A conversion by its click id."""

    click_id: str
    conversion_id: str
    created_at: Instant


class ConversionOfSource(Entity):
    """A conversion by its source."""

    source: str
    conversion_id: str
    created_at: Instant


class UnmatchedConversion(Entity):
    """A conversion of nobody known, by an id that a lead may turn out to have."""

    external_id: str
    conversion_id: str
    created_at: Instant


class RuleInput(Contract):
    """What a client may set on a conversion rule: one rule for each channel, metric and value."""

    channel: Channel = Field(description="The channel")
    metric: Name = Field(description="What is counted, such as demo_booked")
    value: Name = Field(description="The value of the metric that the rule is about")


class ConversionRule(RuleInput, Dated):
    """How often a value of a metric goes with a conversion; computed, never set."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned | {"conversion_rate", "sample_size", "confidence"}

    id: str = Field(description="Identity, for ever")
    conversion_rate: Ratio = Field(default=Decimal(0), description="Share of samples that converted, 0 to 1")
    sample_size: Count = Field(default=0, description="Samples seen")
    confidence: Ratio = Field(default=Decimal(0), description="1 - the width of the rate's 95 % interval, 0 to 1")
    #: Whether learning has set it up, and may take it away again; not so once somebody has changed what it is about.
    learned: bool = Field(default=False, exclude=True)


class ConversionRuleClaim(Entity):
    """One rule per channel, metric and value."""

    fingerprint: str
    rule_id: str
