"""What templates are filled in with here. Nothing of it asks AWS."""

import pytest

from retention.bootstrap import build
from retention.clock import ManualClock
from retention.config import Settings
from retention.core import Core
from retention.keyring import Keyring
from tests.retention.templates.words import BASE


@pytest.fixture
def core(clock: ManualClock) -> Core:
    """The parts that services share, in a stack that has a public address."""
    keyring = Keyring(lambda: "root secret of the tests")
    return build(Settings(table_name="none", public_base_url=BASE), clock=clock, keyring=keyring).core
