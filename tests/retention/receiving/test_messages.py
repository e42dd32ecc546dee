"""Events as messages: nothing is lost or changed on the way, and no message is too large."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from retention.receiving import messages
from retention.receiving.event import Event

AT = datetime(2026, 2, 18, 12, tzinfo=UTC)


def an_event(content: Any, identifier: str = "e") -> Event:
    return Event("sendgrid", identifier, content, AT)


def none(_: str) -> bytes:
    raise AssertionError("nothing lies in the bucket")


def test_what_goes_in_comes_out() -> None:
    content = {
        "cost": Decimal("0.1"),
        "text": "\ufffe\uffff\x00\x1f ü 👍",
        "null": None,
        "big": 2**53 + 1,
        "deep": [[{}]],
    }
    events = [an_event(content, str(at))._replace(tries=at) for at in range(60)]

    bodies = list(messages.packed(events))

    assert [len(messages.events_in(str(body), none)) for body in bodies] == [25, 25, 10]
    assert [event for body in bodies for event in messages.events_in(str(body), none)] == events
    # SQS takes these characters only. Source: SQS API reference, SendMessage.
    assert not {c for body in bodies for c in str(body) if c in "\ufffe\uffff" or (c < " " and c not in "\t\n\r")}


@pytest.mark.parametrize("character", ["a", "ü", "👍"])
def test_messages_are_as_large_as_they_may_be_and_no_larger(character: str) -> None:
    size = len(character.encode())
    small = [an_event(character * (30_000 // size), str(at)) for at in range(20)]
    (large,) = [an_event(character * (239_950 // size))]

    bodies = [body for body in messages.packed(small) if isinstance(body, str)]

    assert all(200_000 < len(body.encode()) <= messages.MOST_BYTES for body in bodies[:-1])
    assert sum(len(messages.events_in(body, none)) for body in bodies) == 20
    assert list(messages.packed([large])) == [large]
    assert messages.events_in(messages.pointer("k"), lambda key: messages.object_of(large)) == [large]


@pytest.mark.parametrize("body", ["[]", "{}", '{"events": []}', '{"events": [{"source": "x"}]}', "7"])
def test_what_is_no_message_of_ours(body: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        messages.events_in(body, none)
