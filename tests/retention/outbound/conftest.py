"""An application that may tell a server on this machine."""

from collections.abc import Iterator

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.retention.outbound.receiver import Receiver, receiving
from tests.retention.outbound.team import Team, telling


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A team's own server."""
    with receiving() as server:
        yield server


@pytest.fixture
def team(app: Application, clock: ManualClock, receiver: Receiver) -> Team:
    """A team with that server, and an application that may reach it."""
    return Team(telling(app, clock, receiver), clock, receiver)
