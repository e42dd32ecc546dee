"""What an A/B test is."""

from decimal import Decimal
from typing import ClassVar, Final, Literal

from pydantic import Field

from retention.entity import Entity
from retention.experiments.variants import Variant
from retention.fields import Channel, Contract, Count, Instant, Money, Ratio, RootId

ABTestStatus = Literal["RUNNING", "PAUSED", "COMPLETED"]
#: What ended a test: its figures, its horizon without a decision, or a person.
EndedBy = Literal["EVIDENCE", "HORIZON", "HAND"]

#: Recipients of an arm beyond which nobody waits for a winner.
MAX_HORIZON: Final = 10_000_000


class VariantStats(Contract):
    """What one variant has brought; counted by the engine, never set by a client."""

    impressions: Count = Field(default=0, description="Sends that were accepted")
    clicks: Count = Field(default=0, description="Leads that clicked")
    conversions: Count = Field(default=0, description="Leads that converted: a sale and a later rebill are one")
    revenue: Money = Field(default=Decimal(0), description="All that they paid; what is rejected is taken back")
    ctr: Ratio | None = Field(default=None, description="clicks / impressions")
    conversion_rate: Ratio | None = Field(default=None, description="conversions / impressions")
    roas: Decimal | None = Field(default=None, description="revenue / cost; none without cost")


class ABTestChange(Contract):
    """What a client may change on a test: while nothing has been counted everything, then whether it ends by itself."""

    variant_a: RootId = Field(description="Script of variant A")
    variant_b: RootId = Field(description="Script of variant B; another one")
    confidence: Ratio = Field(
        default=Decimal("0.95"), ge=Decimal("0.5"), le=Decimal("0.9999"), description="How certain a winner must be"
    )
    minimum_sample: int = Field(
        default=200, ge=1, le=MAX_HORIZON, description="Recipients that each variant needs before a winner is named"
    )
    horizon: int = Field(
        default=20_000, ge=100, le=MAX_HORIZON, description="Recipients of each variant at which it ends at the latest"
    )
    auto_complete: bool = Field(default=True, description="Whether it ends by itself when it is decided")


class ABTestInput(ABTestChange):
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
    winner_id: Variant | None = Field(default=None, description="The variant that won")
    started_at: Instant = Field(description="When it began")
    ended_at: Instant | None = Field(default=None, description="When it ended")
    stats_a: VariantStats = Field(default_factory=VariantStats, description="What variant A has brought")
    stats_b: VariantStats = Field(default_factory=VariantStats, description="What variant B has brought")
    #: What ended it; None while it has not ended, and of one that came with an import.
    ended_by: EndedBy | None = Field(default=None, exclude=True)
    #: The job that looks whether it is decided; another one, or None, means that this one has nothing to do any more.
    judged_by: str | None = Field(default=None, exclude=True)
    #: The id without its campaign, as the sort key has it.
    local_id: str = Field(default="", exclude=True)


class RunningABTest(Entity):
    """The one test that runs on a channel of a campaign."""

    campaign_id: str
    channel: str
    test_id: str


class Exposure(Entity):
    """What one test has had of one lead: the sum of its sends for the test and of what they brought (exposing)."""

    lead_id: str
    test_id: str
    #: The variant that the lead is given, at every send.
    variant: Variant
    #: When the first of it was counted; on that day all of it counts.
    since: Instant
    #: Sends that were accepted, and those of them that were clicked.
    impressions: int = 0
    clicks: int = 0
    #: Paid conversions, and what they are worth, in ten-thousandths.
    conversions: int = 0
    revenue: int = 0
    #: What the sends cost, in ten-thousandths.
    cost: int = 0
