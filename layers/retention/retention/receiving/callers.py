"""What the door knows of a caller: the keys with which it proves itself, as the API published them.

The door has no right to the table. For each caller the API writes one document into the secret store, made from the
integration (or the form) as it is in the table (integrations/publishing). When a key is changed, the one before stays
good for a while beside it, so that nothing is lost while the caller is told.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from retention import jsontext
from retention.jsontext import format_instant


class CallerKey(NamedTuple):
    """A set of secrets that belong together, by the names of the settings that hold them."""

    values: Mapping[str, str]
    #: Good until then; None: for as long as it is published.
    until: datetime | None = None


class Caller(NamedTuple):
    """One caller: a provider, or a form by its slug."""

    #: Names the state in the table that this was made of.
    version: str
    #: What is no secret: addresses, ways of signing.
    settings: Mapping[str, Any]
    #: The newest first, two at most.
    keys: tuple[CallerKey, ...]

    def live(self, now: datetime) -> Sequence[Mapping[str, str]]:
        """The keys that are good at an instant, the newest first."""
        return [key.values for key in self.keys if key.until is None or now < key.until]

    def as_text(self) -> str:
        """As it stands in the store."""
        keys = [
            {"values": dict(key.values), "until": None if key.until is None else format_instant(key.until)}
            for key in self.keys
        ]
        return jsontext.dumps({"version": self.version, "settings": dict(self.settings), "keys": keys})

    @classmethod
    def of(cls, text: str) -> Self:
        """As it stands in the store."""
        stored = jsontext.loads(text)
        keys = (
            CallerKey(key["values"], None if key["until"] is None else datetime.fromisoformat(key["until"]))
            for key in stored["keys"]
        )
        return cls(stored["version"], stored["settings"], tuple(keys))


def form_caller(slug: str) -> str:
    """The caller of a form; a provider's is its own name."""
    return f"forms/{slug}"
