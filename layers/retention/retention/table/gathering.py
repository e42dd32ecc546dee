"""The items of several partitions in one request.

Source: DynamoDB Developer Guide, "PartiQL select statements": IN over up to 50 values of the partition key is answered
by queries, not by a scan.
"""

from collections.abc import Sequence
from typing import Any, Final

from retention.table.store import Store

#: Partitions that one statement may name.
MAX_PARTITIONS: Final = 50


def items_in(store: Store, partitions: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The raw items of each of some small partitions, read consistently, in the order of their sort keys.

    One request for all, and one more for each megabyte.
    """
    found: dict[str, list[dict[str, Any]]] = {pk: [] for pk in partitions}
    if not found:
        return found
    marks = ",".join("?" * len(found))
    request: dict[str, Any] = {
        "Statement": f'SELECT * FROM "{store.table}" WHERE "pk" IN [{marks}]',
        "Parameters": [{"S": pk} for pk in found],
        "ConsistentRead": True,
    }
    while True:
        answer = store.dispatch("ExecuteStatement", request)
        for raw in answer["Items"]:
            found[raw["pk"]["S"]].append(raw)
        if not answer.get("NextToken"):
            break
        request["NextToken"] = answer["NextToken"]
    return {pk: sorted(rows, key=lambda raw: raw["sk"]["S"]) for pk, rows in found.items()}
