"""Counters: attributes with free names on an item of one scope and day."""

from pydantic import Field

from retention.entity import Entity


class SequenceStats(Entity):
    """A share of the counters of a sequence for one day. Names of counters: `{stepId}:{sent|skipped|failed}`."""

    sequence_id: str = Field(description="The sequence")
    day: str = Field(description="The day in UTC, YYYY-MM-DD")
    spread_by: str = Field(description="Picks the share: the id of a lead")
