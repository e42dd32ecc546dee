"""The way in as a caller takes it: the authorizer function first, then the api function with what it found."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authorizer.app import lambda_handler
from retention.access.gate import install
from retention.access.verify import Verifier
from retention.bootstrap import Application
from tests.api_client import ApiClient

_EVENT = (Path(__file__).parents[1] / "events/authorizer/request.json").read_text()


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about its own invocation."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:function"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    milliseconds_left: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds_left


@dataclass(frozen=True)
class Door:
    """Asks the authorizer, and calls the API with its answer."""

    app: Application
    verifier: Verifier

    def answer(self, header: str | None) -> dict[str, Any]:
        """What the authorizer tells the gateway about a request with this Authorization header."""
        install(self.verifier)
        event = json.loads(_EVENT)
        del event["headers"]["authorization"]
        if header is not None:
            event["headers"]["authorization"] = header
        return lambda_handler(event, Context())  # type: ignore[arg-type]

    def with_header(self, header: str | None) -> ApiClient:
        """The API for whoever sends this header."""
        return ApiClient(self.app, context=self.answer(header)["context"])

    def with_key(self, key: str) -> ApiClient:
        """The API for the holder of a key."""
        return self.with_header(f"Bearer {key}")
