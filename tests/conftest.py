"""What tests run against: one AWS stand-in a session, a fresh table a test, a clock that stands still."""

from collections.abc import Iterator
from itertools import count
from random import Random

import boto3
import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.config import Settings
from retention.ids import Ids
from retention.keyring import Keyring
from retention.table.layout import INDEXES
from tests import factories
from tests.api_client import ApiClient
from tests.offline import offline
from tests.start import START
from tools.stack.emulator import running_emulator

_tables = count()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of the AWS stand-in; clients find it by the environment, as they find AWS."""
    with running_emulator() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", url)
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield url


def create_table(name: str) -> None:
    """The table as template.yaml declares it (tests/house compares the two)."""
    attributes = ["pk", "sk", *(part for pk, sk, _ in INDEXES.values() for part in (pk, sk))]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, (pk, sk, _) in INDEXES.items()
        ],
    )


@pytest.fixture(autouse=True)
def _ids_of_the_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw ids by the name of the test: whatever they decide, such as a share or an arm, is the same each time."""
    drawn = Random(request.node.nodeid)
    monkeypatch.setattr(Ids.__init__, "__defaults__", (drawn.getrandbits,))
    # Beyond those of what is made while modules are loaded.
    monkeypatch.setattr(factories, "_numbers", count(10_000_001))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at START until a test moves it."""
    return ManualClock(START)


@pytest.fixture
def app(endpoint: str, clock: ManualClock) -> Application:
    """The application on a table of its own."""
    name = f"table-{next(_tables)}"
    create_table(name)
    configured = Settings(table_name=name, transfer_bucket=f"{name}-files", delete_settle_seconds=5)
    keyring = Keyring(lambda: "root secret of the tests")
    return build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))


@pytest.fixture
def bucket(app: Application) -> str:
    """The bucket that files pass through, for the tests that move some."""
    name = app.core.settings.transfer_bucket
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def api(app: Application) -> ApiClient:
    """The API with an admin key, in this process."""
    return ApiClient(app)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How hard the proofs try; the defaults keep the suite short."""
    parser.addoption(
        "--events",
        type=int,
        default=500,
        help="events of the random day; `make prove-figures` asks for 20,000",
    )
    parser.addoption(
        "--children",
        type=int,
        default=300,
        help="children of each kind in the delete tests; `make prove-deletes` asks for 10,000",
    )
    parser.addoption("--rounds", type=int, default=5, help="how often each race is run; `make prove-races` asks for 50")
    parser.addoption(
        "--years",
        type=int,
        default=1,
        help="years whose clock changes contact windows are checked against; `make prove-hours` asks for 12",
    )
