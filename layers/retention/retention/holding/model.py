"""The hold of all sending as an item, and as a client sees it."""

from pydantic import Field

from retention.entity import Entity
from retention.fields import Contract, Instant, Name
from retention.holding.hold import Hold, spans_in


class HoldInput(Contract):
    """Why nothing is to be sent."""

    reason: Name = Field(description="Why, for whoever finds nothing sent", examples=["moving to another stack"])


class SendingHold(Entity):
    """Whether all sending is held."""

    held: bool = Field(default=False, description="True: nothing is sent, to anybody, through any channel")
    since: Instant | None = Field(default=None, description="Since when; null while sending goes on")
    reason: str | None = Field(default=None, description="Why, in the words of whoever holds it")
    by: str | None = Field(default=None, description="Who holds it: the id of an API key, or the subject of a token")
    #: Holds that have ended, [[since, until], ...], the latest last: what they kept waiting is not late for that.
    before: list[list[str]] | None = Field(default=None, exclude=True)

    def as_hold(self) -> Hold:
        """What the engine goes by."""
        return Hold(self.since, tuple(spans_in(self.before)))
