"""Which operation a request is for."""

from typing import Any

import pytest

from api.answer import shown
from api.operation import Operation, Request
from api.router import Router


def operation(method: Any, path: str) -> Operation:
    def handler(_: Request[Any, Any]) -> None: ...

    return Operation(method, path, handler, shown, "", (), "")


ROUTER = Router(
    [
        operation("GET", "/v1/leads"),
        operation("POST", "/v1/leads"),
        operation("GET", "/v1/leads/{id}"),
        operation("DELETE", "/v1/leads/{id}"),
        operation("PUT", "/v1/leads/{id}/steps/{step_id}"),
        operation("PUT", "/v1/leads/{id}/steps/order"),
        operation("POST", "/v1/leads/bulk"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/v1/leads", ("/v1/leads", {})),
        ("GET", "/v1/leads/a.b_c-1", ("/v1/leads/{id}", {"id": "a.b_c-1"})),
        ("GET", "/v1/leads/é %2F", ("/v1/leads/{id}", {"id": "é %2F"})),
        ("GET", "/v1/leads/{id}", ("/v1/leads/{id}", {"id": "{id}"})),
        ("PUT", "/v1/leads/a/steps/b", ("/v1/leads/{id}/steps/{step_id}", {"id": "a", "step_id": "b"})),
        ("PUT", "/v1/leads/a/steps/order", ("/v1/leads/{id}/steps/order", {"id": "a"})),
        ("POST", "/v1/leads/bulk", ("/v1/leads/bulk", {})),
        ("GET", "/v1/leads/bulk", ("/v1/leads/{id}", {"id": "bulk"})),
    ],
)
def test_an_operation_is_found_with_its_parameters(method: str, path: str, found: tuple[str, dict[str, str]]) -> None:
    there = ROUTER.find(method, path)

    assert there is not None
    assert (there.operation.method, there.operation.path, there.path) == (method, *found)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/v1/leads"),
        ("get", "/v1/leads"),
        ("GET", "/v1/lead"),
        ("GET", "/v1/leads/"),
        ("GET", "/v1/leads/a/b"),
        ("GET", "v1/leads"),
        ("GET", "//v1/leads"),
        ("GET", "/V1/leads"),
        ("GET", "/v1/leads\n"),
        ("GET", ""),
        # What no id holds.
        ("GET", "/v1/leads/a#b"),
        ("GET", '/v1/leads/"a"'),
        ("GET", "/v1/leads/a\x00b"),
        ("GET", "/v1/leads/a\nb"),
        ("GET", "/v1/leads/\ud800"),
        ("PUT", "/v1/leads/a/steps/"),
    ],
)
def test_nothing_is_found_at_another_path(method: str, path: str) -> None:
    assert ROUTER.find(method, path) is None


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/leads", ["GET", "POST"]),
        ("/v1/leads/a", ["DELETE", "GET"]),
        ("/v1/leads/a#b", ["DELETE", "GET"]),
        ("/v1/leads/bulk", ["POST"]),
        ("/v1/leads/", []),
        ("/v1/lead", []),
    ],
)
def test_the_methods_of_a_path_are_those_of_the_path_that_was_meant(path: str, methods: list[str]) -> None:
    assert ROUTER.methods(path) == methods
