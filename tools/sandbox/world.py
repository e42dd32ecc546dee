"""Everything that the sandbox knows: what it accepted, where that stands, what it was told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.sandbox.faults import Faults
from tools.sandbox.habits import Habits
from tools.sandbox.ledger import Entry, Ledger, Name
from tools.sandbox.signatures import EventKey


@dataclass(frozen=True)
class Draft:
    """A message that may be accepted; the fields are those of `Entry`."""

    to: str
    digest: str
    key: str | None
    correlation: str | None
    message: dict[str, Any]


@dataclass
class Record:
    """Where something that was accepted stands."""

    entry: Entry
    #: In the provider's own word.
    status: str
    updated_at: datetime
    #: What else the provider has learnt of it, by names of the provider's own module.
    facts: dict[str, Any] = field(default_factory=dict)


def machine_time() -> datetime:
    """What time it is on this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """How a sandbox is set up."""

    #: What time it is; its records carry this time. Delays are reckoned in the machine's seconds all the same.
    now: Callable[[], datetime] = machine_time
    #: Where the ledger and the key are kept between runs; None keeps nothing.
    folder: Path | None = None
    #: Where the providers report what no request names an address for: texts of receivers, events of e-mails.
    webhooks: str | None = None
    #: Calls that may be under way at a time. Source: VAPI's documentation, "Call concurrency".
    concurrency: int = 10
    #: How many times as fast as usual messages are delivered and calls are held.
    speed: float = 1.0


class World:
    """What one sandbox knows. Changed by the server's own thread only."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger(options.folder / "ledger.jsonl" if options.folder else None)
        self.event_key = EventKey(options.folder / "event-key.pem" if options.folder else None)
        self.faults = Faults()
        self.habits = Habits()
        self.records: dict[Name, list[Record]] = {"twilio": [], "sendgrid": [], "vapi": [], "meta": []}
        #: Pairs of receiver and sender between which texts are not carried any more.
        self.opted_out: set[tuple[str, str]] = set()
        #: Set to let go of what is held back, then cleared.
        self.release = asyncio.Event()

    @property
    def base(self) -> str:
        """Address of our own service: what the addresses of webhooks are below."""
        return (self.options.webhooks or "").removesuffix("/webhooks")

    def now(self) -> datetime:
        """The present instant, in whole milliseconds."""
        instant = self.options.now()
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def accept(self, provider: Name, ref: str, draft: Draft, status: str) -> Record:
        """Put it into the ledger, and remember where it stands."""
        entry = Entry(len(self.ledger) + 1, provider, ref, **vars(draft), at=self.now())
        self.ledger.add(entry)
        return self.remember(entry, status)

    def remember(self, entry: Entry, status: str) -> Record:
        """Keep where something accepted stands."""
        record = Record(entry, status, entry.at)
        self.records[entry.provider].append(record)
        return record

    def forget(self) -> None:
        """Begin anew: nothing was accepted, nobody opted out, nothing goes wrong, nobody does anything."""
        self.ledger.forget()
        self.faults.clear()
        self.habits.put([])
        self.opted_out.clear()
        for records in self.records.values():
            records.clear()
