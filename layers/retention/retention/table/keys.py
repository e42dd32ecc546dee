"""Composes keys from the key table (table/layouts.py): the only place that does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from retention.channels import CHANNELS, Channel
from retention.jsontext import format_instant
from retention.table.layout import Layout
from retention.table.layouts import LAYOUTS

if TYPE_CHECKING:
    from retention.entity import Entity


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


def shard_of(value: str, shards: int) -> int:
    """The shard, from 0, that a value belongs to."""
    return crc32(value.encode()) % shards


def fingerprint(*parts: str) -> str:
    """A fixed-width name for a tuple of free texts (160 bits), for keys that must not be composed of them."""
    digest = blake2b(digest_size=20)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(4) + data)
    return digest.hexdigest()


class _UnsetError(Exception):
    """A field that a template names has no value."""


@cache
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template, taken apart: texts, each with the field whose value comes behind it."""
    return tuple((text, name) for text, name, _, _ in Formatter().parse(template))


def _filled(template: str, layout: Layout, values: Mapping[str, Any]) -> str:
    """A template with the values of its fields."""
    parts: list[str] = []
    for text, name in _pieces(template):
        parts.append(text)
        if name == "shard":
            parts.append(str(shard_of(str(values[layout.shard_by]), layout.shards)))
        elif name is not None:
            value = values.get(name)
            if value is None:
                raise _UnsetError(name)
            parts.append(format_instant(value) if isinstance(value, datetime) else str(value))
    return "".join(parts)


def key(kind: str, **values: Any) -> Key:
    """The primary key of an item of this kind with these field values."""
    layout = LAYOUTS[kind]
    return Key(_filled(layout.pk, layout, values), _filled(layout.sk, layout, values))


def beside(place: Key, kind: str) -> Key:
    """The key of the one item of a kind in the same partition, such as the contact item of a lead."""
    return Key(place.pk, LAYOUTS[kind].sk)


def key_of(entity: Entity) -> Key:
    """The primary key of an entity."""
    layout, values = LAYOUTS[type(entity).__name__], vars(entity)
    return Key(_filled(layout.pk, layout, values), _filled(layout.sk, layout, values))


def index_keys_of(entity: Entity) -> dict[str, Key]:
    """The keys by which an entity stands in the indexes, by index name. One that is going away is listed nowhere."""
    if entity.deleting:
        return {}
    layout, values = LAYOUTS[type(entity).__name__], vars(entity)
    keys: dict[str, Key] = {}
    for name, index in layout.indexes.items():
        if index.only and getattr(entity, index.only[0]) not in index.only[1]:
            continue
        try:
            keys[name] = Key(_filled(index.pk, layout, values), _filled(index.sk, layout, values))
        except _UnsetError:
            continue
    return keys


def index_partitions(kind: str, index: str, **values: Any) -> list[str]:
    """All partitions, one a shard, in which an index holds the items of this kind with these values."""
    layout = LAYOUTS[kind]
    template = layout.indexes[index].pk
    if "{shard}" not in template:
        return [_filled(template, layout, values)]
    return [template.format(**{**values, "shard": shard}) for shard in range(layout.shards)]


def partitions(kind: str, **values: Any) -> list[str]:
    """All base partitions, one a shard, in which the items of this kind with these values live."""
    layout = LAYOUTS[kind]
    if "{shard}" not in layout.pk:
        return [_filled(layout.pk, layout, values)]
    return [layout.pk.format(**{**values, "shard": shard}) for shard in range(layout.shards)]


def index_prefix(kind: str, index: str, **values: Any) -> str:
    """What the sort keys of this kind in an index start with, up to the first field that is not given."""
    return _head(LAYOUTS[kind].indexes[index].sk, values)


def scope(word: str, identifier: str) -> str:
    """The scope of the figures of something: a part of the key of its tallies."""
    return f"{word}#{identifier}"


class DueEntry(NamedTuple):
    """What a sort key of the due index says: an instant, a kind, and whatever names the item to its kind."""

    due_at: datetime
    kind: str
    rest: str

    @property
    def parts(self) -> list[str]:
        """What names the item, where that is several values."""
        return self.rest.split("#")


def due_entry(due_sk: str) -> DueEntry:
    """Take a sort key of the due index apart."""
    instant, kind, rest = due_sk.split("#", 2)
    return DueEntry(datetime.fromisoformat(instant), kind, rest)


class OwedEntry(NamedTuple):
    """What a sort key of the due index says of something that is owed to a lead."""

    due_at: datetime
    #: Its kind, as in the key table.
    kind: str
    channel: Channel
    id: str


#: Kinds that are owed to a lead, by their word in the due index: those that say there through which channel.
_OWED: Final[Mapping[str, str]] = {
    layout.indexes["due"].sk.split("#")[1]: kind
    for kind, layout in LAYOUTS.items()
    if "due" in layout.indexes and "{channel}" in layout.indexes["due"].sk
}


def owed_entry(due_sk: str) -> OwedEntry | None:
    """Take a sort key of the due index apart; None when it is nothing that is owed to a lead."""
    try:
        entry = due_entry(due_sk)
    except ValueError:
        return None
    kind = _OWED.get(entry.kind)
    named, _, identifier = entry.rest.partition("#")
    channel = next((one for one in CHANNELS if one == named), None)
    return None if kind is None or channel is None else OwedEntry(entry.due_at, kind, channel, identifier)


def prefix(kind: str, **values: Any) -> str:
    """What the sort keys of this kind in the table start with, up to the first field that is not given."""
    return _head(LAYOUTS[kind].sk, values)


def _head(template: str, values: Mapping[str, Any]) -> str:
    text = ""
    while "{" in template:
        head, tail = template.split("{", 1)
        name, template = tail.split("}", 1)
        text += head
        if name not in values:
            return text
        text += str(values[name])
    return text + template
