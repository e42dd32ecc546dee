"""Rows of an answer just as DynamoDB writes them, which is how items are read here.

botocore would take every attribute apart and put it together again as it was, which costs ten times as much as reading
the JSON: for a report over a busy month seconds. Only what is not the rows is left to it. There are no binary
attributes, the only ones that it would change. Source: botocore, `Endpoint._get_response`, event `before-parse`.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

#: The member of an answer that holds the rows, by the event of its operation.
EVENTS: Final[Mapping[str, str]] = {
    "before-parse.dynamodb.Query": "Items",
    "before-parse.dynamodb.BatchGetItem": "Responses",
}


def take_rows(member: str, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Take the rows out of an answer before botocore reads it; a refusal is left as it is."""
    if response_dict["status_code"] == 200:
        answer = orjson.loads(response_dict["body"])
        if member in answer:
            customized_response_dict[member] = answer.pop(member)
        response_dict["body"] = orjson.dumps(answer)
