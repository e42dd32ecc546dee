"""A write as DynamoDB wants it: the operation, and the requirement as its condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from retention.table.items import TableItem, attributes_of, raw_of
from retention.table.keys import Key
from retention.table.writes import Count, Create, Ensure, Forbid, Put, Remove, Replace, Require, Write

if TYPE_CHECKING:
    from retention.entity import Entity

#: What the placeholders of names and values begin with.
_NAME: Final = "#"
_VALUE: Final = ":"
#: Asks a refused write to tell what was there instead.
TELL: Final = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


class _Words:
    """The placeholders of one expression: names of attributes and values, numbered as they come."""

    def __init__(self, entity_type: type[Entity]) -> None:
        self._attributes = attributes_of(entity_type)
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, name: str) -> str:
        """The placeholder of a field, or of a part of the key."""
        attribute = self._attributes.get(name)
        stored = name if attribute is None else attribute.stored
        return self._names.setdefault(stored, f"{_NAME}{len(self._names)}")

    def value(self, name: str, value: Any) -> str:
        """The placeholder of a value of a field."""
        placeholder = f"{_VALUE}{len(self._values)}"
        self._values[placeholder] = self._attributes[name].raw(value)
        return placeholder

    def equal(self, attributes: Mapping[str, Any]) -> list[str]:
        """Conditions: each attribute has its value, or, where that is None, is not there."""
        return [
            f"attribute_not_exists ({self.name(name)})"
            if value is None
            else f"{self.name(name)} = {self.value(name, value)}"
            for name, value in attributes.items()
        ]

    def alive(self) -> list[str]:
        """Conditions: the item is there and not going away."""
        return [f"attribute_exists ({self.name('pk')})", *self.equal({"deleting": False})]

    def request(self, conditions: Iterable[str], **more: Any) -> dict[str, Any]:
        """A request of the table with these conditions, all of which must hold; none: it is carried out anyway."""
        condition = " AND ".join(conditions)
        request = {"TableName": TableItem.Meta.table_name, **more, **TELL}
        if condition:
            request["ConditionExpression"] = condition
        if self._names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self._names.items()}
        if self._values:
            request["ExpressionAttributeValues"] = self._values
        return request


def request_of(write: Write) -> tuple[str, dict[str, Any]]:
    """The DynamoDB operation of a write, with its requirement as a condition."""
    if isinstance(write, Create | Replace | Put):
        return "PutItem", _put(write)
    if isinstance(write, Count):
        return "UpdateItem", _count(write)
    if isinstance(write, Ensure):
        return "UpdateItem", _ensure(write)
    words, place = _Words(write.entity_type), {"Key": _raw(write.key)}
    if isinstance(write, Forbid):
        return "ConditionCheck", words.request([f"attribute_not_exists ({words.name('pk')})"], **place)
    if isinstance(write, Remove):
        seen = {} if write.seen is None else {"revision": write.seen}
        return "DeleteItem", words.request([*words.equal(seen), *words.equal(write.equal)], **place)
    conditions = [*words.alive(), *words.equal(write.equal)]
    if isinstance(write, Require):
        return "ConditionCheck", words.request(conditions, **place)
    parts = {
        "SET": [f"{words.name(name)} = {words.value(name, value)}" for name, value in write.set.items()],
        "REMOVE": [words.name(name) for name in write.drop],
        "ADD": [f"{words.name(name)} {words.value(name, amount)}" for name, amount in write.add.items()],
    }
    update = " ".join(f"{verb} {', '.join(some)}" for verb, some in parts.items() if some)
    return "UpdateItem", words.request(conditions, UpdateExpression=update, **place)


def _put(write: Create | Replace | Put) -> dict[str, Any]:
    words = _Words(type(write.entity))
    conditions: list[str] = []
    if isinstance(write, Create):
        conditions = [f"attribute_not_exists ({words.name('pk')})"]
    elif isinstance(write, Replace):
        conditions = words.equal({"revision": write.seen})
    return words.request(conditions, Item=raw_of(write.entity))


def _raw(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _count(write: Count) -> dict[str, Any]:
    """An update by hand: the names of counters are data, and no attribute of a class."""
    item = raw_of(write.entity)
    key = {name: item.pop(name) for name in ("pk", "sk")}
    names = dict(zip(_names("#f", item), item, strict=True)) | dict(
        zip(_names("#n", write.add), write.add, strict=True)
    )
    values = {f":f{at}": value for at, value in enumerate(item.values())}
    values |= {f":n{at}": {"N": str(amount)} for at, amount in enumerate(write.add.values())}
    sets = ", ".join(f"{name} = {value}" for name, value in zip(_names("#f", item), _names(":f", item), strict=True))
    adds = ", ".join(
        f"{name} {value}" for name, value in zip(_names("#n", write.add), _names(":n", write.add), strict=True)
    )
    request = {
        "TableName": TableItem.Meta.table_name,
        "Key": key,
        "UpdateExpression": f"SET {sets} ADD {adds}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    if write.at_most:
        names |= dict(zip(_names("#l", write.at_most), write.at_most, strict=True))
        values |= {f":l{at}": {"N": str(most)} for at, most in enumerate(write.at_most.values())}
        each = zip(_names("#l", write.at_most), _names(":l", write.at_most), strict=True)
        limits = [f"(attribute_not_exists({name}) OR {name} <= {value})" for name, value in each]
        request |= {"ConditionExpression": " AND ".join(limits), **TELL}
    return request


def _ensure(write: Ensure) -> dict[str, Any]:
    """An update that sets each attribute only where it is absent. Source: DynamoDB, function if_not_exists."""
    item = raw_of(write.entity)
    key = {name: item.pop(name) for name in ("pk", "sk")}
    pairs = list(zip(_names("#f", item), _names(":f", item), strict=True))
    return {
        "TableName": TableItem.Meta.table_name,
        "Key": key,
        "UpdateExpression": "SET " + ", ".join(f"{name} = if_not_exists({name}, {value})" for name, value in pairs),
        "ExpressionAttributeNames": {name: attribute for (name, _), attribute in zip(pairs, item, strict=True)},
        "ExpressionAttributeValues": {value: given for (_, value), given in zip(pairs, item.values(), strict=True)},
    }


def _names(prefix: str, of: Mapping[str, Any]) -> list[str]:
    """A placeholder for each of some names."""
    return [f"{prefix}{at}" for at in range(len(of))]
