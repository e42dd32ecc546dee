"""The door that these tests knock at."""

from collections.abc import Iterator

import pytest

from retention.clock import ManualClock
from tests.functions.webhooks.calling import Outside, outside
from tests.functions.webhooks.signing import SECRET, TWILIO_ACCOUNT, TWILIO_TOKEN, sendgrid_public
from webhooks import door

TRACKER_TOKEN = "tracker-token-of-22-chars"


@pytest.fixture
def world(endpoint: str, clock: ManualClock) -> Iterator[Outside]:
    """A door that knows nobody yet."""
    yield outside(clock)
    door._installed.clear()


@pytest.fixture
def known(world: Outside) -> Outside:
    """A door that knows one caller of each kind."""
    world.publish("twilio", {"authToken": TWILIO_TOKEN}, settings={"accountSid": TWILIO_ACCOUNT})
    world.publish("sendgrid", {"webhookPublicKey": sendgrid_public()})
    world.publish("vapi", {"webhookSecret": SECRET})
    world.publish("meta", {"appSecret": SECRET, "verifyToken": "verify me"})
    world.publish("keitaro", {"postbackToken": TRACKER_TOKEN})
    world.publish("forms/landing", {"secret": SECRET})
    return world
