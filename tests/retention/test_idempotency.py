"""Idempotency keys: one effect and one answer, through repeats, races and deaths."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import IdempotencyRunningError
from retention.leads.model import Lead
from tests.api_client import ApiClient
from tests.integrity import count
from tests.retention.deletion.test_rules import KilledError, dying

LEAD = {"firstName": "Ada", "lastName": "Lovelace"}


def post(api: ApiClient) -> Any:
    return api.post("/v1/leads", LEAD, idempotency_key="once")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_whoever_dies_where_ever_one_lead_comes_of_it(
    api: ApiClient, app: Application, clock: ManualClock, moment: str
) -> None:
    for at in range(1, 5):
        with dying(app, at, moment), pytest.raises(KilledError) if at < 3 else _maybe_killed():
            post(api)
        clock.advance(31)  # longer than a claim is held

        reply = post(api)

        assert reply.status == 201
        assert count(app, Lead) == 1
        assert post(api).json == reply.json
        assert api.delete(reply.headers["Location"]).status == 204
        clock.advance(25 * 3600)  # longer than an answer is kept


@contextmanager
def _maybe_killed() -> Iterator[None]:
    try:
        yield
    except KilledError:
        return


def test_of_many_at_once_one_has_an_effect_and_the_others_wait_or_get_its_answer(api: ApiClient) -> None:
    # Calls of the handler itself are one at a time, as in Lambda; what races is the table.
    app = api.app

    def begin(_: int) -> str:
        try:
            earlier = app.core.idempotency.begin("caller", "key", "print", lambda outcome: outcome)
        except IdempotencyRunningError:
            return "running"
        return "claimed" if earlier is None else "answered"

    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(begin, range(50)))

    assert outcomes.count("claimed") == 1
    assert set(outcomes) == {"claimed", "running"}


def test_a_refused_request_leaves_its_key_free(api: ApiClient) -> None:
    refused = api.post("/v1/contact-attempts", {"leadId": "nobody", "channel": "SMS"}, idempotency_key="once")
    lead = api.post("/v1/leads", LEAD).json["id"]

    accepted = api.post("/v1/contact-attempts", {"leadId": lead, "channel": "SMS"}, idempotency_key="once")

    assert (refused.status, accepted.status) == (422, 201)


def test_another_caller_may_use_the_same_key(api: ApiClient) -> None:
    first = post(api)
    other = post(ApiClient(api.app, key_id="somebody else"))

    assert first.json["id"] != other.json["id"]
