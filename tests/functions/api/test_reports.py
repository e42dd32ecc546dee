"""/v1/reports, and the figures of a sequence and a campaign."""

from dataclasses import replace
from typing import Any

import pytest

from retention.bootstrap import Application
from tests import factories
from tests.api_client import ApiClient
from tests.start import START

REPORTS = ("overview", "channels", "campaigns", "sequences", "funnel", "timeline", "heatmap")


@pytest.mark.parametrize("name", REPORTS)
def test_an_empty_account_has_every_report(api: ApiClient, name: str) -> None:
    reply = api.get(f"/v1/reports/{name}")

    assert reply.status == 200
    assert reply.headers["Cache-Control"].startswith("private, max-age=")
    if name not in ("campaigns", "sequences"):
        assert (reply.json["from"], reply.json["to"], reply.json["timeZone"]) == ("2026-01-20", "2026-02-18", "UTC")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("from=2026-02-30", "/query/from", "not_a_day"),
        ("from=20260201", "/query/from", "not_a_day"),
        ("from=1770000000", "/query/from", "not_a_day"),
        ("to=1999-12-31", "/query/to", "day_out_of_range"),
        ("from=2026-02-02&to=2026-02-01", "/query/to", "before_from"),
        ("from=2024-01-01&to=2026-02-01", "/query/from", "too_many_days"),
        ("timeZone=Mars/Olympus", "/query/timeZone", "unknown_time_zone"),
        ("days=3", "/query/days", "unknown_parameter"),
    ],
)
def test_days_that_make_no_sense_are_refused(api: ApiClient, query: str, pointer: str, code: str) -> None:
    for name in REPORTS:
        reply = api.get(f"/v1/reports/{name}?{query}")
        assert (reply.status, [(one["pointer"], one["code"]) for one in reply.json["errors"]]) == (
            400,
            [(pointer, code)],
        )


def test_today_is_in_the_timeline(api: ApiClient) -> None:
    api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"})

    *_, yesterday, today = api.get("/v1/reports/timeline").json["data"]

    assert (today["day"], today["leads"]) == ("2026-02-18", 1)
    assert (yesterday["day"], yesterday["leads"]) == ("2026-02-17", 0)


def test_days_are_those_of_the_zone_that_is_named(api: ApiClient) -> None:
    api.post("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace"})

    days = api.get("/v1/reports/timeline?from=2026-02-17&to=2026-02-19&timeZone=Pacific/Kiritimati").json["data"]

    # Noon in UTC is two in the morning there, of the next day.
    assert [row["leads"] for row in days] == [0, 0, 1]


def test_days_are_those_of_the_account_otherwise(app: Application) -> None:
    core = replace(app.core, settings=replace(app.core.settings, default_time_zone="Asia/Kathmandu"))
    assert ApiClient(replace(app, core=core)).get("/v1/reports/funnel").json["timeZone"] == "Asia/Kathmandu"


def test_the_funnel_is_of_leads_and_cumulative(api: ApiClient, app: Application) -> None:
    statuses = ["NEW", "NEW", "NEW", "CONTACTED", "CONTACTED", "IN_PROGRESS", "CONVERTED", "LOST"]
    leads = [factories.a_lead(status=status) for status in statuses]
    # However often they are contacted.
    attempts = [factories.an_attempt(leads[-2], sent_at=START) for _ in range(9)]
    factories.load(app, [*leads, *attempts])

    report = api.get("/v1/reports/funnel").json

    assert [(row["stage"], row["leads"], row["ofAll"], row["ofPrevious"]) for row in report["data"]] == [
        ("came", 8, 1, None),
        ("contacted", 4, 0.5, 0.5),
        ("engaged", 2, 0.25, 0.5),
        ("converted", 1, 0.125, 0.5),
    ]
    assert report["lost"] == 1


def test_the_heatmap_may_be_of_one_channel(api: ApiClient, app: Application) -> None:
    lead = factories.a_lead()
    told = {"replied": {"at": "2026-02-18T13:00:00.000Z", "facts": {}}}
    text = factories.an_attempt(lead, channel="SMS", sent_at=START, local_hour="214", told=told)
    mail = factories.an_attempt(lead, channel="EMAIL", sent_at=START, local_hour="214")
    factories.load(app, [lead, text, mail])

    def at_two_on_wednesday(query: str) -> Any:
        rows = api.get(f"/v1/reports/heatmap{query}").json["data"]
        assert len(rows) == 168
        return next(row for row in rows if (row["weekday"], row["hour"]) == ("WED", 14))

    assert (at_two_on_wednesday("")["sent"], at_two_on_wednesday("")["rates"]["replied"]) == (2, 1)
    assert at_two_on_wednesday("?channel=SMS")["rates"]["replied"] == 1
    assert at_two_on_wednesday("?channel=CALL")["rates"]["replied"] is None


def test_campaigns_come_in_pages(api: ApiClient) -> None:
    made = [api.post("/v1/campaigns", {"name": f"Campaign {number}"}).json["id"] for number in range(3)]

    first = api.get("/v1/reports/campaigns?limit=2&from=2026-02-01").json
    rest = api.get(
        "/v1/reports/campaigns", query={"limit": 2, "from": "2026-02-01", "cursor": first["nextCursor"]}
    ).json

    assert sorted(row["campaignId"] for row in [*first["data"], *rest["data"]]) == sorted(made)
    assert rest["nextCursor"] is None


def test_what_does_not_exist_has_no_figures(api: ApiClient) -> None:
    assert api.get("/v1/sequences/nobody/stats").status == 404
    assert api.get("/v1/campaigns/nobody/stats").status == 404


def test_a_sequence_that_has_sent_nothing_has_all_its_steps(api: ApiClient) -> None:
    made = api.post("/v1/sequences", {"name": "Win back", "steps": [{"channel": "SMS"}, {"channel": "CALL"}]}).json

    stats = api.get(f"/v1/sequences/{made['id']}/stats").json

    assert [(row["stepOrder"], row["channel"], row["due"]) for row in stats["data"]] == [(0, "SMS", 0), (1, "CALL", 0)]
    assert stats["data"][0]["messages"]["rates"]["delivered"] is None


@pytest.mark.parametrize("path", ["/v1/reports/overview", "/v1/sequences/s/stats", "/v1/campaigns/c/stats"])
def test_figures_have_a_scope_of_their_own(app: Application, path: str) -> None:
    assert ApiClient(app, scopes="leads:read sequences:read campaigns:read").get(path).status == 403
    assert ApiClient(app, scopes="reports:read").get(path).status != 403
