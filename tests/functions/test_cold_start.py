"""What a function does not need it does not load. Door and authorizer, who come first, have stricter tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Loaded with the first request or message that needs them, if any does.
LATE = {"boto3", "cryptography", "email_validator", "jwt", "liquid", "phonenumbers"}


@pytest.mark.parametrize(
    ("function", "more"),
    [
        # Powertools' router and its batch processor would bring asyncio: 30 ms.
        ("api", {"asyncio"}),
        ("jobs", {"asyncio"}),
        ("inbound", {"asyncio"}),
        ("worker", {"asyncio"}),
        ("dispatcher", {"asyncio", "pydantic"}),
    ],
)
def test_a_function_loads_what_it_needs(function: str, more: set[str]) -> None:
    environment = {"PYTHONPATH": f"{ROOT}/layers/retention:{ROOT}/functions", "TABLE_NAME": "any"}
    load = f"import sys, {function}.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], env=environment, capture_output=True, text=True, check=True)

    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & (LATE | more) == set()
    assert "retention" in loaded
