"""A sandbox for each test, with somebody who receives its reports."""

from collections.abc import Iterator

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import Asking, Receiver, running_receiver
from tools.sandbox.running import Sandbox, running_sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def sandbox(clock: ManualClock, receiver: Receiver) -> Iterator[Sandbox]:
    """A sandbox whose records carry the time of the test's clock, and which is quick with its reports."""
    with running_sandbox(now=clock.now, webhooks=f"{receiver.url}/webhooks", speed=20) as running:
        yield running


@pytest.fixture
def ask(sandbox: Sandbox) -> Asking:
    return Asking(sandbox.url)
