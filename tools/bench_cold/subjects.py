"""What is measured: for each function its import, its set-up and its first event, and the floor beside them."""

import json
from dataclasses import dataclass
from typing import Any

from tools.bench_cold.layout import ROOT

#: The set-up that any function has once: what it keeps between events, the client of the table included. A function
#: that puts its parts together on its first event does so by one of these names.
SET_UP = """
import sys
for name in ("application", "verifier", "dispatcher", "worker", "applier", "door"):
    if hasattr(module, name):
        getattr(module, name)()
items = sys.modules.get("retention.table.items")
if items is not None and items.TableItem._connection is not None:
    items.TableItem._connection.connection.client
"""

#: One event, answered. `status` is what the answer says of itself.
FIRST_EVENT = """
class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"
    def get_remaining_time_in_millis(self):
        return 15000
answer = module.lambda_handler(event, Context())
status = answer.get("statusCode", answer) if isinstance(answer, dict) else answer
"""

FLOOR = {
    "import": "from pynamodb.attributes import UnicodeAttribute\nfrom pynamodb.models import Model",
    "set-up": """
class Item(Model):
    class Meta:
        table_name = "table"
        region = "us-east-1"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
connection = Item._get_connection().connection
connection.client
""",
    "first event": """
key = {"pk": {"S": "a"}, "sk": {"S": "a"}}
status = "Item" in connection.dispatch("GetItem", {"TableName": "table", "Key": key}) or "nothing found"
""",
}


@dataclass(frozen=True)
class Subject:
    """One thing to measure."""

    name: str
    code: dict[str, str]
    event: Any = None
    handler: str = ""
    #: Most that import and set-up may cost, as a ratio to the floor of the same run. None: no budget.
    budget: float | None = None


def _function(name: str, budget: float, event: Any) -> Subject:
    code = {"import": f"import {name}.app as module", "set-up": SET_UP, "first event": FIRST_EVENT}
    return Subject(name, code, event, f"{name}.app.lambda_handler", budget)


def _sample(name: str) -> Any:
    return json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))


def _http(path: str, query: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/v1/leads",
        "identitySource": ["Bearer rk_unknown_" + "a" * 43],
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"authorization": "Bearer rk_unknown_" + "a" * 43, "host": "api.example.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "authorizer": {"lambda": {"keyId": "bench", "scopes": "admin"}},
            "domainName": "api.example.com",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
            "requestId": "bench",
            "routeKey": "ANY /v1/{proxy+}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "isBase64Encoded": False,
    }


def subjects() -> list[Subject]:
    """The floor, and every function that exists in this tree."""
    functions = [
        _function("api", 2.5, _http("/v1/leads", "limit=1")),
        _function("authorizer", 1.5, _http("/v1/leads", "")),
        _function("dispatcher", 1.2, _sample("schedule/tick.json")),
        _function("worker", 1.5, _sample("queue/steps.json")),
        _function("jobs", 2.5, _sample("queue/job.json")),
        _function("inbound", 2.5, _sample("queue/inbound.json")),
        _function("webhooks", 1.3, _sample("webhooks/twilio_status.json")),
    ]
    present = [function for function in functions if (ROOT / "functions" / function.name / "app.py").exists()]
    return [Subject("floor", FLOOR), *present]
