"""Events as messages of the inbound queue: many in one, and one that is too large by a pointer to where it lies.

{"events": [event, ...]}            up to 25 events
{"s3": "key"}                       one event, as an object of the inbox bucket
either with {"cause": "..."}        in the dead-letter queue: why it could not be applied
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from retention import jsontext
from retention.receiving.event import Event

#: Events in one message: they are applied together, in a second or two.
MOST_EVENTS: Final = 25
#: Bytes of one message. A request to the queue holds 256 KB in all, so one such message goes alone.
#: Source: SQS API reference, SendMessageBatch, as it was before its limit was raised to 1 MB in August 2025.
MOST_BYTES: Final = 240_000

_OUTER: Final = len('{"events":[]}')


def packed(events: Sequence[Event]) -> Iterator[str | Event]:
    """The bodies of messages that hold all events, in their order; an event that no message can hold comes as it is."""
    texts: list[str] = []
    size = _OUTER
    for event in events:
        text = _safe(jsontext.dumps(event.as_json()))
        length = len(text.encode()) + 1
        if texts and (len(texts) == MOST_EVENTS or size + length > MOST_BYTES):
            yield _body(texts)
            texts, size = [], _OUTER
        if _OUTER + length > MOST_BYTES:
            yield event
        else:
            texts.append(text)
            size += length
    if texts:
        yield _body(texts)


def _safe(text: str) -> str:
    """JSON without the two characters that JSON knows and the queue refuses. Source: SQS API reference, SendMessage."""
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _body(texts: Sequence[str]) -> str:
    return '{"events":[' + ",".join(texts) + "]}"


def pointer(key: str, cause: str | None = None) -> str:
    """The body of a message whose event lies in the bucket."""
    return json.dumps({"s3": key} | ({} if cause is None else {"cause": cause}))


def with_cause(event: Event, cause: str) -> str:
    """The body of a message of the dead-letter queue."""
    return _safe(jsontext.dumps({"events": [event.as_json()], "cause": cause}))


def object_of(event: Event) -> bytes:
    """An event as an object of the bucket."""
    return jsontext.dumps(event.as_json()).encode()


def key_in(body: str) -> str | None:
    """The key of the object that a message points at; None where it holds its events itself.

    Raises:
        ValueError: it is no message of ours.
    """
    key = read(body).get("s3")
    return key if isinstance(key, str) and key else None


def events_in(body: str, fetch: Callable[[str], bytes]) -> list[Event]:
    """The events of a message.

    Args:
        fetch: reads an object of the bucket by its key.

    Raises:
        ValueError: it is no message of ours.
    """
    if (key := key_in(body)) is not None:
        return [Event.of(jsontext.loads(fetch(key).decode()))]
    stored = read(body).get("events")
    if not isinstance(stored, list) or not stored:
        raise ValueError("no events")
    return [Event.of(one) for one in stored]


def written(content: Any) -> str:
    """The body of a message, or a part of one, as the queue takes it."""
    return _safe(jsontext.dumps(content))


def read(body: str) -> dict[str, Any]:
    """A message, whatever it holds.

    Raises:
        ValueError: it is no message of ours.
    """
    message = jsontext.loads(body)
    if not isinstance(message, dict):
        raise ValueError("no message of the inbound queue")
    return message
