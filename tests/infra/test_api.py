"""The HTTP API: who may call what, how often, and what its log keeps."""

import json
from collections.abc import Iterator
from typing import Any

from tests.infra.expansion import properties, references, resources, source, text

#: The only operations that a stranger reaches. Each holds no data.
PUBLIC = {"GET /health", "GET /v1/openapi.json", "GET /v1/docs"}

#: Where callers prove themselves to the function behind, each its own way: by a signature, or by what the address says.
PROVED_BEHIND = {
    "ANY /webhooks/twilio/status",
    "ANY /webhooks/twilio/inbound",
    "ANY /webhooks/sendgrid",
    "ANY /webhooks/vapi",
    "ANY /webhooks/meta",
    "ANY /webhooks/inbound/{slug}",
    "ANY /postbacks/keitaro/{token}",
    "ANY /u/{token}",
    "ANY /r/{token}",
}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each route of the expanded API by its route key, with its operation."""
    for path, methods in properties("HttpApi")["Body"]["paths"].items():
        for method, operation in methods.items():
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield "$default" if operation.get("isDefaultRoute") else f"{verb} {path}", operation


def test_every_route_but_the_public_ones_asks_the_authorizer() -> None:
    asking = {route for route, operation in operations() if operation["security"] == [{"KeyOrToken": []}]}

    assert {route for route, _ in operations()} - asking == PUBLIC | PROVED_BEHIND


def test_whoever_proves_himself_behind_the_gateway_comes_to_the_function_without_a_table() -> None:
    behind = {
        route: set(references(operation["x-amazon-apigateway-integration"]["uri"])) for route, operation in operations()
    }

    assert {route for route, functions in behind.items() if "WebhooksFunction" in functions} == PROVED_BEHIND


def test_what_no_route_names_asks_the_authorizer_too() -> None:
    assert dict(operations())["$default"]["security"] == [{"KeyOrToken": []}]


def test_the_authorizer_hears_the_authorization_header_and_is_asked_again_within_a_minute() -> None:
    schemes = properties("HttpApi")["Body"]["components"]["securitySchemes"]

    authorizer = schemes["KeyOrToken"]["x-amazon-apigateway-authorizer"]

    assert list(schemes) == ["KeyOrToken"]
    assert authorizer["identitySource"] == ["$request.header.Authorization"]
    assert authorizer["authorizerResultTtlInSeconds"] == 60
    assert authorizer["enableSimpleResponses"] is True
    assert authorizer["authorizerPayloadFormatVersion"] == "2.0"
    assert set(references(authorizer["authorizerUri"])) >= {"AuthorizerFunction"}


def test_the_api_may_call_its_two_functions_and_nobody_else_may_call_the_authorizer() -> None:
    callers = [
        (text(permission["FunctionName"]), permission["Principal"], set(references(permission["SourceArn"])))
        for permission in resources("AWS::Lambda::Permission").values()
    ]

    authorizer = [caller for caller in callers if caller[0].startswith("${AuthorizerFunction")]
    api = [caller for caller in callers if caller[0].startswith("${ApiFunction")]
    assert len(authorizer) == 1
    assert len(api) >= 1
    for _, principal, sources in authorizer + api:
        assert principal == "apigateway.amazonaws.com"
        assert "HttpApi" in sources


def test_the_whole_api_is_throttled() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()

    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    for name in ("ThrottleRate", "ThrottleBurst"):
        assert source()["Parameters"][name]["MinValue"] >= 1


def test_strangers_get_less_than_callers() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()

    assert set(stage["RouteSettings"]) == PUBLIC | {"ANY /webhooks/inbound/{slug}"}
    for settings in stage["RouteSettings"].values():
        assert 0 < settings["ThrottlingRateLimit"] < source()["Parameters"]["ThrottleRate"]["Default"]
        assert 0 < settings["ThrottlingBurstLimit"] < source()["Parameters"]["ThrottleBurst"]["Default"]


def test_every_access_is_logged_as_json_without_addresses_that_carry_secrets() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()

    logged = json.loads(stage["AccessLogSettings"]["Format"])

    assert text(stage["AccessLogSettings"]["DestinationArn"]) == "${AccessLogGroup.Arn}"
    assert {"$context.requestId", "$context.routeKey", "$context.status"} <= set(logged.values())
    for telling in ("$context.path", "$context.authorizer.key", "querystring", "$request", "$context.protocol"):
        assert telling not in stage["AccessLogSettings"]["Format"]


def test_paths_carry_no_stage_prefix() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()

    assert stage["StageName"] == "$default"
