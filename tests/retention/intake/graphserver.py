"""A Graph API on the loopback: it knows some leads, refuses as it is told, and remembers how it was asked."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse

from tests.gateway import serving

TOKEN = "page-token-one"


class GraphServer:
    """What it knows, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.leads: dict[str, dict[str, Any]] = {}
        #: Answers that are given instead, one request each: status, error code (None: no JSON at all), headers.
        self.refusals: list[tuple[int, int | None, dict[str, str]]] = []
        #: Path and query of each request, and its Authorization header.
        self.asked: list[tuple[str, str]] = []
        self.version = "v26.0"

    def add(self, leadgen_id: str, **answers: str) -> None:
        """A lead that somebody left in a form."""
        data = [{"name": name, "values": [value]} for name, value in answers.items()]
        self.leads[leadgen_id] = {"id": leadgen_id, "created_time": "2026-02-18T11:59:00+0000", "field_data": data}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self.asked.append((environ["RAW_URI"], environ.get("HTTP_AUTHORIZATION", "")))
        status, headers, body = self._answer(environ)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"facebook-api-version": self.version, **headers, "Content-Length": str(len(text))}
        start_response(f"{status} .", list(named.items()))
        return [text]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        if self.refusals:
            status, code, headers = self.refusals.pop(0)
            return status, headers, b"<html>" if code is None else {"error": {"message": "no", "code": code}}
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {TOKEN}":
            return 400, {}, {"error": {"message": "bad token", "code": 190}}
        _, version, leadgen_id = environ["PATH_INFO"].split("/")
        if leadgen_id not in self.leads or version != "v26.0":
            return 400, {}, {"error": {"message": "no such object", "code": 100, "error_subcode": 33}}
        fields = environ["QUERY_STRING"].removeprefix("fields=").split(",")
        return 200, {}, {name: value for name, value in self.leads[leadgen_id].items() if name in fields}


@contextmanager
def graph_serving() -> Iterator[GraphServer]:
    """The server for as long as it is needed."""
    server = GraphServer()
    with serving(server) as server.url:
        yield server
