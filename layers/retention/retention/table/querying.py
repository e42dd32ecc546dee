"""A query of one partition as DynamoDB wants it."""

from collections.abc import Sequence
from typing import Any, Final

from retention.table.layout import INDEXES

#: Behind every text.
_END: Final = "\U0010ffff"


def query_request(
    table: str,
    pk: str,
    *,
    index: str | None,
    starts_with: str,
    above: str | None,
    below: str | None,
    descending: bool,
    only: Sequence[str],
    consistent: bool,
) -> dict[str, Any] | None:
    """The request for the items of a partition between two bounds; None where there can be none.

    BETWEEN includes both ends: an item that stands exactly at `below` comes, too, and is left out while reading.
    """
    pk_name, sk_name = ("pk", "sk") if index is None else INDEXES[index][:2]
    low = max(starts_with, above + "\x00") if above is not None else starts_with
    high = starts_with + _END if below is None else min(below, starts_with + _END)
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": (names := {"#pk": pk_name}),
        "ExpressionAttributeValues": (values := {":pk": {"S": pk}}),
        "ScanIndexForward": not descending,
        "ConsistentRead": consistent and index is None,
    }
    if index is not None:
        request["IndexName"] = index
    if low or below is not None:
        low = low or "\x00"
        if low > high:
            return None
        request["KeyConditionExpression"] += " AND #sk BETWEEN :low AND :high"
        names["#sk"] = sk_name
        values[":low"], values[":high"] = {"S": low}, {"S": high}
    if only:
        wanted = {"#o" + str(at): name for at, name in enumerate(only)}
        request["ProjectionExpression"] = ", ".join(wanted)
        names |= wanted
    return request
