"""100,000 requests that nobody signed as they are: all are refused, and nothing of them is anywhere."""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path

import boto3
import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.functions.webhooks.calling import Outside
from tests.functions.webhooks.mutating import Chance, mutants, signed_by, spoiled_tokens

#: Requests of each round.
ROUND = 5_000
REFUSED = {400, 403, 404}
CASES = [
    *((caller, number) for caller in ("twilio-status", "twilio-inbound") for number in range(4)),
    *((caller, number) for caller in ("sendgrid", "vapi", "meta") for number in range(3)),
    *(("form", number) for number in range(2)),
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A hundred thousand lines say no more than one."""
    logger = logging.getLogger("service_undefined")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield
    logger.setLevel(level)


def nothing_is_anywhere(known: Outside, app: Application) -> bool:
    items = boto3.client("dynamodb").scan(TableName=app.core.settings.table_name)["Count"]
    return (known.messages(), known.objects(), items) == ([], [], 0)


@pytest.mark.parametrize(("caller", "number"), CASES)
def test_changed_requests_are_refused(
    known: Outside, app: Application, clock: ManualClock, caller: str, number: int
) -> None:
    for one in signed_by(caller, clock.now()):
        assert known.call("POST", one.path, one.body, one.headers, query=one.query).status < 300
    assert known.kept()

    answers: Counter[int] = Counter()
    for one in islice(mutants(caller, clock.now(), Chance(f"{caller} {number}")), ROUND):
        answer = known.call("POST", one.path, one.body, one.headers, query=one.query)
        assert answer.status in REFUSED, one
        answers[answer.status] += 1

    assert answers[403] > ROUND // 2
    assert nothing_is_anywhere(known, app)


def test_changed_addresses_are_refused(known: Outside, app: Application) -> None:
    for path, query in islice(spoiled_tokens(Chance("tokens")), ROUND):
        assert known.call("GET", path, query=query).status in REFUSED, path

    assert nothing_is_anywhere(known, app)
