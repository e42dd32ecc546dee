"""Text messages and links that come in, as the door hands them on."""

from datetime import datetime
from typing import Any

from retention.bootstrap import Application
from retention.inbound.outcome import Outcome
from retention.receiving.event import Event
from retention.replies.handling import Replies
from retention.replies.model import Reply
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import Suppression
from retention.table.keys import key
from retention.templates.links import Unsubscribe, sign
from tests.retention.engine.world import World


def text(app: Application, sender: str, body: str, sid: str = "SM1", at: datetime | None = None, **more: str) -> Event:
    """A text message, now."""
    params = {"MessageSid": sid, "From": sender, "To": "+15005550006", "Body": body, "NumMedia": "0", **more}
    return Event("twilio-inbound", sid, {"params": params}, at or app.core.now())


def writes(world: World, lead: str, body: str, sid: str = "SM1", **more: str) -> Outcome:
    """A lead writes back."""
    return Replies(world.app.core).inbound(text(world.app, phone_of(world, lead), body, sid, None, **more))


def phone_of(world: World, lead: str) -> str:
    """The number of a lead."""
    phone = world.app.leads.get(lead).phone
    assert phone is not None
    return phone


def link(app: Application, work: str, channel: Any = "EMAIL", *, preview: bool = False) -> str:
    """The token of an unsubscribe link."""
    return sign(app.core.keyring, Unsubscribe(channel, work, preview))


def follows(app: Application, token: str, how: str = "page") -> Outcome:
    """Somebody follows an unsubscribe link, now."""
    event = Event("unsubscribe", token, {"token": token, "how": how}, app.core.now())
    return Replies(app.core).unsubscribe(event)


def suppression_of(app: Application, address: str) -> Suppression | None:
    """The suppression of an address."""
    return app.core.store.find(Suppression, key("Suppression", id=suppression_id(app.core.keyring, address)))


def replies_of(world: World, lead: str) -> list[tuple[str, str]]:
    """What a lead wrote, and what it was taken for."""
    return [(one.text, one.meaning) for one in world.of(Reply, lead)]
