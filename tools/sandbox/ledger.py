"""What was accepted, in order, once and for ever: the truth that the engine is measured by."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

#: Meta sends nothing for us: it is asked for leads.
Name = Literal["twilio", "sendgrid", "vapi", "meta"]

#: Hexadecimal digits of a fingerprint.
FINGERPRINT = 24


@dataclass(frozen=True)
class Entry:
    """One message that was accepted."""

    #: Place in the ledger, from 1.
    number: int
    provider: Name
    #: The provider's own id, as the answer gave it (or would have given it).
    ref: str
    #: E.164 number or e-mail address.
    to: str
    #: Fingerprint of what the receiver gets.
    digest: str
    #: What comes back with each report and names the send for us; None where nothing does.
    key: str | None
    #: What else names it: the name of a call, the Message-ID of an e-mail.
    correlation: str | None
    #: When it was accepted.
    at: datetime
    #: The request as it came, read.
    message: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file and in answers."""
        return {**vars(self), "at": self.at.isoformat(timespec="milliseconds")}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """An entry as it stands in the file."""
        return cls(**{**stored, "at": datetime.fromisoformat(stored["at"])})


def fingerprint(*parts: object) -> str:
    """The same for the same parts, and for no others."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT]


class Ledger:
    """All entries, in memory, and in a file of JSON lines where one is given.

    An entry is in the file before its request is answered: what was accepted is still known after any end.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._entries: list[Entry] = list(_stored(file)) if file else []
        self._file = file
        self._sink = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            # Written afresh, since a line that was cut off by a kill would swallow the next one.
            file.write_text("".join(map(_line, self._entries)), encoding="utf-8")
            self._sink = file.open("a", encoding="utf-8")

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, number: int = 0) -> list[Entry]:
        """The entries after the one with this number."""
        return self._entries[number:]

    def add(self, entry: Entry) -> None:
        """Put an entry at the end."""
        if self._sink:
            self._sink.write(_line(entry))
            self._sink.flush()
        self._entries.append(entry)

    def forget(self) -> None:
        """Begin anew."""
        self._entries = []
        if self._sink:
            self._sink.truncate(0)

    def close(self) -> None:
        """Close the file."""
        if self._sink:
            self._sink.close()


def _line(entry: Entry) -> str:
    return json.dumps(entry.as_json(), separators=(",", ":")) + "\n"


def _stored(file: Path) -> Iterable[Entry]:
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield Entry.of(json.loads(line))
        except (ValueError, TypeError):
            return  # The last line, cut off by a kill in the middle of it: its request was never answered.
