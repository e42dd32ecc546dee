"""The attributes of an item: one PynamoDB class per entity, derived from the entity itself so that they cannot differ.

All classes share the base's one connection. A client per class would cost seconds of cold start.
Source: PynamoDB `Model._get_connection`; https://github.com/pynamodb/PynamoDB/issues/1245
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeVar, Union, cast, get_args, get_origin

from botocore.session import Session
from pynamodb.attributes import Attribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.constants import NUMBER, STRING
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from retention import jsontext
from retention.table import keys
from retention.table.rows import EVENTS, Plain, take_rows

if TYPE_CHECKING:
    from retention.entity import Entity

E = TypeVar("E", bound="Entity")


class InstantAttribute(Attribute[datetime]):
    """An instant as fixed-width text in UTC: text order is time order."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return jsontext.format_instant(value)

    def deserialize(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class EpochAttribute(Attribute[datetime]):
    """An instant as whole seconds since 1970, as DynamoDB's TTL wants it."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        return str(int(value.timestamp()))

    def deserialize(self, value: str) -> datetime:
        return datetime.fromtimestamp(int(value), UTC)


class DecimalAttribute(Attribute[Decimal]):
    """An exact decimal. PynamoDB's own number passes through a binary float."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        return jsontext.format_decimal(value)

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


class JsonAttribute(Attribute[Any]):
    """Any JSON value as text, so that it comes back as it went in: numbers exact, empty strings and nulls kept."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return jsontext.dumps(value)

    def deserialize(self, value: str) -> Any:
        return jsontext.loads(value)


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Which obligations may run now? Which sends wait for somebody?"""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_pk = UnicodeAttribute(hash_key=True, attr_name="duePk")
    due_sk = UnicodeAttribute(range_key=True, attr_name="dueSk")


class OwnerIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """What belongs to this campaign, sequence or step?"""

    class Meta:
        index_name = "owner"
        projection = KeysOnlyProjection()

    owner_pk = UnicodeAttribute(hash_key=True, attr_name="ownerPk")
    owner_sk = UnicodeAttribute(range_key=True, attr_name="ownerSk")


class ListingIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Which items of this kind and facet are there, newest first?"""

    class Meta:
        index_name = "listing"
        projection = KeysOnlyProjection()

    listing_pk = UnicodeAttribute(hash_key=True, attr_name="listingPk")
    listing_sk = UnicodeAttribute(range_key=True, attr_name="listingSk")


class TableItem(Model):
    """What every item has: its key, its kind, and its places in the indexes."""

    class Meta:
        # Set by `connect` before first use; nothing is read from the environment at import.
        table_name = ""
        region = "us-east-1"
        #: Threads that query shards side by side each need a connection.
        max_pool_connections = 32
        connect_timeout_seconds = 3
        read_timeout_seconds = 10
        #: Retries of a request that failed or was throttled, by botocore; safe because every write is conditional.
        max_retry_attempts = 4

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    due_pk = UnicodeAttribute(null=True, attr_name="duePk")
    due_sk = UnicodeAttribute(null=True, attr_name="dueSk")
    owner_pk = UnicodeAttribute(null=True, attr_name="ownerPk")
    owner_sk = UnicodeAttribute(null=True, attr_name="ownerSk")
    listing_pk = UnicodeAttribute(null=True, attr_name="listingPk")
    listing_sk = UnicodeAttribute(null=True, attr_name="listingSk")

    due = DueIndex()
    owner = OwnerIndex()
    listing = ListingIndex()


_PLAIN: Final[Mapping[Any, type[Attribute[Any]]]] = {
    str: UnicodeAttribute,
    int: NumberAttribute,
    bool: BooleanAttribute,
    Decimal: DecimalAttribute,
    datetime: InstantAttribute,
}


def _attribute_type(annotation: Any) -> type[Attribute[Any]]:
    """The attribute class for a field's annotation; what is not plain is JSON."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _attribute_type(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        options = {_attribute_type(option) for option in get_args(annotation) if option is not type(None)}
        return options.pop() if len(options) == 1 else JsonAttribute
    if origin is Literal:
        return _PLAIN[type(get_args(annotation)[0])]
    return _PLAIN.get(annotation, JsonAttribute)


#: Fields that are called as an attribute of every item is, and what they are called in the table.
_NAMED_OTHERWISE: Final[Mapping[str, str]] = {"kind": "ofKind"}


def _attribute(field: str) -> str:
    """What the attribute of a field is called here."""
    return f"{field}_" if field in _NAMED_OTHERWISE else field


@cache
def item_type(entity: type[Entity]) -> type[TableItem]:
    """The PynamoDB class whose attributes are the fields of this entity."""
    attributes: dict[str, Any] = {}
    for name, info in entity.model_fields.items():
        kind = EpochAttribute if name == "expires_at" else _attribute_type(info.annotation)
        attributes[_attribute(name)] = kind(null=True, attr_name=_NAMED_OTHERWISE.get(name, info.alias or name))
    return types.new_class(f"{entity.__name__}Item", (TableItem,), exec_body=lambda body: body.update(attributes))


class Stored(NamedTuple):
    """How a field is stored: under which name, as which type, and how its values are written and read."""

    stored: str
    type: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]

    def raw(self, value: Any) -> dict[str, Any]:
        """A value as DynamoDB has it."""
        return {self.type: self.write(value)}


@cache
def attributes_of(entity: type[Entity]) -> Mapping[str, Stored]:
    """How the fields of an entity are stored, by their names."""
    attributes = item_type(entity).get_attributes()
    known = {name: attributes[_attribute(name)] for name in entity.model_fields}
    return {name: Stored(one.attr_name, one.attr_type, one.serialize, one.deserialize) for name, one in known.items()}


def raw_of(entity: Entity) -> dict[str, Any]:
    """The item of an entity as DynamoDB has it, with its key and its places in the indexes.

    Past PynamoDB's models, which take five times as long; the attributes are theirs all the same.
    """
    pk, sk = keys.key_of(entity)
    raw: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}, "kind": {"S": type(entity).__name__}}
    for index, place in keys.index_keys_of(entity).items():
        raw[f"{index}Pk"], raw[f"{index}Sk"] = {"S": place.pk}, {"S": place.sk}
    values = vars(entity)
    for name, (stored, kind, write, _) in attributes_of(type(entity)).items():
        value = values.get(name)
        if value is not None:
            raw[stored] = {kind: write(value)}
    return raw


def from_raw(entity: type[E], raw: Mapping[str, Any]) -> E:
    """The entity of a raw item. It was validated when it was written and is not validated again."""
    values: dict[str, Any] = {}
    for name, (stored, kind, _, read) in attributes_of(entity).items():
        value = raw.get(stored)
        if value is not None:
            values[name] = read(value[kind])
    return cast(E, entity.model_construct(**values))


def connect(table_name: str, region: str) -> Connection:
    """Point all item classes at the table, over the one client of this process."""
    before = TableItem._connection
    TableItem.Meta.table_name = table_name
    TableItem.Meta.region = region
    table = TableItem._get_connection()
    if before is not None and before is not table and before.connection.region == region:
        if table_name not in before.connection._tables:
            before.connection.add_meta_table(table.get_meta_table())
        table.connection = before.connection
    client: Any = table.connection.client
    for event, member in EVENTS.items():
        client.meta.events.register(event, partial(take_rows, member), unique_id=event)
    if not isinstance(client._serializer, Plain):
        client._serializer = Plain(client._serializer)
    return table.connection


def session() -> Session:
    """The botocore session of the table's connection."""
    return TableItem._get_connection().connection.session
