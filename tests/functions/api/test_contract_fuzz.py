"""Requests made from the OpenAPI document: whatever comes, the answer is one that the document names.

The same fuzzer runs for long against the running application: `make fuzz`.
"""

from collections.abc import Iterator

import pytest

from api.routes import ALL
from retention.bootstrap import Application
from tests.gateway import Gateway, serving
from tools.fuzz.run import fuzz

#: Requests an operation; there are more than a hundred operations.
EXAMPLES = 8
KEY = "a-key"


@pytest.fixture
def url(app: Application, bucket: str) -> Iterator[str]:
    """The API behind its gateway, over HTTP."""

    def authorize(header: str) -> dict[str, str]:
        if header == f"Bearer {KEY}":
            return {"keyId": "fuzzer", "scopes": "admin"}
        return {"failure": "This key is not known."}

    with serving(Gateway(app, authorize)) as address:
        yield address


def test_no_request_is_answered_outside_the_document(url: str) -> None:
    # The coverage phase alone would send thousands; the long run goes through it.
    report = fuzz(url, KEY, examples=EXAMPLES, first=("fuzzing",))

    assert report.passed, str(report)
    everything = {f"{operation.method} {operation.path}" for operation in ALL}
    assert everything - set(report.operations) <= {"GET /v1/openapi.json"}  # The fuzzer reads it to begin with.
