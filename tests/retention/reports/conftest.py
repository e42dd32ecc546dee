"""What tests of reports share."""

import pytest

from retention.bootstrap import Application
from retention.engine import slots
from tests.retention.reports.sends import Sent, sent


@pytest.fixture
def call(app: Application) -> Sent:
    """A call that VAPI has taken; it holds a place."""
    made = sent(app, "CALL")
    slots.take(app.core, "vapi", made.id, places=10, lease_seconds=900)
    return made
