"""Asks ministack's table, as it comes or made faster, a long list of things, and prints each answer.

    python -m tests.tools.ministack_asking plain|tuned

Runs in the environment of the stand-in. What is asked is drawn by one seed: words and numbers that are easy to get
wrong, expressions and statements that are wrong, requests that are refused.
"""

import asyncio
import json
import random
import sys
from typing import Any

REQUESTS = 1500
SEED = 7
TABLE = {"TableName": "table"}
WORDS = ("a", "ä", "€uro", "😀", "\x7f", "x\ny", 'q"', "", "z" * 300)
NUMBERS = ("1", "-0", "1e400", "1234567890123456789012345678901234567", "abc", "0.10", "5e-131", "7", "8", "9")
STATEMENTS = (
    "UPDATE table SET n=? WHERE pk=? AND sk=?",
    'UPDATE "table" SET v=? WHERE pk=? AND sk=? RETURNING ALL OLD *',
    'SELECT * FROM "table" WHERE v=? AND pk=? AND sk=?',
    'UPDATE "table" SET v=? WHERE pk=? AND sk=? AND n=1',
    "UPDATE table SET",
)


class Asking:
    """Draws requests."""

    def __init__(self) -> None:
        self._drawn = random.Random(SEED)

    def _one(self, *of: Any) -> Any:
        return self._drawn.choice(of)

    def _value(self, deep: int = 0) -> dict[str, Any]:
        kind = self._one("S", "S", "S", "N", "BOOL", "SS", "M", "L", "NULL")
        if kind == "S" or (deep == 3 and kind in ("M", "L")):
            return {"S": self._one(*WORDS)}
        if kind == "N":
            return {"N": self._one(*NUMBERS)}
        if kind == "SS":
            return {"SS": [self._one(*WORDS) for _ in range(3)]}
        if kind == "M":
            return {"M": {self._one(*WORDS): self._value(deep + 1) for _ in range(2)}}
        return {"L": [self._value(deep + 1)]} if kind == "L" else {kind: True}

    def _key(self) -> dict[str, Any]:
        return {"pk": {"S": self._one("p1", "pä")}, "sk": {"S": self._one("s1", "s2", "s€")}}

    def _item(self) -> dict[str, Any]:
        place = self._one({}, {"g": {"S": self._one("g1", "gä")}})
        return {**self._key(), **place, "v": self._value(), "n": {"N": self._one("1", "2")}, "ä": self._value()}

    def _change(self) -> dict[str, Any]:
        listed = {":l": {"L": [self._value()]}}
        return {
            "Key": self._key(),
            **self._one(
                {
                    "UpdateExpression": "SET v = :v ADD n :n",
                    "ExpressionAttributeValues": {":v": self._value(), ":n": {"N": "1"}},
                },
                {
                    "UpdateExpression": "REMOVE #a SET g = :g",
                    "ExpressionAttributeNames": {"#a": "ä"},
                    "ExpressionAttributeValues": {":g": {"S": "g1"}},
                },
                {"UpdateExpression": "SET v = list_append(v, :l)", "ExpressionAttributeValues": listed},
                {"UpdateExpression": "SET v = ", "ExpressionAttributeValues": listed},
            ),
        }

    def _condition(self) -> dict[str, Any]:
        told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return dict(
            self._one(
                {},
                {"ConditionExpression": "attribute_exists(pk)"},
                {"ConditionExpression": "attribute_not_exists(pk)", **told},
                {"ConditionExpression": "n = = pk"},
            )
        )

    def _written_together(self) -> dict[str, Any]:
        return dict(
            self._one(
                {"Put": {**TABLE, "Item": self._item(), **self._condition()}},
                {"Update": {**TABLE, **self._change()}},
                {"Delete": {**TABLE, "Key": self._key(), **self._condition()}},
                {"ConditionCheck": {**TABLE, "Key": self._key(), "ConditionExpression": "attribute_exists(pk)"}},
            )
        )

    def request(self) -> tuple[str, dict[str, Any]]:
        """An operation, and what is asked of it."""
        cost = {"ReturnConsumedCapacity": self._one("NONE", "TOTAL", "INDEXES")}
        statement = {"Statement": self._one(*STATEMENTS), "Parameters": [self._value(), *self._key().values()]}
        of_index = {
            "IndexName": "index",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": self._one("g1", "gä")}},
        }
        asked: tuple[str, dict[str, Any]] = self._one(
            ("PutItem", {**TABLE, "Item": self._item(), **self._condition(), "ReturnValues": "ALL_OLD"}),
            ("UpdateItem", {**TABLE, **self._change(), "ReturnValues": self._one("ALL_NEW", "ALL_OLD", "UPDATED_NEW")}),
            ("DeleteItem", {**TABLE, "Key": self._key(), **self._condition(), "ReturnValues": "ALL_OLD"}),
            ("Query", {**TABLE, **of_index, "Limit": self._one(1, 5)}),
            ("TransactWriteItems", {"TransactItems": [self._written_together() for _ in range(self._one(1, 2, 3))]}),
            ("BatchExecuteStatement", {"Statements": [statement] * self._one(1, 2)}),
            ("ExecuteStatement", statement),
            ("Scan", {**TABLE, "Limit": self._one(1, 50)}),
            ("BatchGetItem", {"RequestItems": {"table": {"Keys": [self._key()]}}}),
        )
        return asked[0], {**asked[1], **cost}


def created() -> dict[str, Any]:
    """The table, with an index."""
    return {
        **TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "index",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    }


async def answers(how: str) -> None:
    """Print what is asked and what is answered, a line each."""
    from ministack.services import dynamodb

    if how == "tuned":
        from tools.stack.host.tuning import remember

        remember()

    async def ask(operation: str, request: dict[str, Any]) -> tuple[int, Any]:
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        status, _, body = await dynamodb.handle_request("POST", "/", headers, json.dumps(request).encode(), {})
        return status, json.loads(body)

    await ask("CreateTable", created())
    asking = Asking()
    for _ in range(REQUESTS):
        operation, request = asking.request()
        print(json.dumps([operation, request, *await ask(operation, request)]))


if __name__ == "__main__":
    asyncio.run(answers(sys.argv[1]))
