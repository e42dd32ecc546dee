"""The door stands before every report: what it does not need it does not load."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOAD = """
import sys, json
import webhooks.app
from webhooks.door import door
door()
loaded = list(sys.modules)
from webhooks.routes import BELOW, EXACT
for route in (*EXACT.values(), *BELOW.values()):
    route.handler()
print(json.dumps([loaded, list(sys.modules)]))
"""


def test_neither_table_nor_contracts_nor_a_verifier_are_loaded_before_somebody_calls() -> None:
    environment = {"PYTHONPATH": f"{ROOT}/layers/retention:{ROOT}/functions", "INBOUND_QUEUE_URL": "http://x/y"}
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True)

    first, last = (set(names) for names in json.loads(done.stdout))
    assert {name.split(".")[0] for name in first} & {"pynamodb", "pydantic", "cryptography", "boto3"} == set()
    assert not [name for name in first if name.startswith(("retention.receiving.verifying", "webhooks.routes."))]
    assert "retention.table" not in first
    # Also with all routes: there is no way from here to the table, and no use for contracts.
    assert not [name for name in last if name.startswith(("pynamodb", "retention.table", "retention.core", "pydantic"))]
