"""A/B tests over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import AlreadyExistsError
from retention.experiments.model import ABTestInput, VariantStats
from tests import factories
from tests.api_client import ApiClient


@dataclass(frozen=True)
class Setting:
    """A campaign with scripts to compare."""

    campaign: str
    a: str
    b: str
    call: str

    def body(self, **fields: object) -> dict[str, object]:
        """A test of the two scripts."""
        own = {"campaignId": self.campaign, "channel": "SMS", "variantA": self.a, "variantB": self.b}
        return {**own, **fields}


@pytest.fixture
def setting(app: Application) -> Setting:
    """A campaign, two scripts for SMS, one for calls."""
    campaign = factories.a_campaign()
    a, b, call = factories.a_script(), factories.a_script(), factories.a_script(type="CALL")
    factories.load(app, [campaign, a, b, call])
    return Setting(campaign.id, a.id, b.id, call.id)


def create(api: ApiClient, setting: Setting, **fields: object) -> str:
    """Create a test; its path."""
    reply = api.post("/v1/ab-tests", setting.body(**fields))
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def test_a_new_test_runs_without_figures(api: ApiClient, setting: Setting) -> None:
    reply = api.post("/v1/ab-tests", setting.body())

    nothing = {
        "impressions": 0,
        "clicks": 0,
        "conversions": 0,
        "revenue": 0,
        "ctr": None,
        "conversionRate": None,
        "roas": None,
    }
    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        **setting.body(),
        "confidence": 0.95,
        "minimumSample": 200,
        "horizon": 20000,
        "autoComplete": True,
        "status": "RUNNING",
        "winnerId": None,
        "startedAt": "2026-02-18T12:00:00.000Z",
        "endedAt": None,
        "statsA": nothing,
        "statsB": nothing,
    }
    assert reply.json["id"].startswith(f"{setting.campaign}.")
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"campaignId": "nothing"}, "/campaignId", "unknown_reference"),
        ({"variantA": "nothing"}, "/variantA", "unknown_reference"),
        ({"variantB": "nothing"}, "/variantB", "unknown_reference"),
        ({"variantB": None}, "/variantB", "wrong_type"),
        ({"channel": "FAX"}, "/channel", "not_allowed"),
        ({"status": "PAUSED"}, "/status", "unknown_field"),
        ({"statsA": {}}, "/statsA", "unknown_field"),
        ({"localId": "x"}, "/localId", "unknown_field"),
        ({"confidence": 1}, "/confidence", "too_large"),
        ({"confidence": 0.4}, "/confidence", "too_small"),
        ({"minimumSample": 0}, "/minimumSample", "too_small"),
        ({"horizon": 99}, "/horizon", "too_small"),
        ({"autoComplete": "yes"}, "/autoComplete", "wrong_type"),
    ],
)
def test_a_wrong_field_is_named_by_its_pointer(
    api: ApiClient, setting: Setting, fields: dict[str, object], pointer: str, code: str
) -> None:
    reply = api.post("/v1/ab-tests", setting.body(**fields))

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert api.get("/v1/ab-tests").json["data"] == []


def test_the_scripts_must_differ_and_fit_the_channel(api: ApiClient, setting: Setting) -> None:
    same = api.post("/v1/ab-tests", setting.body(variantB=setting.a))
    misfit = api.post("/v1/ab-tests", setting.body(variantA=setting.call))

    assert [(error["pointer"], error["code"]) for error in same.json["errors"]] == [("/variantB", "same_script")]
    assert [(error["pointer"], error["code"]) for error in misfit.json["errors"]] == [("/variantA", "wrong_channel")]


def test_everything_that_is_missing_is_named_at_once(api: ApiClient) -> None:
    body = {"campaignId": "x", "channel": "SMS", "variantA": "y", "variantB": "z"}

    reply = api.post("/v1/ab-tests", body)

    assert {error["pointer"] for error in reply.json["errors"]} == {"/campaignId", "/variantA", "/variantB"}


def test_one_test_runs_on_each_channel_of_a_campaign(api: ApiClient, app: Application, setting: Setting) -> None:
    running = api.get(create(api, setting)).json["id"]
    second_call, other = factories.a_script(type="CALL"), factories.a_campaign()
    factories.load(app, [second_call, other])

    again = api.post("/v1/ab-tests", setting.body())

    assert (again.status, again.json["existingId"]) == (409, running)
    create(api, setting, channel="CALL", variantA=setting.call, variantB=second_call.id)
    create(api, setting, campaignId=other.id)


def test_of_many_at_once_one_runs(app: Application, setting: Setting) -> None:
    given = ABTestInput.model_validate(setting.body())

    def attempt(_: int) -> str:
        try:
            return f"created {app.ab_tests.create(given).id}"
        except AlreadyExistsError as error:
            return f"existing {error.existing_id}"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(attempt, range(32)))

    created = [outcome.removeprefix("created ") for outcome in outcomes if outcome.startswith("created")]
    assert len(created) == 1
    assert outcomes.count(f"existing {created[0]}") == 31


def test_a_deleted_test_makes_room_for_another(api: ApiClient, setting: Setting) -> None:
    path = create(api, setting)

    assert api.delete(path, if_match='"stale"').status == 412
    assert api.delete(path).status == 204

    assert (api.get(path).status, api.delete(path).status) == (404, 404)
    create(api, setting)


def test_deleting_a_test_that_is_over_leaves_the_running_one_alone(
    api: ApiClient, app: Application, setting: Setting
) -> None:
    path = create(api, setting)
    campaign = app.campaigns.get(setting.campaign)
    over = factories.a_test(campaign, variant_a=setting.a, variant_b=setting.b, status="COMPLETED")
    factories.load(app, [over])

    assert api.delete(f"/v1/ab-tests/{over.id}").status == 204

    assert api.get(path).status == 200
    assert api.post("/v1/ab-tests", setting.body()).status == 409


def test_a_test_may_change_until_something_is_counted_and_then_only_whether_it_ends_by_itself(
    api: ApiClient, app: Application, setting: Setting
) -> None:
    third, path = factories.a_script(), create(api, setting)
    campaign = app.campaigns.get(setting.campaign)
    stats = VariantStats(impressions=1)
    counted = factories.a_test(campaign, variant_a=setting.a, variant_b=setting.b, stats_b=stats, status="PAUSED")
    over = factories.a_test(campaign, variant_a=setting.a, variant_b=setting.b, status="COMPLETED")
    factories.load(app, [third, counted, over])

    assert api.patch(path, {"variantB": third.id}).json["variantB"] == third.id
    assert api.patch(path, {"variantB": setting.a}).json["errors"][0]["code"] == "same_script"
    assert api.patch(path, {"variantA": setting.call}).json["errors"][0]["code"] == "wrong_channel"
    for change in ({"variantB": third.id}, {"confidence": 0.5}, {"minimumSample": 1}, {"horizon": 100}):
        assert api.patch(path, change).status == 200
        for test in (counted, over):
            assert api.patch(f"/v1/ab-tests/{test.id}", change).status == 409
    assert api.patch(f"/v1/ab-tests/{counted.id}", {"autoComplete": False}).json["autoComplete"] is False
    assert api.patch(f"/v1/ab-tests/{over.id}", {"autoComplete": False}).status == 409


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"campaignId": "x"}, "fixed"),
        ({"channel": "SMS"}, "fixed"),
        ({"status": "COMPLETED"}, "read_only"),
        ({"winnerId": "A"}, "read_only"),
        ({"statsA": {"clicks": 5}}, "read_only"),
        ({"variantA": None}, "not_nullable"),
        ({"name": "x"}, "unknown_field"),
    ],
)
def test_a_patch_of_anything_else_is_refused(
    api: ApiClient, setting: Setting, patch: dict[str, object], code: str
) -> None:
    path = create(api, setting)

    reply = api.patch(path, patch)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{next(iter(patch))}", code)]


def test_rates_follow_from_what_was_counted(api: ApiClient, app: Application, setting: Setting) -> None:
    stats = VariantStats(impressions=150, clicks=35, conversions=8, revenue=Decimal("2400.05"), roas=Decimal("3.2"))
    test = factories.a_test(app.campaigns.get(setting.campaign), stats_a=stats)
    factories.load(app, [test])

    shown = api.get(f"/v1/ab-tests/{test.id}").json

    assert shown["statsA"] == {
        "impressions": 150,
        "clicks": 35,
        "conversions": 8,
        "revenue": 2400.05,
        "ctr": 0.2333,
        "conversionRate": 0.0533,
        "roas": 3.2,
    }
    assert shown["statsB"]["ctr"] is None
    assert api.get("/v1/ab-tests").json["data"] == [shown]


def test_the_list_is_newest_first_and_filtered(
    api: ApiClient, app: Application, setting: Setting, clock: ManualClock
) -> None:
    mine, other = app.campaigns.get(setting.campaign), factories.a_campaign()
    tests = []
    for campaign, status in [(mine, "COMPLETED"), (other, "RUNNING"), (mine, "PAUSED"), (mine, "COMPLETED")]:
        tests.append(factories.a_test(campaign, status=status, started_at=clock.now()))
        clock.advance(1)
    factories.load(app, [other, *tests])
    create(api, setting)

    def found(query: str) -> list[int]:
        ids = [test.id for test in tests]
        rows = api.get(f"/v1/ab-tests{query}").json["data"]
        return [ids.index(row["id"]) if row["id"] in ids else 4 for row in rows]

    assert found("") == [4, 3, 2, 1, 0]
    assert found(f"?campaignId={mine.id}") == [4, 3, 2, 0]
    assert found(f"?campaignId={mine.id}&status=COMPLETED") == [3, 0]
    assert (found("?status=RUNNING"), found("?campaignId=nothing")) == ([4, 1], [])
    assert api.get("/v1/ab-tests?status=OVER").status == 400


def test_tests_go_with_their_campaign(api: ApiClient, setting: Setting) -> None:
    path = create(api, setting)

    assert api.delete(f"/v1/campaigns/{setting.campaign}").status == 204

    assert (api.get(path).status, api.get("/v1/ab-tests").json["data"]) == (404, [])


def test_an_id_that_is_none_is_not_found(api: ApiClient, setting: Setting) -> None:
    create(api, setting)

    for odd in ("nothing", f"{setting.campaign}.RUNNING", f"{setting.campaign}.", ".x", "a.b.c"):
        assert api.get(f"/v1/ab-tests/{odd}").status == 404, odd
        assert api.delete(f"/v1/ab-tests/{odd}").status == 404, odd


def test_the_same_idempotency_key_creates_one_test(api: ApiClient, setting: Setting) -> None:
    first = api.post("/v1/ab-tests", setting.body(), idempotency_key="one")
    again = api.post("/v1/ab-tests", setting.body(), idempotency_key="one")

    assert (again.status, again.json) == (201, first.json)
