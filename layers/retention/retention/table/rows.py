"""Rows of answers, and requests, just as DynamoDB has them, which is how items are read and written here.

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


class Plain:
    """Writes requests as they are: they are put together as DynamoDB's JSON, with nothing to convert.

    Takes the place of botocore's serializer, which goes through every value of every item by the service's model, and
    still says everything but the body. Source: botocore, `JSONSerializer.serialize_to_request`.
    """

    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: Any) -> dict[str, Any]:
        """A request of an operation with these parameters."""
        request: dict[str, Any] = self._usual.serialize_to_request({}, operation_model)
        return {**request, "body": orjson.dumps(parameters)}
