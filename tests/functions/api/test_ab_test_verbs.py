"""Results of an A/B test, and pause, resume and complete, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests import factories
from tests.api_client import ApiClient
from tests.retention.experiments.tallying import tally


@pytest.fixture
def given(app: Application) -> dict[str, str]:
    """A test that can be set up."""
    campaign, a, b = factories.a_campaign(), factories.a_script(), factories.a_script()
    factories.load(app, [campaign, a, b])
    return {"campaignId": campaign.id, "channel": "SMS", "variantA": a.id, "variantB": b.id}


@pytest.fixture
def path(api: ApiClient, given: dict[str, str]) -> str:
    """A test that runs."""
    return api.post("/v1/ab-tests", given).headers["Location"]


def stands(reply: Any) -> tuple[int, str, str | None]:
    return reply.status, reply.json["status"], reply.json["winnerId"]


def count(app: Application, path: str, a: tuple[int, int], b: tuple[int, int]) -> None:
    tally(app, app.ab_tests.get(path.rsplit("/", 1)[1]), a, b)


# --- results -------------------------------------------------------------------------------------------------------


def test_results_say_in_figures_and_words_what_to_make_of_them(
    api: ApiClient, app: Application, given: dict[str, str], path: str
) -> None:
    count(app, path, (9_000, 270), (9_100, 400))

    results = api.get(f"{path}/results").json

    assert results["a"] == {
        "scriptId": given["variantA"],
        "recipients": 9000,
        "impressions": 9000,
        "clicks": 0,
        "conversions": 270,
        "revenue": 0,
        "cost": 0,
        "clickRate": 0,
        "conversionRate": 0.03,
        "roas": None,
    }
    assert results["b"]["conversionRate"] == 0.044
    difference = results["difference"]
    assert 0 < difference["low"] < difference["estimate"] < difference["high"] < 0.03
    assert difference["estimate"] == pytest.approx(400 / 9_100 - 270 / 9_000, abs=1e-6)
    assert (results["verdict"], results["better"], results["confidence"]) == ("decided", "B", 0.95)
    assert results["split"] == {"shareA": 0.4972, "even": True}
    assert (results["status"], results["winnerId"], results["endedBy"]) == ("RUNNING", None, None)
    assert results["expectedRecipients"] is None
    assert results["sentence"].startswith(
        "Variant B converts better: 4.4 % of its recipients against 3 %. At 95 % confidence the difference is between "
    )


@pytest.mark.parametrize(
    ("a", "b", "verdict", "words"),
    [
        (
            (0, 0),
            (0, 0),
            "open",
            "So far 0 % of the recipients of A and 0 % of those of B converted;",
        ),
        ((4_000, 120), (4_000, 150), "open", "that takes about 6,900 more recipients of each."),
        ((150, 15), (150, 120), "too_few", "but each variant needs 200 recipients: about 50 more recipients of each."),
        ((20_000, 600), (20_000, 610), "undecided", "neither is better, after as many recipients"),
        ((5_000, 150), (4_000, 200), "uneven", "5,000 and 4,000 recipients, which no chance explains"),
    ],
)
def test_while_nothing_is_decided_they_say_why(
    api: ApiClient, app: Application, path: str, a: tuple[int, int], b: tuple[int, int], verdict: str, words: str
) -> None:
    count(app, path, a, b)

    results = api.get(f"{path}/results").json

    assert (results["verdict"], results["better"]) == (verdict, None)
    assert words in results["sentence"]
    assert (results["expectedRecipients"] is None) is (verdict in ("undecided", "uneven"))


def test_what_was_decided_by_hand_says_so(api: ApiClient, app: Application, path: str) -> None:
    count(app, path, (100, 3), (100, 4))

    ended = api.post(f"{path}/complete", {"winnerId": "A"})

    assert stands(ended) == (200, "COMPLETED", "A")
    results = api.get(f"{path}/results").json
    assert (results["winnerId"], results["endedBy"], results["better"]) == ("A", "HAND", None)
    assert results["sentence"].startswith("Somebody named variant A the winner. So far 3 %")


# --- verbs ---------------------------------------------------------------------------------------------------------


def test_a_test_is_paused_resumed_and_completed_and_a_second_click_changes_nothing(
    api: ApiClient, path: str, clock: ManualClock
) -> None:
    for verb, status in [("pause", "PAUSED"), ("resume", "RUNNING"), ("pause", "PAUSED"), ("complete", "COMPLETED")]:
        clock.advance(60)
        first, second = api.post(f"{path}/{verb}"), api.post(f"{path}/{verb}")
        assert stands(first) == (200, status, None)
        assert (second.json, second.headers["ETag"]) == (first.json, first.headers["ETag"])
    assert api.get(path).json["endedAt"] == "2026-02-18T12:04:00.000Z"
    for verb, body in [("pause", None), ("resume", None), ("complete", {"winnerId": "A"})]:
        assert api.post(f"{path}/{verb}", body).status == 409
    assert api.post(f"{path}/complete", {"winnerId": "C"}).status == 422
    assert api.post("/v1/ab-tests/nothing/pause").status == 404


def test_a_verb_honours_if_match(api: ApiClient, path: str) -> None:
    seen = api.get(path).headers["ETag"]
    assert api.post(f"{path}/pause", if_match='"stale"').status == 412
    assert api.post(f"{path}/pause", if_match=seen).status == 200


def test_a_test_does_not_resume_while_another_one_runs(api: ApiClient, given: dict[str, str], path: str) -> None:
    api.post(f"{path}/pause")
    other = api.post("/v1/ab-tests", given)

    refused = api.post(f"{path}/resume")

    assert (refused.status, refused.json["existingId"]) == (409, other.json["id"])
    api.post(f"{other.headers['Location']}/complete")
    assert stands(api.post(f"{path}/resume")) == (200, "RUNNING", None)


def test_a_test_resumes_only_with_both_its_scripts(api: ApiClient, given: dict[str, str], path: str) -> None:
    api.post(f"{path}/pause")
    api.delete(f"/v1/scripts/{given['variantB']}")

    refused = api.post(f"{path}/resume")

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/variantB")


def test_of_tests_that_begin_and_resume_at_once_one_runs(api: ApiClient, given: dict[str, str], path: str) -> None:
    api.post(f"{path}/pause")

    def begin(number: int) -> int:
        reply = api.post(f"{path}/resume") if number % 2 else api.post("/v1/ab-tests", given)
        return reply.status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(begin, range(16)))

    tests = api.get("/v1/ab-tests").json["data"]
    assert [test["status"] for test in tests].count("RUNNING") == 1
    assert set(statuses) <= {200, 201, 409}
    # Resumed once, each further click is answered alike; set up once, each further one is refused.
    assert statuses.count(201) + (200 in statuses) == 1


# --- the predecessor -------------------------------------------------------------------------------------------------


def test_statistics_cannot_be_overwritten(api: ApiClient, app: Application, given: dict[str, str], path: str) -> None:
    count(app, path, (10, 1), (10, 2))
    for field in ("statsA", "statsB"):
        assert api.patch(path, {field: {"conversions": 99}}).status == 422
        assert api.post("/v1/ab-tests", {**given, field: {}}).status == 422
    assert api.get(path).json["statsA"]["conversions"] == 1
