"""Something that came in, verified, on its way to where it is applied (inbound/)."""

from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Self, get_args

from retention.jsontext import format_instant

#: What came: a provider's report, a message or lead from outside, a tracker's postback, or somebody following a link.
Source = Literal[
    "twilio-status", "twilio-inbound", "sendgrid", "vapi", "keitaro", "meta", "form", "click", "unsubscribe"
]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


class Event(NamedTuple):
    """One thing that happened elsewhere, as we were told."""

    source: Source
    #: Names it among those of its source, the same in every copy of it. May hold personal data: it is only ever hashed.
    id: str
    #: What was told: JSON, as it came.
    content: Any
    received_at: datetime
    #: How often it could not be applied so far.
    tries: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it stands in a message."""
        return {**self._asdict(), "received_at": format_instant(self.received_at)}

    @classmethod
    def of(cls, stored: Any) -> Self:
        """An event as it stands in a message.

        Raises:
            ValueError: it is none.
        """
        try:
            event = cls(**{**stored, "received_at": datetime.fromisoformat(stored["received_at"])})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("no event") from error
        told: Any = event
        if told.source not in SOURCES or not isinstance(told.id, str) or not isinstance(told.tries, int):
            raise ValueError("no event of a known source")
        return event
