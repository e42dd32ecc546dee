"""Every route asks who is calling: nobody, somebody refused, somebody without the scope, somebody with it."""

import json
import re

import boto3
import pytest

from api.operation import Operation
from api.routes import ALL
from retention.access.scopes import SCOPES
from retention.bootstrap import Application
from tests.api_client import ApiClient, Reply

GUARDED = [operation for operation in ALL if operation.scopes]
#: What stands for any path parameter.
NAME = "0"


def call(client: ApiClient, operation: Operation) -> Reply:
    """The shortest request that reaches a route."""
    path = re.sub(r"\{\w+\}", NAME, operation.path)
    return client(operation.method, path, {} if operation.body is not None else None)


def everything_in_the_table(app: Application) -> str:
    return json.dumps(boto3.client("dynamodb").scan(TableName=app.core.settings.table_name)["Items"], sort_keys=True)


def test_only_the_documents_need_no_key() -> None:
    open_to_all = {f"{operation.method} {operation.path}" for operation in ALL if not operation.scopes}

    assert open_to_all == {"GET /health", "GET /v1/openapi.json", "GET /v1/docs"}


def test_every_scope_that_a_route_needs_can_be_given_to_a_key() -> None:
    assert {scope for operation in GUARDED for scope in operation.scopes} <= set(SCOPES)


def test_reading_and_changing_need_different_scopes() -> None:
    for operation in GUARDED:
        if "admin" not in operation.scopes:
            reading = {scope.endswith(":read") for scope in operation.scopes}
            assert reading == {operation.method == "GET"}, operation.id


@pytest.mark.parametrize(
    ("context", "status"),
    [
        ({}, 401),
        ({"failure": "This API key has expired."}, 401),
        ({"failure": "No.", "keyId": "somebody", "scopes": "admin"}, 401),
        ({"scopes": "admin"}, 401),
        ({"keyId": "", "scopes": "admin"}, 401),
        ({"keyId": "somebody"}, 403),
        ({"keyId": "somebody", "scopes": ""}, 403),
        ({"keyId": "somebody", "scopes": "ADMIN admin:read leads leads:* *"}, 403),
    ],
)
def test_who_may_not_call_a_route_is_refused_and_nothing_is_written(
    app: Application, context: dict[str, str], status: int
) -> None:
    ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"})
    before = everything_in_the_table(app)
    stranger = ApiClient(app, context=context, headers={"idempotency-key": "one"})

    answers = {operation.id: call(stranger, operation).status for operation in GUARDED}

    assert set(answers.values()) == {status}, answers
    assert everything_in_the_table(app) == before


def test_all_other_scopes_together_do_not_open_a_route(app: Application) -> None:
    before = everything_in_the_table(app)

    for operation in GUARDED:
        for needed in operation.scopes:
            others = " ".join(scope for scope in SCOPES if scope not in (needed, "admin"))
            reply = call(ApiClient(app, scopes=others), operation)
            assert (reply.status, reply.json["code"]) == (403, "forbidden"), operation.id
            assert needed in reply.json["detail"]

    assert everything_in_the_table(app) == before


def test_the_scopes_of_a_route_open_it(app: Application) -> None:
    shut = []
    for operation in GUARDED:
        for scopes in (" ".join(operation.scopes), "admin"):
            if call(ApiClient(app, scopes=scopes), operation).status in (401, 403):
                shut.append((operation.id, scopes))

    assert shut == []


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/leads/0/nothing", "/", "/v2/leads"])
def test_strangers_do_not_even_learn_which_routes_there_are(app: Application, path: str) -> None:
    assert ApiClient(app, context={}).get(path).status == 401
    assert ApiClient(app, scopes="leads:read").get(path).status == 404
