"""Requests as verifiers see them."""

from retention.receiving.request import Request


def a_request(body: bytes = b"", query: str = "", path: str = "/", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, query, named, body, "192.0.2.1", "request-1")
