"""Reading and writing the table. PynamoDB's and botocore's errors end here.

Source: DynamoDB API reference, TransactWriteItems (cancellation reasons, in the order of the items), BatchGetItem
(UnprocessedKeys), PutItem (ReturnValuesOnConditionCheckFailure).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import VerboseClientError

from retention.errors import ContentionError
from retention.ids import jitter
from retention.table import items
from retention.table.items import from_raw
from retention.table.keys import Key
from retention.table.layout import INDEXES
from retention.table.querying import query_request
from retention.table.requests import request_of
from retention.table.writes import Create, Forbid, RefusedError, Replace, Require, TooManyWritesError, Write

if TYPE_CHECKING:
    from retention.entity import Entity

E = TypeVar("E", bound="Entity")
T = TypeVar("T")
R = TypeVar("R")

#: Items that one transaction may hold.
MAX_TRANSACTION: Final = 100
#: Keys that one BatchGetItem may ask for.
MAX_BATCH_GET: Final = 100
#: Deletes that one BatchWriteItem may hold.
MAX_BATCH_WRITE: Final = 25
#: Tries of a transaction that others got in the way of, before the caller hears of it.
CONFLICT_TRIES: Final = 8
#: Tries of a transaction whose followers others were faster with.
FOLLOW_TRIES: Final = 40
#: Longest pause before the first retry, in seconds; doubles each time, with full jitter.
CONFLICT_PAUSE: Final = 0.02
#: Requests that one caller has under way at once.
PARALLEL: Final = 16
#: What the threads of the pool are called.
_POOL: Final = "table"
#: Cancellation reasons that say "not now" rather than "no".
_PASSING: Final = frozenset(
    {"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError", "TransactionInProgressException"}
)


class Store:
    """The table, seen as entities. Safe to use from several threads.

    Args:
        follow: what else goes into a transaction that makes some writes, such as the figures that they change.
    """

    def __init__(
        self,
        table_name: str,
        region: str,
        follow: "Callable[[Store, Sequence[Write]], Sequence[Write]]" = lambda store, writes: (),
    ) -> None:
        self._table = table_name
        self._follow = follow
        self._low: Connection = items.connect(table_name, region)
        self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix=_POOL)

    @property
    def table(self) -> str:
        """Name of the table."""
        return self._table

    # --- reading -----------------------------------------------------------------------------------------------

    def find(self, entity_type: type[E], key: Key) -> E | None:
        """The entity at a key, read consistently, or None."""
        answer = self.dispatch("GetItem", {"TableName": self._table, "Key": _raw_key(key), "ConsistentRead": True})
        raw = answer.get("Item")
        return None if raw is None else _as(entity_type, raw)

    def find_many(self, wanted: Sequence[tuple[type["Entity"], Key]], *, consistent: bool = True) -> list[Any]:
        """The entities at many keys, in their order, None where there is none; one request per 100 different keys."""
        unique = list(dict.fromkeys(key for _, key in wanted))
        chunks = [unique[at : at + MAX_BATCH_GET] for at in range(0, len(unique), MAX_BATCH_GET)]
        found: dict[Key, dict[str, Any]] = {}
        for part in self.parallel(lambda chunk: self._batch_get(chunk, consistent), chunks):
            found.update(part)
        return [_as(kind, found[key]) if key in found else None for kind, key in wanted]

    def _batch_get(self, chunk: Sequence[Key], consistent: bool) -> dict[Key, dict[str, Any]]:
        found: dict[Key, dict[str, Any]] = {}
        pending: list[dict[str, Any]] = [_raw_key(key) for key in chunk]
        while pending:
            answer = self.dispatch(
                "BatchGetItem", {"RequestItems": {self._table: {"Keys": pending, "ConsistentRead": consistent}}}
            )
            for raw in answer["Responses"].get(self._table, []):
                found[raw_key(raw)] = raw
            pending = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return found

    def query(
        self,
        pk: str,
        *,
        index: str | None = None,
        starts_with: str = "",
        above: str | None = None,
        below: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        only: Sequence[str] = (),
        consistent: bool = True,
    ) -> Iterator[dict[str, Any]]:
        """Raw items of one partition in the order of their sort keys: all of them, page by page, or the first `limit`.

        `above` and `below` bound the sort key, both exclusive. From an index only keys come, and they may lag; so may
        what is not `consistent`, for half the price. `only` names attributes, where not all are wanted.
        """
        request = query_request(
            self._table,
            pk,
            index=index,
            starts_with=starts_with,
            above=above,
            below=below,
            descending=descending,
            only=only,
            consistent=consistent,
        )
        if request is None:
            return
        sk_name = "sk" if index is None else INDEXES[index][1]
        left = limit
        while True:
            if left is not None:
                request["Limit"] = left + (1 if below is not None else 0)
            answer = self.dispatch("Query", request)
            for raw in answer["Items"]:
                if below is not None and raw[sk_name]["S"] == below:
                    continue
                yield raw
                if left is not None:
                    left -= 1
                    if left == 0:
                        return
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def query_entities(self, entity_type: type[E], pk: str, *, starts_with: str = "", **bounds: Any) -> Iterator[E]:
        """The entities of one type among the items of a base partition."""
        name = entity_type.__name__
        for raw in self.query(pk, starts_with=starts_with, **bounds):
            if raw["kind"]["S"] == name:
                yield from_raw(entity_type, raw)

    def parallel(self, work: Callable[[T], R], inputs: Iterable[T]) -> list[R]:
        """Do the same read or write for many inputs side by side; the first failure is raised.

        Work that is itself done side by side goes through its own inputs one by one: a pool whose threads all wait for
        the pool would stand still.
        """
        todo = list(inputs)
        if len(todo) <= 1 or threading.current_thread().name.startswith(_POOL):
            return [work(item) for item in todo]
        return list(self._pool.map(work, todo))

    # --- writing -----------------------------------------------------------------------------------------------

    def write(self, *writes: Write) -> None:
        """Carry out all writes or none.

        Raises:
            RefusedError: an item was not in the state that its write requires.
            ContentionError: others kept changing the same items; after several tries.
            TooManyWritesError: with what follows they are more than one transaction takes.
        """
        for tried in range(FOLLOW_TRIES):
            following = self._follow(self, writes)
            if len(writes) + len(following) > MAX_TRANSACTION:
                raise TooManyWritesError
            try:
                self._write_together((*writes, *following))
            except RefusedError as refusal:
                # What follows was put together by what others have changed since: that is no matter of the caller's.
                if min(refusal.failed) < len(writes):
                    raise
                _pause(min(tried, 4))
            else:
                return
        raise ContentionError

    def _write_together(self, writes: tuple[Write, ...]) -> None:
        if len(writes) == 1 and not isinstance(writes[0], Require | Forbid):
            self._write_one(writes[0])
        else:
            self._write_all(writes)

    def remove_unconditionally(self, doomed: Sequence[Key]) -> None:
        """Delete many items, whether or not they are still there, 25 a request; a write unit each and one an index."""
        chunks = [doomed[at : at + MAX_BATCH_WRITE] for at in range(0, len(doomed), MAX_BATCH_WRITE)]
        self.parallel(self._batch_delete, chunks)

    def _batch_delete(self, chunk: Sequence[Key]) -> None:
        pending: list[dict[str, Any]] = [{"DeleteRequest": {"Key": _raw_key(key)}} for key in chunk]
        attempt = 0
        while pending:
            answer = self.dispatch("BatchWriteItem", {"RequestItems": {self._table: pending}})
            pending = answer.get("UnprocessedItems", {}).get(self._table, [])
            if pending:
                _pause(attempt)
                attempt += 1

    def _write_one(self, write: Write) -> None:
        operation, request = request_of(write)
        try:
            self.dispatch(operation, request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            old: Any = error.response.get("Item")
            if self._is_own(write, old):
                return
            raise RefusedError((write,), frozenset({0}), {0: old} if old else {}) from None

    def _write_all(self, writes: tuple[Write, ...]) -> None:
        actions = []
        for write in writes:
            operation, request = request_of(write)
            actions.append({_TRANSACTION_VERB[operation]: request})
        for attempt in range(CONFLICT_TRIES):
            try:
                self.dispatch("TransactWriteItems", {"TransactItems": actions})
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in ("TransactionCanceledException", "TransactionInProgressException"):
                    raise
                reasons: list[Any] = error.response.get("CancellationReasons", [])
                failed = {at: reason for at, reason in enumerate(reasons) if reason["Code"] == "ConditionalCheckFailed"}
                if failed:
                    found = {at: reason["Item"] for at, reason in failed.items() if reason.get("Item")}
                    own = all(self._is_own(writes[at], found.get(at)) for at in failed)
                    if own and any(isinstance(writes[at], Create | Replace) for at in failed):
                        return  # Our own write, whose answer was lost and which was then sent again.
                    raise RefusedError(writes, frozenset(failed), found) from None
                if not all(reason["Code"] in _PASSING | {"None"} for reason in reasons):
                    raise
                _pause(attempt)
            else:
                return
        raise ContentionError

    @staticmethod
    def _is_own(write: Write, found: Mapping[str, Any] | None) -> bool:
        """Whether the item that refused a write is the very state that the write was to bring about."""
        if not found or not isinstance(write, Create | Replace) or not write.entity.revision:
            return False
        return bool(found.get("revision", {}).get("S") == write.entity.revision)

    def dispatch(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """One request; for the parts of this package only."""
        try:
            answer: dict[str, Any] = self._low.dispatch(operation, request)
        except VerboseClientError as error:
            # PynamoDB's own error leaves out the items that refused the write; the cause has them.
            raise error.__cause__ or error from None
        return answer


_TRANSACTION_VERB: Final = {
    "PutItem": "Put",
    "DeleteItem": "Delete",
    "UpdateItem": "Update",
    "ConditionCheck": "ConditionCheck",
}


def _as(entity_type: type[E], raw: Mapping[str, Any]) -> E | None:
    """The entity of a raw item; None for an item of another kind: part of a key may have come from a client."""
    return from_raw(entity_type, raw) if raw["kind"]["S"] == entity_type.__name__ else None


def _raw_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def raw_key(raw: Mapping[str, Any]) -> Key:
    """The primary key of a raw item, also of one that came from an index."""
    return Key(raw["pk"]["S"], raw["sk"]["S"])


def _pause(attempt: int) -> None:
    time.sleep(jitter() * CONFLICT_PAUSE * 2**attempt)
