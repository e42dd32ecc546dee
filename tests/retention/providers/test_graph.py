"""What the Graph API's answers come to, over HTTP."""

import json
import logging
from collections.abc import Iterator

import pytest

from retention.clock import ManualClock
from retention.providers.destination import Destinations
from retention.providers.graph import LONGEST_LIMIT, USUAL_LIMIT, Graph, Limited, Told, Unanswered, Unknown, Unready
from retention.providers.http import HttpClient
from tests.retention.intake.graphserver import TOKEN, GraphServer, graph_serving

FIELDS = ("id", "field_data")


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_serving() as running:
        running.add("123", email="ada@example.com")
        yield running


@pytest.fixture
def graph(server: GraphServer, clock: ManualClock) -> Iterator[Graph]:
    http = HttpClient(clock, Destinations((), [server.url]))
    yield Graph(http, server.url, "v26.0", TOKEN)
    http.close()


def usage(*minutes: object) -> dict[str, str]:
    """The header that says how long a limit holds."""
    uses = [{"type": "leadgen", "call_count": 100, "estimated_time_to_regain_access": one} for one in minutes]
    return {"X-Business-Use-Case-Usage": json.dumps({"999": uses})}


def test_a_lead_is_told_and_the_token_stands_in_no_address(server: GraphServer, graph: Graph) -> None:
    found = graph.lead("123", FIELDS)

    assert isinstance(found, Told)
    assert found.lead["field_data"] == [{"name": "email", "values": ["ada@example.com"]}]
    assert server.asked == [("/v26.0/123?fields=id,field_data", f"Bearer {TOKEN}")]


@pytest.mark.parametrize("code", [4, 17, 32, 341, 368, 613, 80005])
def test_a_limit_holds_as_long_as_the_answer_says(server: GraphServer, graph: Graph, code: int) -> None:
    server.refusals = [(400, code, usage(3, 17, 0))]

    found = graph.lead("123", FIELDS)

    assert isinstance(found, Limited)
    assert found.seconds == 17 * 60
    assert str(code) in found.why


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, USUAL_LIMIT),
        (usage(0), USUAL_LIMIT),
        (usage(10**9), LONGEST_LIMIT),
        (usage("soon", None, -3), USUAL_LIMIT),
        ({"X-Business-Use-Case-Usage": "[1, 2]"}, USUAL_LIMIT),
        ({"X-Business-Use-Case-Usage": "{not json"}, USUAL_LIMIT),
        ({"X-Business-Use-Case-Usage": '{"999": [7]}'}, USUAL_LIMIT),
        ({"Retry-After": "42"}, 42.0),
    ],
)
def test_a_limit_without_a_word_holds_for_the_usual_time(
    server: GraphServer, graph: Graph, headers: dict[str, str], seconds: float
) -> None:
    server.refusals = [(429, None, headers)]

    found = graph.lead("123", FIELDS)

    assert isinstance(found, Limited)
    assert found.seconds == seconds


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, None, Unanswered),
        (503, 2, Unanswered),
        (400, 1, Unanswered),
        (400, 2, Unanswered),
        (400, 99_999, Unanswered),
        (302, None, Unanswered),
        (200, None, Unanswered),
        (400, 190, Unready),
        (401, None, Unready),
        (400, 102, Unready),
        (403, 10, Unready),
        (403, 200, Unready),
        (400, 100, Unknown),
        (404, None, Unknown),
    ],
)
def test_a_refusal_is_told_by_its_code(
    server: GraphServer, graph: Graph, status: int, code: int | None, kind: type
) -> None:
    server.refusals = [(status, code, {})]

    assert isinstance(graph.lead("123", FIELDS), kind)


@pytest.mark.parametrize("leadgen_id", ["", "12/3", "../me", "123?x=1", "١٢٣", "1" * 41, "me"])
def test_what_is_no_id_is_asked_of_nobody(server: GraphServer, graph: Graph, leadgen_id: str) -> None:
    assert isinstance(graph.lead(leadgen_id, FIELDS), Unknown)
    assert server.asked == []


def test_another_lead_than_the_one_asked_for_is_none(server: GraphServer, graph: Graph) -> None:
    server.leads["123"]["id"] = "456"

    assert isinstance(graph.lead("123", FIELDS), Unanswered)


def test_an_unreachable_graph_is_asked_again_later(graph: Graph, clock: ManualClock) -> None:
    away = graph._replace(base_url="https://graph.example.com")

    assert isinstance(away.lead("123", FIELDS), Unanswered)


def test_another_version_than_the_one_asked_for_is_logged(
    server: GraphServer, graph: Graph, caplog: pytest.LogCaptureFixture
) -> None:
    server.version = "v23.0"

    with caplog.at_level(logging.WARNING):
        assert isinstance(graph.lead("123", FIELDS), Told)

    (line,) = caplog.records
    assert (line.message, vars(line)["asked"], vars(line)["served"]) == ("graph_version_differs", "v26.0", "v23.0")
