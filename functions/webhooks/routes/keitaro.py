"""Keitaro: what a visitor bought, or did not."""

from retention.receiving.callers import Caller
from retention.receiving.request import Request
from retention.receiving.splitting import keitaro as splitting
from retention.receiving.verifying import keitaro
from webhooks.answers import Answer, text
from webhooks.door import Door


def postback(door: Door, request: Request, token: str) -> Answer:
    """A postback."""

    def refusal(caller: Caller) -> str | None:
        return keitaro.refusal(door.keys(caller, "postbackToken"), caller.settings, token, request)

    door.admit("keitaro", refusal)
    params = splitting.params_of(request)
    door.keep([splitting.postback(params, door.clock.now())])
    return text(200, splitting.wanted(params))
