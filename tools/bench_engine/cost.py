"""What an operation costs: requests to the table and the capacity units that they report, counted at the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from retention.bootstrap import Application

_WRITES: Final = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem", "BatchExecuteStatement"}
)


@dataclass
class Cost:
    """Requests by operation, and units."""

    requests: list[str] = field(default_factory=list)
    #: Of each write. Many threads write: they add to a list without getting in each other's way, not to a sum.
    units: list[float] = field(default_factory=list)

    @property
    def write_units(self) -> float:
        """Units of all writes together."""
        return sum(self.units)

    def count(self, operation: str) -> int:
        """Requests of one operation."""
        return self.requests.count(operation)


@contextmanager
def counting(app: Application) -> Iterator[Cost]:
    """Count what is asked of the table while the block runs."""
    cost = Cost()
    events = app.core.store._low.client.meta.events

    def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        cost.requests.append(model.name)
        if model.name in _WRITES:
            consumed = parsed.get("ConsumedCapacity") or []
            for entry in consumed if isinstance(consumed, list) else [consumed]:
                cost.units.append(entry["CapacityUnits"])

    events.register("after-call.dynamodb", after)
    try:
        yield cost
    finally:
        events.unregister("after-call.dynamodb", after)
