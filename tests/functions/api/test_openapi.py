"""The documents: the OpenAPI description, the page made from it, and the sign of life."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from api import openapi
from api.conventions import TAGS
from api.examples import value_of
from api.operation import Operation
from api.routes import ALL
from retention import jsontext
from tests.api_client import ApiClient


@pytest.fixture(scope="module")
def document() -> Any:
    """The document as a client reads it."""
    return json.loads(jsontext.dumps(openapi.document()))


@pytest.fixture
def nobody(api: ApiClient) -> ApiClient:
    """A stranger without a key."""
    return ApiClient(api.app, failure="There is no key.")


def test_strangers_may_read_the_documents_and_nothing_else(nobody: ApiClient) -> None:
    public = {operation.path for operation in ALL if not operation.scopes}

    assert public == {"/health", "/v1/openapi.json", "/v1/docs"}
    assert {nobody.get(path).status for path in public} == {200}
    assert nobody.post("/v1/openapi.json").status == 401


def test_the_document_is_served(nobody: ApiClient, document: Any) -> None:
    reply = nobody.get("/v1/openapi.json")

    assert (reply.status, reply.json) == (200, document)


def test_the_service_says_that_it_is_there(nobody: ApiClient) -> None:
    reply = nobody.get("/health")

    assert reply.json["status"] == "ok"
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_document_is_valid_openapi(document: Any) -> None:
    schemathesis.openapi.from_dict(document).validate()

    for schema in document["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema)


def test_every_route_is_described_once(document: Any) -> None:
    described = [(method.upper(), path) for path, operations in document["paths"].items() for method in operations]

    assert sorted(described) == sorted((operation.method, operation.path) for operation in ALL)
    assert len({operation.id for operation in ALL}) == len(ALL)


def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in _references(document):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_component_is_used_by_an_operation(document: Any) -> None:
    used = set(_references(document))

    for kind in ("schemas", "responses", "parameters", "headers"):
        assert {f"#/components/{kind}/{name}" for name in document["components"][kind]} <= used


def test_every_group_of_routes_says_what_it_is_about(document: Any) -> None:
    assert {tag["name"] for tag in document["tags"]} == {operation.tag for operation in ALL}
    assert all(tag["description"] == TAGS[tag["name"]] for tag in document["tags"])


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.id)
def test_an_operation_tells_all_that_a_client_needs(document: Any, operation: Operation) -> None:
    described = document["paths"][operation.path][operation.method.lower()]

    assert described["summary"]
    assert all(f"`{scope}`" in described["description"] for scope in operation.scopes)
    assert bool(described["security"]) == bool(operation.scopes)
    assert any(status.startswith("2") for status in described["responses"]) or "501" in described["responses"]
    names = {parameter.get("name") or parameter["$ref"].rsplit("/", 1)[-1] for parameter in described["parameters"]}
    assert set(re.findall(r"{(\w+)}", operation.path)) <= names
    assert ("IdempotencyKey" in names) == (operation.method != "GET")


def test_no_field_of_ours_alone_is_described(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert not {"revision", "deleting", "expiresAt", "hash"} & set(schema.get("properties", ())), name


def test_every_field_is_described_in_words(document: Any) -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        if not name.startswith("Problem")
        for field, part in schema.get("properties", {}).items()
        if not part.get("description") and field not in {"pointer", "code", "detail", "message", "results"}
    ]

    assert silent == []


def test_a_patch_requires_nothing_sets_no_defaults_and_clears_optional_fields_only(document: Any) -> None:
    patch = document["components"]["schemas"]["LeadInputPatch"]

    assert "required" not in patch
    assert not any("default" in part for part in patch["properties"].values())
    assert patch["properties"]["notes"]["type"] == ["string", "null"]
    assert patch["properties"]["firstName"]["type"] == "string"
    assert patch["properties"]["status"]["type"] == "string"


def test_an_answer_has_all_its_fields(document: Any) -> None:
    shown = document["components"]["schemas"]["LeadView"]

    assert sorted(shown["required"]) == sorted(shown["properties"])


def test_the_page_loads_nothing_and_runs_under_its_own_policy(nobody: ApiClient) -> None:
    reply = nobody.get("/v1/docs")

    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", reply.text, re.DOTALL)
        assert b64encode(sha256(inside.encode()).digest()).decode() in policy
    assert not re.findall(r'(?:src|href)="(?!#|openapi\.json)', reply.text)
    assert not re.findall(r"\sstyle=|\son\w+=", re.sub(r"<script>.*?</script>", "", reply.text, flags=re.DOTALL))


def test_the_page_shows_every_operation_and_every_schema_once(api: ApiClient, document: Any) -> None:
    page = api.get("/v1/docs").text

    places = re.findall(r'id="([^"]+)"', page)
    assert len(set(places)) == len(places)
    assert {operation.id for operation in ALL} <= set(places)
    assert set(document["components"]["schemas"]) <= set(places)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


def test_the_examples_of_the_page_are_accepted_by_their_own_schemas(document: Any) -> None:
    components = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                example = value_of(content["schema"], components, "")
                schema = {**content["schema"], "components": document["components"]}
                assert [
                    error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(example)
                ] == []


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)
