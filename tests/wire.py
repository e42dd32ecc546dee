"""What happens on the wire between us and the table, arranged by the event hooks of botocore."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from retention.bootstrap import Application


@contextmanager
def just_before_the_next_transaction(app: Application, act: Callable[[], object]) -> Iterator[None]:
    """Let something else happen between the reads of a request and its transaction, at the wire, once."""
    events = app.core.store._low.client.meta.events
    pending = [act]

    def before(**_: Any) -> None:
        if pending:
            pending.pop()()

    events.register("before-call.dynamodb.TransactWriteItems", before)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", before)
    assert not pending
