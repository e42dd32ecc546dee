"""An application with a place of its own for what the door knows, and what applies events to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.keyring import Keyring
from tests.offline import offline
from tests.retention.intake.graphserver import GraphServer, graph_serving


@pytest.fixture
def graph() -> Iterator[GraphServer]:
    """Meta, on this machine."""
    with graph_serving() as running:
        yield running


@pytest.fixture
def app(app: Application, clock: ManualClock, graph: GraphServer) -> Application:
    """The application, which may ask that Graph API and has its own documents in the secret store."""
    name = app.core.settings.table_name
    configured = replace(
        app.core.settings,
        integration_secrets_prefix=f"/{name}/integrations",
        webhook_keys_prefix=f"/{name}/webhooks",
        allowed_provider_urls=graph.url,
    )
    keyring = Keyring(lambda: "root secret of the tests")
    return build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))
