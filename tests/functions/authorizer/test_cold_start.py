"""The authorizer stands before every first request: what it does not need it does not load."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOAD = "import sys, authorizer.app; from retention.access.gate import verifier; verifier(); print(*sys.modules)"


def test_with_api_keys_alone_no_cryptography_and_no_other_service_is_loaded() -> None:
    environment = {"PYTHONPATH": f"{ROOT}/layers/retention:{ROOT}/functions", "TABLE_NAME": "any"}
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True)

    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & {"jwt", "cryptography", "boto3", "phonenumbers", "email_validator"} == set()
    assert {name for name in done.stdout.split() if name.startswith("retention.")} >= {"retention.access.verify"}
    assert "retention.bootstrap" not in done.stdout.split()
