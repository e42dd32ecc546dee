"""An API that takes JSON under a bearer key, as SendGrid's and VAPI's do."""

import json
from typing import Any, NamedTuple

from retention.providers.connection import Deadline
from retention.providers.http import HttpClient, Reply


class KeyedApi(NamedTuple):
    """Such an API, with the key to it."""

    http: HttpClient
    base_url: str
    key: str

    def ask(
        self, method: str, target: str, deadline: Deadline, asked: dict[str, Any] | None = None, **limits: int
    ) -> Reply:
        """One request, once.

        Args:
            target: path and query.
            asked: what is sent with it, as JSON.
            limits: as `HttpClient.exchange` takes them.
        """
        headers = [("Authorization", f"Bearer {self.key}")]
        body = None
        if asked is not None:
            headers.append(("Content-Type", "application/json"))
            body = json.dumps(asked, separators=(",", ":")).encode()
        return self.http.exchange(method, self.base_url + target, deadline, headers=headers, body=body, **limits)
