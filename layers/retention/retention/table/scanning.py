"""Reading the whole table, page by page: for rare work that no item has to pay an index for.

Source: DynamoDB API reference, Scan (a page is what fits into 1 MB before the filter).
"""

from collections.abc import Collection, Mapping
from typing import Any

from retention.table.store import Store


def scan_page(
    store: Store, start: Mapping[str, Any] | None, kinds: Collection[str]
) -> tuple[list[dict[str, Any]], Mapping[str, Any] | None]:
    """One page of the table, read consistently: raw items of some kinds, and where the next page begins (None: over).

    Args:
        start: where to begin, as an earlier call has told.
    """
    values = {f":k{at}": {"S": kind} for at, kind in enumerate(sorted(kinds))}
    request: dict[str, Any] = {
        "TableName": store.table,
        "ConsistentRead": True,
        "FilterExpression": "#kind IN (" + ", ".join(values) + ")",
        "ExpressionAttributeNames": {"#kind": "kind"},
        "ExpressionAttributeValues": values,
    }
    if start is not None:
        request["ExclusiveStartKey"] = start
    answer = store.dispatch("Scan", request)
    return answer["Items"], answer.get("LastEvaluatedKey")
