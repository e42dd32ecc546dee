"""What a person does with a link of ours: clicking it, or asking for no more messages."""

from datetime import datetime
from typing import Final

from retention.receiving.event import Event
from retention.receiving.request import Request

#: Headers by which a browser says that it only looks ahead.
_PURPOSES: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def click(token: str, request: Request, now: datetime) -> Event:
    """Somebody, or a machine, followed a tracked link."""
    content = {
        "token": token,
        "userAgent": request.header("user-agent")[:500],
        "method": request.method,
        "prefetch": any("prefetch" in request.header(name).lower() for name in _PURPOSES),
    }
    return Event("click", request.id, content, now)


def unsubscribe(token: str, request: Request, now: datetime) -> Event:
    """Somebody asked for no more messages: a mailbox on his behalf by one click (RFC 8058), or he on our page."""
    is_one_click = b"list-unsubscribe" in request.body.lower()
    return Event("unsubscribe", token, {"token": token, "how": "one_click" if is_one_click else "page"}, now)
