"""A stack with buckets and queues of its own, and providers to ask."""

from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.config import Settings
from retention.integrations.providers import HOSTS, allowed_urls
from retention.keyring import Keyring
from retention.providers.destination import Destinations
from retention.providers.http import HttpClient
from tests.api_client import ApiClient
from tests.conftest import create_table
from tests.functions.queue import new_queue
from tests.offline import offline
from tools.sandbox.running import Sandbox, running_sandbox


@pytest.fixture
def estate(app: Application, clock: ManualClock) -> Application:
    """The application with everything that a stack keeps data in."""
    name = app.core.settings.table_name
    settings = replace(
        app.core.settings,
        inbox_bucket=f"{name}-inbox",
        inbound_queue_url=new_queue(),
        inbound_dead_letter_queue_url=new_queue(),
    )
    for bucket in (settings.inbox_bucket, settings.transfer_bucket):
        boto3.client("s3").create_bucket(Bucket=bucket)
    keyring = Keyring(lambda: "root secret of the tests")
    return build(settings, clock=clock, keyring=keyring, http=offline(settings, clock))


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    """Providers on this machine."""
    with running_sandbox(now=clock.now) as running:
        yield running


@pytest.fixture
def desk(endpoint: str, clock: ManualClock, sandbox: Sandbox) -> Iterator[Application]:
    """The application with its integrations set up for them."""
    name = f"erasing-{new_queue().rsplit('/', 1)[-1]}"
    create_table(name)
    settings = Settings(
        table_name=name,
        delete_settle_seconds=5,
        allowed_provider_urls=sandbox.url,
        integration_secrets_prefix=f"/{name}",
    )
    http = HttpClient(clock, Destinations(HOSTS, allowed_urls(settings)))
    app = build(settings, clock=clock, keyring=Keyring(lambda: "root secret of the tests"), http=http)
    api = ApiClient(app)
    for provider, given in sandbox.integrations().items():
        if provider in ("twilio", "sendgrid", "vapi"):
            assert api.put(f"/v1/integrations/{provider}", given).status in (200, 201)
    yield app
    http.close()
