"""A tally: numbers with free names, on items that transactions add to."""

from pydantic import Field

from retention.entity import Entity


class Tally(Entity):
    """A share of the numbers of one scope in one quarter of an hour. What their names mean: contributing."""

    scope: str = Field(description="ACCOUNT, SEQUENCE#{id} or CAMPAIGN#{id}")
    bucket: str = Field(description="The quarter of an hour, by its beginning")
    spread_by: str = Field(description="Picks the share: the id of a lead, or of a conversion without one")


class ABTestStats(Entity):
    """A share of what the two variants of an A/B test have brought. Absent is none."""

    test_id: str = Field(description="The test")
    spread_by: str = Field(description="Picks the share: the id of a lead, or of a conversion")
    conversions_a: int | None = Field(default=None, description="Paid conversions of variant A")
    conversions_b: int | None = Field(default=None, description="Paid conversions of variant B")
    revenue_a: int | None = Field(default=None, description="What they are worth, in ten-thousandths")
    revenue_b: int | None = Field(default=None, description="What they are worth, in ten-thousandths")
