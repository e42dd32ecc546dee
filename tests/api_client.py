"""Calls the api function in this process, with the events that API Gateway would send (payload format 2.0)."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from api.app import lambda_handler
from retention.bootstrap import Application, install


@dataclass(frozen=True)
class Reply:
    """An answer, its body read as JSON where it is JSON."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about its own invocation."""

    function_name: str = "api"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:api"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 15_000


@dataclass(frozen=True)
class ApiClient:
    """An HTTP client of the API; `scopes` and `failure` stand for what the authorizer found."""

    app: Application
    scopes: str = "admin"
    failure: str | None = None
    key_id: str = "test"
    headers: dict[str, str] = field(default_factory=dict)
    #: The whole of what the authorizer found, instead of the three above.
    context: dict[str, str] | None = None

    def __call__(
        self, method: str, target: str, body: Any = None, *, raw: str | None = None, query: Any = None, **headers: str
    ) -> Reply:
        """Send a request. Header names are given with underscores, as in `if_match='"..."'`."""
        install(self.app)
        split = urlsplit(target)
        text = raw if raw is not None else (None if body is None else json.dumps(body))
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if text is not None:
            sent.setdefault("content-type", "application/json")
        found = {"failure": self.failure} if self.failure else {"keyId": self.key_id, "scopes": self.scopes}
        found = found if self.context is None else self.context
        event = {
            "version": "2.0",
            "routeKey": "ANY /v1/{proxy+}",
            "rawPath": split.path,
            "rawQueryString": urlencode(query) if query else split.query,
            "headers": sent,
            "requestContext": {
                "http": {"method": method, "path": split.path, "sourceIp": "127.0.0.1"},
                "stage": "$default",
                "requestId": "request",
                "authorizer": {"lambda": found},
            },
            "body": text,
            "isBase64Encoded": False,
        }
        answer = lambda_handler(event, Context())  # type: ignore[arg-type]
        return Reply(answer["statusCode"], answer.get("headers") or {}, answer.get("body") or "")

    def get(self, target: str, **more: Any) -> Reply:
        """GET."""
        return self("GET", target, **more)

    def post(self, target: str, body: Any = None, **more: Any) -> Reply:
        """POST."""
        return self("POST", target, body, **more)

    def put(self, target: str, body: Any = None, **more: Any) -> Reply:
        """PUT."""
        return self("PUT", target, body, **more)

    def patch(self, target: str, body: Any = None, **more: Any) -> Reply:
        """PATCH."""
        return self("PATCH", target, body, **more)

    def delete(self, target: str, **more: Any) -> Reply:
        """DELETE."""
        return self("DELETE", target, **more)
