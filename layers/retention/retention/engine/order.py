"""Puts a message together: the words filled in, the address, and what will recognise it later."""

from base64 import b32encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from retention.core import Core
from retention.engine.errand import Errand
from retention.engine.queue import Work
from retention.fields import Channel
from retention.providers.digest import digest_of
from retention.providers.port import Order
from retention.templates import links
from retention.templates.filling import fill_in

#: Characters of a correlation: VAPI takes 40 at most, and 26 hold 130 bits.
CORRELATION: Final = 26
#: Where each provider reports to, below the stack's public address.
REPORTS: Final[Mapping[Channel, str]] = {
    "CALL": "/webhooks/vapi",
    "SMS": "/webhooks/twilio/status",
    "EMAIL": "/webhooks/sendgrid",
}


def correlation_of(work_id: str) -> str:
    """The same short name for every send of an obligation, without personal data."""
    return b32encode(sha256(work_id.encode()).digest()).decode().lower()[:CORRELATION]


def order_for(core: Core, errand: Errand, to: str) -> Order:
    """The message that meets an obligation.

    Raises:
        NotFilledInError: the script cannot be filled in for this lead.
    """
    assert errand.script is not None
    assert errand.lead is not None
    work = Work(type(errand.work).__name__, errand.work.id)
    body = fill_in(core, errand.script, errand.lead, errand.campaign, work)
    base = links.public_base_url(core)
    return Order(
        work=work.id,
        channel=errand.channel,
        to=to,
        name=errand.lead.first_name,
        body=body,
        correlation=correlation_of(work.id),
        callback_key=links.sign(core.keyring, links.Callback(work.kind, work.id)),
        callback_url=None if base is None else base + REPORTS[errand.channel],
        digest=digest_of(to, body),
    )
