"""SendGrid: what became of e-mails, in batches."""

import logging

from retention.receiving.callers import Caller
from retention.receiving.request import Request
from retention.receiving.splitting import sendgrid as splitting
from retention.receiving.verifying import sendgrid
from webhooks.answers import Answer
from webhooks.door import Door

logger = logging.getLogger(__name__)


def events(door: Door, request: Request, _: str) -> Answer:
    """A batch of events."""

    def refusal(caller: Caller) -> str | None:
        return sendgrid.refusal(door.keys(caller, "webhookPublicKey"), request, door.clock)

    door.admit("sendgrid", refusal)
    found, others = splitting.events(request.body, door.clock.now())
    if others:
        logger.warning("entries_left_out", extra={"source": "sendgrid", "count": others})
    door.keep(found)
    return Answer(204)
