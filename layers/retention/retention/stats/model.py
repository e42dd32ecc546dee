"""Counters: numbers on items of one scope, spread over a few of them, added to in the transactions they count."""

from pydantic import Field

from retention.entity import Entity


class SequenceStats(Entity):
    """A share of the counters of a sequence for one day. Names of counters: `{stepId}:{sent|skipped|failed}`."""

    sequence_id: str = Field(description="The sequence")
    day: str = Field(description="The day in UTC, YYYY-MM-DD")
    spread_by: str = Field(description="Picks the share: the id of a lead")


class ABTestStats(Entity):
    """A share of what the two variants of an A/B test have brought. Absent is none."""

    test_id: str = Field(description="The test")
    spread_by: str = Field(description="Picks the share: the id of a lead, or of a conversion")
    conversions_a: int | None = Field(default=None, description="Paid conversions of variant A")
    conversions_b: int | None = Field(default=None, description="Paid conversions of variant B")
    revenue_a: int | None = Field(default=None, description="What they are worth, in ten-thousandths")
    revenue_b: int | None = Field(default=None, description="What they are worth, in ten-thousandths")
