"""The receivers that the documentation shows believe what we sign, and nothing else."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from retention.outbound.signing import new_secret, signed_headers
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "outbound.md").read_text(encoding="utf-8")
OLD, NEW, OTHER = (new_secret(bytes([number]) * 32) for number in range(3))
AT = datetime(2026, 2, 18, 12, tzinfo=UTC)
BODY = '{"type":"lead.created","data":{"name":"Zoë"}}'.encode()
HEADERS = dict(signed_headers("abc", AT, BODY, [NEW, OLD]))

#: Headers, body, secret, seconds since it was sent; whether it is to be believed.
CASES: list[tuple[Mapping[str, str], bytes, str, int, bool]] = [
    (HEADERS, BODY, NEW, 0, True),
    (HEADERS, BODY, OLD, 299, True),
    (HEADERS, BODY, OTHER, 0, False),
    (HEADERS, BODY + b" ", NEW, 0, False),
    (HEADERS, BODY, NEW, 301, False),
    ({**HEADERS, "webhook-id": "abd"}, BODY, NEW, 0, False),
    ({**HEADERS, "webhook-timestamp": str(int(AT.timestamp()) + 1)}, BODY, NEW, 0, False),
    ({**HEADERS, "webhook-signature": "v1,"}, BODY, NEW, 0, False),
    ({**HEADERS, "webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v2,")}, BODY, NEW, 0, False),
]


def snippet(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_receiver_in_python() -> None:
    space: dict[str, Any] = {}
    exec(snippet("python"), space)

    for headers, body, secret, late, believed in CASES:
        assert space["is_genuine"](headers, body, secret, AT.timestamp() + late) is believed


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_the_receiver_in_node() -> None:
    cases = [[headers, body.decode(), secret, AT.timestamp() + late] for headers, body, secret, late, _ in CASES]
    program = snippet("js") + (
        f"const cases = {json.dumps(cases)};"
        "console.log(JSON.stringify(cases.map(([h, b, s, n]) => isGenuine(h, Buffer.from(b), s, n))));"
    )

    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [believed for *_, believed in CASES]
