"""VAPI: what became of calls."""

from retention.receiving.callers import Caller
from retention.receiving.request import Request
from retention.receiving.splitting import vapi as splitting
from retention.receiving.verifying import vapi
from webhooks.answers import Answer, json
from webhooks.door import Door


def message(door: Door, request: Request, _: str) -> Answer:
    """A message about a call."""

    def refusal(caller: Caller) -> str | None:
        told = caller.settings.get("webhookUrl")
        url = told if isinstance(told, str) else (door.public_base() or "") + request.path
        return vapi.refusal(door.keys(caller, "webhookSecret"), caller.settings, request, door.clock, url)

    door.admit("vapi", refusal)
    told = splitting.message_in(request.body)
    event = splitting.event_of(told, door.clock.now())
    door.keep([] if event is None else [event])
    return json(200, splitting.answer_to(told))
