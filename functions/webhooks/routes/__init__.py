"""Which address is for whom. The code behind an address is loaded when it is first called."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, NamedTuple

from retention.receiving.request import Request
from webhooks.answers import Answer
from webhooks.door import Door

#: Answers a request; the text is what stands at the end of the address: a token or a slug, else "".
Handler = Callable[[Door, Request, str], Answer]


class Route(NamedTuple):
    """Who answers at an address."""

    #: In logs and metrics, since paths hold secrets.
    name: str
    methods: tuple[str, ...]
    #: The module here and the function in it.
    module: str
    function: str

    def handler(self) -> Handler:
        """What answers."""
        found: Handler = getattr(import_module(f"{__name__}.{self.module}"), self.function)
        return found


#: Addresses as they are.
EXACT: Final = {
    "/webhooks/twilio/status": Route("twilio-status", ("POST",), "twilio", "status"),
    "/webhooks/twilio/inbound": Route("twilio-inbound", ("POST",), "twilio", "inbound"),
    "/webhooks/sendgrid": Route("sendgrid", ("POST",), "sendgrid", "events"),
    "/webhooks/vapi": Route("vapi", ("POST",), "vapi", "message"),
    "/webhooks/meta": Route("meta", ("GET", "POST"), "meta", "notice"),
}
#: Addresses that end in a token or a slug.
BELOW: Final = {
    "/webhooks/inbound": Route("form", ("POST",), "forms", "post"),
    "/postbacks/keitaro": Route("keitaro", ("GET", "POST"), "keitaro", "postback"),
    "/u": Route("unsubscribe", ("GET", "POST"), "links", "unsubscribe"),
    "/r": Route("click", ("GET", "HEAD"), "links", "click"),
}
#: Characters of a token or a slug; the longest tokens of ours have some 3,000.
_MOST: Final = 4_096


def find(path: str) -> tuple[Route, str] | None:
    """Who answers at a path, and the token or slug in it; None when nobody does."""
    if (exact := EXACT.get(path)) is not None:
        return exact, ""
    above, _, named = path.rpartition("/")
    below = BELOW.get(above)
    return (below, named) if below is not None and _is_plain(named) else None


def _is_plain(text: str) -> bool:
    """Whether a text is made of what tokens and slugs are made of: letters, digits, - and _."""
    return len(text) <= _MOST and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
