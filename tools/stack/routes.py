"""Makes the routes of the HTTP API.

CloudFormation makes them from the `Body` of the API, which the stand-in ignores; so they are read from the translated
template's body and made one by one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.stack.aws import ACCOUNT, REGION, client
from tools.stack.template import Template

#: Type of the resource that carries the body.
API_TYPE = "AWS::ApiGatewayV2::Api"


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer, as the body describes it."""

    name: str
    function: str
    identity: tuple[str, ...]
    #: Seconds that an answer is kept for the same identity.
    ttl: int
    simple: bool


@dataclass(frozen=True)
class Route:
    """One route: its key, such as `GET /health`, its function's logical id and its authorizer's name, if it has one."""

    key: str
    function: str
    authorizer: str | None


def find_api(template: Template) -> tuple[str, dict[str, Any]]:
    """Logical id and body of the only HTTP API of a translated template.

    Raises:
        ValueError: there is not exactly one.
    """
    found = [(name, resource) for name, resource in template["Resources"].items() if resource["Type"] == API_TYPE]
    if len(found) != 1:
        raise ValueError(f"template.yaml has {len(found)} HTTP APIs, expected one")
    name, resource = found[0]
    return name, resource["Properties"]["Body"]


def authorizers(body: dict[str, Any]) -> Iterator[Authorizer]:
    """The Lambda authorizers of a body."""
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        settings = scheme.get("x-amazon-apigateway-authorizer", {})
        if settings.get("type") == "request":
            yield Authorizer(
                name=name,
                function=_function(settings["authorizerUri"]),
                identity=tuple(settings.get("identitySource", ())),
                ttl=int(settings.get("authorizerResultTtlInSeconds", 0)),
                simple=bool(settings.get("enableSimpleResponses")),
            )


def routes(body: dict[str, Any]) -> Iterator[Route]:
    """The routes of a body."""
    for path, operations in body["paths"].items():
        for verb, operation in operations.items():
            if not isinstance(operation, dict) or "x-amazon-apigateway-integration" not in operation:
                continue
            method = "ANY" if verb == "x-amazon-apigateway-any-method" else verb.upper()
            names = [name for requirement in operation.get("security", []) for name in requirement if name != "NONE"]
            yield Route(
                key="$default" if path in ("$default", "/$default") else f"{method} {path}",
                function=_function(operation["x-amazon-apigateway-integration"]["uri"]),
                authorizer=names[0] if names else None,
            )


def make_routes(endpoint: str, template: Template, physical: dict[str, str]) -> str:
    """Makes all routes afresh, so that none of an earlier template is left; returns the id of the API."""
    gateway = client("apigatewayv2", endpoint)
    logical, body = find_api(template)
    api = physical[logical]
    _remove_all(gateway, api)
    made = {
        wanted.name: gateway.create_authorizer(
            ApiId=api,
            Name=wanted.name,
            AuthorizerType="REQUEST",
            AuthorizerUri=_invocation(physical[wanted.function]),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=wanted.simple,
            IdentitySource=list(wanted.identity),
            AuthorizerResultTtlInSeconds=wanted.ttl,
        )["AuthorizerId"]
        for wanted in authorizers(body)
    }
    integrations: dict[str, str] = {}
    for route in routes(body):
        if route.function not in integrations:
            integrations[route.function] = gateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=_invocation(physical[route.function]),
                PayloadFormatVersion="2.0",
            )["IntegrationId"]
        guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": made[route.authorizer]} if route.authorizer else {}
        gateway.create_route(
            ApiId=api, RouteKey=route.key, Target=f"integrations/{integrations[route.function]}", **guard
        )
    return api


def _remove_all(gateway: Any, api: str) -> None:
    for route in gateway.get_routes(ApiId=api)["Items"]:
        gateway.delete_route(ApiId=api, RouteId=route["RouteId"])
    for integration in gateway.get_integrations(ApiId=api)["Items"]:
        gateway.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
    for authorizer in gateway.get_authorizers(ApiId=api)["Items"]:
        gateway.delete_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"])


def _function(reference: Any) -> str:
    """The logical id of the function that an invocation address, a CloudFormation expression, points at."""
    text = json.dumps(reference)
    found = re.search(r"\$\{(\w+)\.Arn\}", text) or re.search(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', text)
    if not found:
        raise ValueError(f"no function in {text}")
    return found[1]


def _invocation(function: str) -> str:
    """The address by which API Gateway calls a function."""
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
