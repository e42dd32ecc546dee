"""Having the figures recounted, over HTTP."""

from retention.bootstrap import Application
from retention.stats.contributing import ACCOUNT
from retention.stats.model import Tally
from retention.table.writes import Count
from tests.api_client import ApiClient

LEAD = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}


def test_a_recount_tells_what_was_wrong_and_is_right_now(api: ApiClient, app: Application) -> None:
    api.post("/v1/leads", LEAD)
    invented = Tally(scope=ACCOUNT, bucket="2026-02-17T03:00:00.000Z", spread_by="x")
    app.core.store.write(Count(invented, {"EMAIL:sent": 2}))

    reply = api.post("/v1/reports/recount")
    app.runner.run(reply.json["id"], lambda: True)

    assert (reply.status, reply.headers["Location"]) == (202, f"/v1/jobs/{reply.json['id']}")
    job = api.get(reply.headers["Location"]).json
    assert (job["status"], job["changed"], job["result"]["repairs"]) == ("succeeded", 1, 1)
    assert job["result"]["repaired"] == [
        {
            "scope": ACCOUNT,
            "at": "2026-02-17T03:00:00.000Z",
            "numbers": {"EMAIL:sent": {"kept": 2, "right": 0}},
        }
    ]
    again = api.post("/v1/reports/recount").json["id"]
    app.runner.run(again, lambda: True)
    assert api.get(f"/v1/jobs/{again}").json["result"]["repairs"] == 0
