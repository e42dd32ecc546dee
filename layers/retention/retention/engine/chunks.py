"""From what is owed to messages: chunks of up to 25 through one channel that can be delivered at the same second."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from retention.channels import Channel
from retention.clock import Clock
from retention.engine.queue import CHUNK, Message, Work, delay_until
from retention.table.keys import OwedEntry


def messages_for(entries: Iterable[OwedEntry], now: datetime, clock: Clock) -> list[Message]:
    """The messages that bring these obligations to the worker, the earliest first.

    A queue delays by whole seconds from when it takes a message. So obligations share a message when the same delay
    brings them: counted from now, and not by the seconds of the clock on the wall, by which the first of a chunk would
    wait for the last and both for the delay to be rounded up, a second more.
    """
    slots: dict[tuple[int, Channel], list[OwedEntry]] = {}
    for entry in entries:
        slots.setdefault((delay_until(clock, entry.due_at, now), entry.channel), []).append(entry)
    return [message for place in sorted(slots) for message in _chunks(slots[place])]


def _chunks(entries: list[OwedEntry]) -> Iterator[Message]:
    entries.sort()
    for at in range(0, len(entries), CHUNK):
        some = entries[at : at + CHUNK]
        # Due when the last of them is: a message must not come early for anyone that it names.
        yield Message(some[-1].channel, some[-1].due_at, tuple(Work(entry.kind, entry.id) for entry in some))
