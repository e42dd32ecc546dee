"""A write as DynamoDB wants it: the operation, and the requirement as its condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from retention.table.items import TableItem, item_type, to_item
from retention.table.writes import Count, Create, Ensure, Forbid, Put, Remove, Replace, Require, Write

if TYPE_CHECKING:
    from retention.entity import Entity

#: Asks a refused write to tell what was there instead.
TELL: Final = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _equal(attributes: Mapping[str, Any], entity_type: type[Entity]) -> Condition | None:
    condition: Condition | None = None
    for name, value in attributes.items():
        attribute = getattr(item_type(entity_type), name)
        part = attribute.does_not_exist() if value is None else attribute == value
        condition = part if condition is None else condition & part
    return condition


def _both(first: Condition, second: Condition | None) -> Condition:
    return first if second is None else first & second


def _alive(entity_type: type[Entity]) -> Condition:
    return _both(Path("pk").exists(), _equal({"deleting": False}, entity_type))


def request_of(write: Write) -> tuple[str, dict[str, Any]]:
    """The DynamoDB operation of a write, with its requirement as a condition."""
    if isinstance(write, Create | Replace | Put):
        item = to_item(write.entity)
        condition: Condition | None = None
        if isinstance(write, Create):
            condition = Path("pk").does_not_exist()
        elif isinstance(write, Replace):
            condition = type(item).revision == write.seen  # type: ignore[attr-defined]
        return "PutItem", item.get_save_kwargs_from_instance(condition=condition) | TELL
    if isinstance(write, Count):
        return "UpdateItem", _count(write)
    if isinstance(write, Ensure):
        return "UpdateItem", _ensure(write)
    model = item_type(write.entity_type)
    if isinstance(write, Forbid):
        absent = Path("pk").does_not_exist()
        return "ConditionCheck", model.get_operation_kwargs_from_class(*write.key, condition=absent) | TELL
    equal = _equal(write.equal, write.entity_type)
    if isinstance(write, Remove):
        wanted = equal if write.seen is None else _both(model.revision == write.seen, equal)  # type: ignore[attr-defined]
        return "DeleteItem", model.get_operation_kwargs_from_class(*write.key, condition=wanted) | TELL
    condition = _both(_alive(write.entity_type), equal)
    if isinstance(write, Require):
        return "ConditionCheck", model.get_operation_kwargs_from_class(*write.key, condition=condition) | TELL
    actions: list[Action] = [getattr(model, name).set(value) for name, value in write.set.items()]
    actions += [getattr(model, name).remove() for name in write.drop]
    actions += [getattr(model, name).add(amount) for name, amount in write.add.items()]
    return "UpdateItem", model(*write.key).get_update_kwargs_from_instance(actions, condition=condition) | TELL


def _count(write: Count) -> dict[str, Any]:
    """An update by hand: the names of counters are data, and no attribute of a class."""
    item = to_item(write.entity).serialize()
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
    item = to_item(write.entity).serialize()
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
