"""Twilio: what became of texts, and texts that people send us."""

from collections.abc import Sequence
from typing import Literal

from retention.receiving import form
from retention.receiving.callers import Caller
from retention.receiving.request import Request
from retention.receiving.splitting import twilio as splitting
from retention.receiving.verifying import twilio, twilio_parameters
from webhooks.answers import Answer, text
from webhooks.door import Door

#: No answer to the person: our sequences speak, not the webhook. Source: Twilio, TwiML for messaging.
_SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def status(door: Door, request: Request, _: str) -> Answer:
    """A report about a text."""
    pairs = _verified(door, request, "status")
    given = [value for name, value in form.pairs(request.query) if name == "x"]
    door.keep([splitting.report(pairs, given[0] if len(given) == 1 else None, door.clock.now())])
    return Answer(204)


def inbound(door: Door, request: Request, _: str) -> Answer:
    """A text that somebody sent."""
    pairs = _verified(door, request, "inbound")
    door.keep([splitting.message(pairs, door.clock.now())])
    return text(200, _SILENCE, "text/xml")


def _verified(door: Door, request: Request, route: Literal["status", "inbound"]) -> Sequence[tuple[str, str]]:
    pairs, is_form = splitting.pairs_of(request)

    def refusal(caller: Caller) -> str | None:
        reported = route == "status"
        urls = twilio.addresses(door.public_base(), caller.settings, request.path, reported=reported)
        tokens = door.keys(caller, "authToken")
        account = caller.settings.get("accountSid")
        return twilio.refusal(tokens, urls, request, pairs if is_form else None) or twilio_parameters.refusal(
            pairs, route, account, signed=is_form
        )

    door.admit("twilio", refusal)
    return pairs
