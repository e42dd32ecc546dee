"""Forms: leads from wherever a team collects them."""

from retention.receiving import form as pairs
from retention.receiving.callers import Caller, form_caller
from retention.receiving.request import Request
from retention.receiving.splitting import form as splitting
from retention.receiving.verifying import form
from webhooks.answers import Answer, json
from webhooks.door import Door


def post(door: Door, request: Request, slug: str) -> Answer:
    """What a form tool posts to the form of this slug."""
    query = dict(pairs.pairs(request.query))

    def refusal(caller: Caller) -> str | None:
        return form.refusal(door.keys(caller, "secret"), request, query, door.clock)

    door.admit(form_caller(slug), refusal)
    events = splitting.events(request, slug, door.clock.now())
    door.keep(events)
    return json(202, {"received": len(events)})
