"""Conversion rules over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import RuleInput
from retention.errors import AlreadyExistsError
from tests import factories
from tests.api_client import ApiClient
from tests.start import START

RULE = {"channel": "CALL", "metric": "outcome", "value": "demo_booked"}


def create(api: ApiClient, **fields: object) -> str:
    """Create a rule; its path."""
    reply = api.post("/v1/conversion-rules", {**RULE, **fields})
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def test_a_new_rule_has_no_samples(api: ApiClient) -> None:
    reply = api.post("/v1/conversion-rules", RULE)

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        **RULE,
        "conversionRate": 0,
        "sampleSize": 0,
        "confidence": 0,
        "createdAt": "2026-02-18T12:00:00.000Z",
        "updatedAt": "2026-02-18T12:00:00.000Z",
    }
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"channel": "FAX"}, "/channel", "not_allowed"),
        ({"metric": ""}, "/metric", "too_short"),
        ({"metric": None}, "/metric", "wrong_type"),
        ({"value": 18}, "/value", "wrong_type"),
        ({"value": "x" * 201}, "/value", "too_long"),
        ({"conversionRate": 0.5}, "/conversionRate", "unknown_field"),
        ({"sampleSize": 5}, "/sampleSize", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_by_its_pointer(
    api: ApiClient, fields: dict[str, object], pointer: str, code: str
) -> None:
    reply = api.post("/v1/conversion-rules", {**RULE, **fields})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]


def test_there_is_one_rule_for_each_channel_metric_and_value(api: ApiClient) -> None:
    path = create(api)

    again = api.post("/v1/conversion-rules", RULE)

    assert (again.status, again.json["existingId"]) == (409, path.rsplit("/", 1)[1])
    for different in ({"channel": "SMS"}, {"metric": "other"}, {"value": "other"}, {"metric": "outcom", "value": "e"}):
        create(api, **different)


def test_of_many_at_once_one_is_created(app: Application) -> None:
    given = RuleInput.model_validate(RULE)

    def attempt(_: int) -> str:
        try:
            return f"created {app.conversion_rules.create(given).id}"
        except AlreadyExistsError as error:
            return f"existing {error.existing_id}"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(attempt, range(32)))

    created = [outcome.removeprefix("created ") for outcome in outcomes if outcome.startswith("created")]
    assert len(created) == 1
    assert outcomes.count(f"existing {created[0]}") == 31


def test_a_rule_cannot_become_what_another_is(api: ApiClient) -> None:
    owner, path = create(api), create(api, value="no_answer")
    tag = api.get(path).headers["ETag"]

    reply = api.patch(path, {"value": "demo_booked"})

    assert (reply.status, reply.json["existingId"]) == (409, owner.rsplit("/", 1)[1])
    assert api.get(path).headers["ETag"] == tag


def test_a_rule_that_moves_frees_its_place_and_starts_without_samples(api: ApiClient, app: Application) -> None:
    path = create(api)
    rule = app.conversion_rules.get(path.rsplit("/", 1)[1])
    seen = {"conversion_rate": Decimal("0.25"), "sample_size": 400, "confidence": Decimal("0.9")}
    factories.load(app, [rule.model_copy(update=seen)])

    same = api.patch(path, {"value": "demo_booked"})
    moved = api.patch(path, {"value": "callback"})

    assert (same.json["conversionRate"], same.json["sampleSize"], same.json["confidence"]) == (0.25, 400, 0.9)
    assert (moved.json["value"], moved.json["conversionRate"], moved.json["sampleSize"]) == ("callback", 0, 0)
    create(api)
    assert api.post("/v1/conversion-rules", {**RULE, "value": "callback"}).status == 409


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"conversionRate": 0.5}, "read_only"),
        ({"sampleSize": 5}, "read_only"),
        ({"confidence": 1}, "read_only"),
        ({"id": "x"}, "read_only"),
        ({"value": None}, "not_nullable"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_a_patch_that_is_refused_names_the_field(api: ApiClient, patch: dict[str, object], code: str) -> None:
    reply = api.patch(create(api), patch)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(f"/{next(iter(patch))}", code)]


def test_a_stale_if_match_writes_nothing(api: ApiClient) -> None:
    path = create(api)
    tag = api.get(path).headers["ETag"]
    assert api.patch(path, {"metric": "a"}, if_match=tag).status == 200

    assert api.patch(path, {"metric": "b"}, if_match=tag).status == 412
    assert api.delete(path, if_match=tag).status == 412

    assert api.get(path).json["metric"] == "a"


def test_a_deleted_rule_is_gone_and_its_place_is_free(api: ApiClient) -> None:
    path = create(api)

    assert api.delete(path).status == 204

    assert (api.get(path).status, api.delete(path).status, api.patch(path, {"value": "x"}).status) == (404, 404, 404)
    create(api)


def test_the_list_is_newest_first_filtered_and_paged(api: ApiClient, clock: ManualClock) -> None:
    for channel, metric, value in [("CALL", "hour", "9"), ("SMS", "hour", "9"), ("CALL", "word", "hi")]:
        create(api, channel=channel, metric=metric, value=value)
        clock.advance(1)

    def found(query: str) -> list[str]:
        rows = api.get(f"/v1/conversion-rules{query}").json["data"]
        return [f"{row['channel']} {row['metric']}" for row in rows]

    assert found("") == ["CALL word", "SMS hour", "CALL hour"]
    assert found("?channel=CALL") == ["CALL word", "CALL hour"]
    assert (found("?channel=CALL&metric=hour"), found("?metric=nothing")) == (["CALL hour"], [])
    assert api.get("/v1/conversion-rules?channel=FAX").status == 400
    first = api.get("/v1/conversion-rules?limit=2").json
    second = api.get("/v1/conversion-rules", query={"limit": 2, "cursor": first["nextCursor"]}).json
    assert (len(first["data"]), len(second["data"]), second["nextCursor"]) == (2, 1, None)


def test_the_best_are_first_by_the_least_that_their_rate_may_truly_be(api: ApiClient, app: Application) -> None:
    seen = {"few": ("0.5", 4), "many": ("0.3", 1000), "none": ("0", 50), "unseen": ("0", 0), "rare": ("0.01", 1000)}
    for value, (rate, size) in seen.items():
        rule = app.conversion_rules.get(create(api, value=value).rsplit("/", 1)[1])
        figures = {"conversion_rate": Decimal(rate), "sample_size": size}
        factories.load(app, [rule.model_copy(update=figures)])

    def page(**query: object) -> tuple[list[str], str | None]:
        answer = api.get("/v1/conversion-rules", query={"sort": "best", **query}).json
        return [row["value"] for row in answer["data"]], answer["nextCursor"]

    # 0.3 of 1,000 is 0.272 at the least, half of 4 is 0.150.
    assert page()[0][:3] == ["many", "few", "rare"]
    first, cursor = page(limit=2)
    second, end = page(limit=3, cursor=cursor)
    assert (first + second, end) == (page()[0], None)
    assert api.get("/v1/conversion-rules", query={"sort": "newest", "cursor": cursor}).status == 400
    assert api.get("/v1/conversion-rules?sort=worst").status == 400


def test_figures_are_computed_by_a_job(api: ApiClient, app: Application) -> None:
    path = create(api, channel="SMS", metric="hour", value="09")
    lead = factories.a_lead()
    sent = {"sent_at": START, "local_hour": "209"}
    factories.load(app, [lead, *(factories.an_attempt(lead, **sent) for _ in range(20))])

    reply = api.post("/v1/conversion-rules/recompute", idempotency_key="one")

    assert (reply.status, reply.json["task"], reply.json["status"]) == (202, "learn", "queued")
    assert reply.json["target"] == {"kind": "ConversionRule"}
    assert reply.headers["Location"] == f"/v1/jobs/{reply.json['id']}"
    assert api.post("/v1/conversion-rules/recompute", idempotency_key="one").json == reply.json
    app.runner.run(reply.json["id"], lambda: True)
    assert api.get(reply.headers["Location"]).json["status"] == "succeeded"
    rule = api.get(path).json
    assert (rule["conversionRate"], rule["sampleSize"], rule["confidence"]) == (0, 20, 0.8389)


def test_figures_are_computed_by_who_may_change_rules(api: ApiClient, app: Application) -> None:
    reader = ApiClient(app, scopes="conversion-rules:read")

    assert reader.post("/v1/conversion-rules/recompute").status == 403


def test_the_claim_of_a_rule_is_no_rule(api: ApiClient, app: Application) -> None:
    create(api)
    rows = app.core.store.query("CONFIG#RULE")
    claim = next(row["sk"]["S"] for row in rows if row["kind"]["S"] == "ConversionRuleClaim")

    for odd in (claim, claim.replace("#", "%23")):
        assert api.get(f"/v1/conversion-rules/{odd}").status == 404


def test_the_same_idempotency_key_creates_one_rule(api: ApiClient) -> None:
    first = api.post("/v1/conversion-rules", RULE, idempotency_key="one")
    again = api.post("/v1/conversion-rules", RULE, idempotency_key="one")

    assert (again.status, again.json) == (201, first.json)
