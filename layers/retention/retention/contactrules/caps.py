"""How often a lead may be contacted: at most so many contacts in any span of time, by channel or over all of them.

A contact is remembered as a stamp, in whole seconds and rounded up, so that its span ends late rather than early.
A span is rolling and half open: a contact at noon counts until noon of the next day, when another may be made.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, get_args

from retention.contactrules.model import MAX_PER_DAY
from retention.fields import Channel

#: When contacts were made lately, by channel: seconds since 1970, ascending.
Recent = Mapping[str, Sequence[int]]

#: Contacts that all caps together may look at. Each is a stamp of eleven bytes on the contact item of a lead, which
#: with a send under way has to stay below 1 KB, one write unit.
MAX_STAMPS: Final = 24
MAX_SPAN: Final = timedelta(days=366)

_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CAP: Final = re.compile(r"([A-Za-z]+)\s+([0-9]{1,4})\s*/\s*([0-9]{1,6})\s*([mhdw])")
_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Cap(NamedTuple):
    """At most so many contacts in any span."""

    #: The channel whose contacts count; None: those of all.
    channel: Channel | None
    most: int
    span: timedelta

    def counts(self, channel: str) -> bool:
        """Whether contacts on a channel count."""
        return self.channel is None or self.channel == channel

    @property
    def seconds(self) -> int:
        """The span in seconds."""
        return self.span // _SECOND


#: Contacts that are remembered whatever the caps: campaigns may have a cap of their own (`maxPerDay`).
DAY: Final = Cap(None, MAX_PER_DAY, timedelta(hours=24))


def per_day(most: int | None) -> tuple[Cap, ...]:
    """The cap of a campaign that sets one."""
    return () if most is None else (DAY._replace(most=most),)


def parse_caps(text: str) -> tuple[Cap, ...]:
    """Read caps as they stand in a setting: "CALL 1/24h; ANY 3/7d" is one call a day, three contacts a week; "none".

    Raises:
        ValueError: what is wrong, in words.
    """
    if text.strip().lower() == "none":
        return ()
    caps = tuple(_cap(part.strip()) for part in text.split(";") if part.strip())
    if not caps:
        raise ValueError('there is no cap; write caps such as "SMS 2/24h; ANY 3/7d", or "none"')
    if sum(cap.most for cap in caps) > MAX_STAMPS:
        raise ValueError(f"the caps together count more than {MAX_STAMPS} contacts, which is more than is remembered")
    return caps


def _cap(text: str) -> Cap:
    found = _CAP.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is no cap; write it like "SMS 2/24h", with m, h, d or w for the span')
    name, most, length, unit = found[1].upper(), int(found[2]), int(found[3]), found[4]
    channel = next((one for one in get_args(Channel) if one == name), None)
    if channel is None and name != "ANY":
        raise ValueError(f'"{text}" names no channel: CALL, SMS, EMAIL or ANY')
    if most < 1:
        raise ValueError(f'"{text}" allows nothing at all; a cap is at least 1')
    span = length * _UNITS[unit]
    if not _UNITS["m"] <= span <= MAX_SPAN:
        raise ValueError(f'"{text}" has a span that is not between a minute and {MAX_SPAN.days} days')
    return Cap(channel, most, span)


def frees_at(caps: Sequence[Cap], recent: Recent, channel: Channel, now: datetime) -> datetime | None:
    """The first instant at which a contact on a channel is allowed again; None: it is allowed now.

    It holds as long as no other contact is made until then.
    """
    free = _EPOCH
    for cap in caps:
        if cap.counts(channel):
            stamps = sorted(_counted(cap, recent))
            if len(stamps) >= cap.most:
                free = max(free, _EPOCH + (stamps[-cap.most] + cap.seconds) * _SECOND)
    return free if free > now else None


def with_contact(caps: Sequence[Cap], recent: Recent, channel: Channel, at: datetime) -> dict[str, list[int]]:
    """The stamps with one more contact, and without those that no cap looks at any more."""
    stamp, now = _stamp(at), (at - _EPOCH) // _SECOND
    stamps = {name: [*recent.get(name, ()), *([stamp] if name == channel else [])] for name in {*recent, channel}}
    # Of the stamps that a cap counts, those of its span, and the newest if there are more of them than it allows.
    looked_at: set[tuple[str, int]] = set()
    for cap in caps:
        counted = sorted(
            (one, name) for name in stamps if cap.counts(name) for one in stamps[name] if one + cap.seconds > now
        )
        looked_at |= {(name, one) for one, name in counted[-cap.most :]}
    kept = {name: sorted(one for one in stamps[name] if (name, one) in looked_at) for name in sorted(stamps)}
    return {name: some for name, some in kept.items() if some}


def without_contact(recent: Recent, channel: Channel, at: datetime) -> dict[str, list[int]]:
    """The stamps without that of a contact that was not made after all: it does not use up a cap."""
    left = {name: list(stamps) for name, stamps in recent.items()}
    if _stamp(at) in left.get(channel, ()):
        left[channel].remove(_stamp(at))
    return {name: stamps for name, stamps in left.items() if stamps}


def with_moved_stamp(recent: Recent, channel: Channel, before: datetime, at: datetime) -> dict[str, list[int]]:
    """The stamps with one contact at another time: a send that is repeated counts once, from the repetition on."""
    moved = without_contact(recent, channel, before)
    moved[channel] = sorted([*moved.get(channel, ()), _stamp(at)])
    return moved


def _counted(cap: Cap, recent: Recent) -> Iterator[int]:
    for channel, stamps in recent.items():
        if cap.counts(channel):
            yield from stamps


def _stamp(at: datetime) -> int:
    """Seconds since 1970, rounded up."""
    return -((_EPOCH - at) // _SECOND)
