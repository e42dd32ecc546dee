"""A write that took effect, whose answer was lost and which was therefore sent again, is no refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from retention.bootstrap import Application
from tests.api_client import ApiClient
from tools.bench_engine.cost import counting


@contextmanager
def sent_twice(app: Application, operation: str) -> Iterator[None]:
    """Have botocore send the first request of an operation again, as after a lost answer."""
    events: Any = app.core.store._low.client.meta.events
    again = [True]

    def once_more(attempts: int, **_: Any) -> float | None:
        return 0.0 if attempts == 1 and again and again.pop() else None

    name = f"needs-retry.dynamodb.{operation}"
    events.register_first(name, once_more)
    try:
        yield
    finally:
        events.unregister(name, once_more)
    assert not again, "nothing was sent again"


def test_a_change_that_was_sent_twice_is_made_once_and_succeeds(api: ApiClient) -> None:
    path = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"}).headers["Location"]

    with sent_twice(api.app, "PutItem"):
        reply = api.patch(path, {"notes": "x"})

    assert (reply.status, reply.json["notes"]) == (200, "x")


def test_a_lead_whose_creation_was_sent_twice_is_created_not_deduplicated(api: ApiClient) -> None:
    with sent_twice(api.app, "TransactWriteItems"), counting(api.app) as cost:
        reply = api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"})

    assert (reply.status, reply.json["deduplicated"]) == (201, False)
    assert cost.count("TransactWriteItems") == 1
