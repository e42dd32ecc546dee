"""What an A/B test is."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from retention.entity import Entity
from retention.fields import Channel, Contract, Count, Instant, Money, Ratio, RootId

ABTestStatus = Literal["RUNNING", "PAUSED", "COMPLETED"]


class VariantStats(Contract):
    """What one variant has brought; counted by the engine, never set by a client."""

    impressions: Count = Field(default=0, description="Sends that were accepted")
    clicks: Count = Field(default=0, description="Leads that clicked")
    conversions: Count = Field(default=0, description="Paid conversions: a sale and a later rebill are two")
    revenue: Money = Field(default=Decimal(0), description="What they are worth; a rejected one is worth nothing")
    ctr: Ratio | None = Field(default=None, description="clicks / impressions")
    conversion_rate: Ratio | None = Field(default=None, description="conversions / impressions")
    roas: Decimal | None = Field(default=None, description="revenue / cost; none without cost")


class ABTestVariants(Contract):
    """What a client may change on a test while nothing has been counted."""

    variant_a: RootId = Field(description="Script of variant A")
    variant_b: RootId = Field(description="Script of variant B; another one")


class ABTestInput(ABTestVariants):
    """A new test: two scripts that exist, differ and fit the channel. One runs per campaign and channel."""

    campaign_id: RootId = Field(description="The campaign")
    channel: Channel = Field(description="The channel")


class ABTest(ABTestInput, Entity):
    """A comparison of two scripts on one channel of a campaign."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned | {
        "status",
        "winner_id",
        "started_at",
        "ended_at",
        "stats_a",
        "stats_b",
    }

    id: str = Field(description="Begins with the campaign's id")
    status: ABTestStatus = Field(default="RUNNING", description="Changed by pause, resume and complete")
    winner_id: Literal["A", "B"] | None = Field(default=None, description="The variant that won")
    started_at: Instant = Field(description="When it began")
    ended_at: Instant | None = Field(default=None, description="When it ended")
    stats_a: VariantStats = Field(default_factory=VariantStats, description="What variant A has brought")
    stats_b: VariantStats = Field(default_factory=VariantStats, description="What variant B has brought")
    #: The id without its campaign, as the sort key has it.
    local_id: str = Field(default="", exclude=True)


class RunningABTest(Entity):
    """The one test that runs on a channel of a campaign."""

    campaign_id: str
    channel: str
    test_id: str
