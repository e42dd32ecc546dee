"""/v1/sending: the hold of all sending."""

from typing import Any

from api.answer import shown
from api.operation import Request, Routes
from retention.holding.model import HoldInput, SendingHold

routes = Routes("sending", read="jobs:read", write="admin")


@routes("GET", "/v1/sending", shown, "Read whether sending is held", answers={200: SendingHold})
def get_sending(request: Request[Any, None]) -> SendingHold:
    """Since when, why, and who holds it."""
    return request.app.holding.get()


@routes("POST", "/v1/sending/hold", shown, "Hold all sending", body=HoldInput, answers={200: SendingHold})
def hold_sending(request: Request[Any, HoldInput]) -> SendingHold:
    """Nothing is sent any more, to anybody, through any channel, from five seconds later on. A send that has begun by
    then is finished. Whatever falls due stays due, uses up no try, and is not too late for it. Everything else goes on:
    what comes in, replies and opt-outs, deliveries to your own systems, jobs. A second hold only changes the reason."""
    return request.app.holding.hold(request.body, by=request.caller.id)


@routes("POST", "/v1/sending/release", shown, "Release all sending", answers={200: SendingHold})
def release_sending(request: Request[Any, None]) -> SendingHold:
    """What is overdue goes on within a minute or two, in the order of its due times, by the rules of each: contact
    hours, caps, budgets and conditions as they are by then. Nothing happens where nothing is held."""
    return request.app.holding.release()
