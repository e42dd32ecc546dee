"""Meta's notices become leads: fetched once the Graph API tells, however often it refuses before."""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Later
from retention.keyring import Keyring
from tests import factories as make
from tests.api_client import ApiClient
from tests.integrity import count, problems
from tests.offline import offline
from tests.retention.intake.arriving import all_of, connect_meta, enrollments, leads, log, meta, notice
from tests.retention.intake.graphserver import TOKEN, GraphServer
from tests.retention.intake.test_forms import at_once, killed_at
from tests.retention.providers.test_graph import usage
from tools.bench_engine.cost import counting
from tools.sandbox.running import running_sandbox

ADA = {"full_name": "Ada Lovelace", "email": "ada@example.com", "phone_number": "+12025550100", "city": "London"}


def test_a_notice_becomes_a_lead(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    graph.add("4001", **ADA)

    outcome = meta(app).apply(notice(app, "4001"))

    (lead,) = leads(app)
    assert outcome == Applied("new lead")
    assert (lead.first_name, lead.last_name, lead.email, lead.phone) == (
        "Ada", "Lovelace", "ada@example.com", "+12025550100",
    )  # fmt: skip
    assert (lead.source, lead.external_id) == ("META", "4001")
    assert lead.meta is not None
    assert lead.meta["ad"]["pageId"] == "999"
    activity = ApiClient(app).get("/v1/inbound-webhooks/meta/activity").json["data"]
    assert [(one["result"], one["leadId"]) for one in activity] == [("created", lead.id)]
    assert problems(app) == []


def test_a_lead_of_meta_costs_three_requests_to_the_table_and_one_to_meta(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    graph.add("1", email="first@example.com")
    graph.add("2", email="second@example.com")
    handler = meta(app)
    handler.apply(notice(app, "1"))

    with counting(app) as cost:
        handler.apply(notice(app, "2"))

    assert cost.requests == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    assert len(graph.asked) == 2


def test_the_team_says_what_its_questions_are_and_where_leads_go(app: Application, graph: GraphServer) -> None:
    campaign = make.a_campaign()
    make.load(app, [campaign])
    connect_meta(app, graph, fieldMapping={"city": "meta.city"}, campaignId=campaign.id)
    graph.add("4001", **ADA)

    assert [meta(app).apply(notice(app, "4001")) for _ in range(2)] == [Applied("new lead"), DUPLICATE]

    (lead,), (assignment,) = leads(app), all_of(app, CampaignLead)
    assert lead.meta is not None
    assert lead.meta["city"] == "London"
    assert (assignment.lead_id, assignment.campaign_id) == (lead.id, campaign.id)


def test_46_copies_over_eight_threads_make_one_lead(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    graph.add("4001", **ADA)

    outcomes = at_once(meta(app).apply, [notice(app, "4001")] * 46)

    assert outcomes.count(Applied("new lead")) == 1
    assert outcomes.count(DUPLICATE) == 45
    assert (len(leads(app)), len(log(app)), count(app, ReceivedEvent)) == (1, 1, 1)
    # Copies of the same moment may each ask, which changes nothing; those that come later do not ask at all.
    assert len(graph.asked) <= 8
    assert problems(app) == []


def test_one_poisonous_id_in_a_batch_harms_no_other(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    for number in range(20):
        graph.add(str(5000 + number), email=f"lead{number}@example.com")
    del graph.leads["5007"]
    notices = [notice(app, str(5000 + number)) for number in range(20)]
    notices[11] = notice(app, "../me")

    outcomes = at_once(meta(app).apply, notices)

    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Hopeless)] == [7, 11]
    assert len(leads(app)) == 18
    assert sorted(entry.result for entry in log(app)) == ["created"] * 18 + ["rejected"] * 2


def test_an_unknown_lead_is_hopeless_and_can_be_replayed(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    refused = meta(app).apply(notice(app, "4001"))
    graph.add("4001", **ADA)

    assert refused == Hopeless("Meta answered 400, code 100: there is no such lead, or not for this page token")
    assert meta(app).apply(notice(app, "4001")) == Applied("new lead")
    assert [one.result for one in log(app)] == ["created"]


# --- limits ----------------------------------------------------------------------------------------------------


def test_a_limit_is_respected_by_all_workers_until_it_is_over(
    app: Application, graph: GraphServer, clock: ManualClock
) -> None:
    connect_meta(app, graph)
    for number in (1, 2, 3):
        graph.add(str(number), email=f"lead{number}@example.com")
    graph.refusals = [(400, 80005, usage(5))]
    workers = [meta(app), meta(app), meta(app)]

    first = workers[0].apply(notice(app, "1"))
    clock.advance(60)
    others = [worker.apply(notice(app, str(number))) for number, worker in enumerate(workers, 1)]

    assert isinstance(first, Later)
    assert first.seconds == 300
    assert [outcome.seconds for outcome in others if isinstance(outcome, Later)] == [240.0] * 3
    assert len(graph.asked) == 1
    clock.advance(240)
    assert [worker.apply(notice(app, str(number))) for number, worker in enumerate(workers, 1)] == [
        Applied("new lead")
    ] * 3


def test_a_token_that_is_refused_loses_nothing_and_another_is_used_at_once(
    app: Application, graph: GraphServer, caplog: pytest.LogCaptureFixture
) -> None:
    connect_meta(app, graph, token="expired-token")
    graph.add("4001", **ADA)
    handler = meta(app)

    with caplog.at_level(logging.ERROR):
        caplog.clear()
        outcomes = [handler.apply(notice(app, "4001")) for _ in range(3)]

    assert all(isinstance(outcome, Later) and outcome.seconds == 900 for outcome in outcomes)
    assert len(graph.asked) == 1
    assert [record.message for record in caplog.records] == ["graph_not_ready"]
    assert not any("expired-token" in str(vars(record)) for record in caplog.records)
    assert leads(app) == []
    connect_meta(app, graph, token=TOKEN)
    assert handler.apply(notice(app, "4001")) == Applied("new lead")


def test_trouble_on_their_side_is_tried_again_with_growing_pauses(app: Application, graph: GraphServer) -> None:
    connect_meta(app, graph)
    graph.add("4001", **ADA)
    graph.refusals = [(503, None, {}), (400, 2, {})]

    outcomes = [meta(app).apply(notice(app, "4001")) for _ in range(3)]

    assert [getattr(outcome, "seconds", "none") for outcome in outcomes] == [None, None, "none"]
    assert outcomes[2] == Applied("new lead")


@pytest.mark.parametrize("state", ["absent", "inactive"])
def test_without_the_integration_notices_wait(app: Application, graph: GraphServer, state: str) -> None:
    if state == "inactive":
        connect_meta(app, graph)
        ApiClient(app).patch("/v1/integrations/meta", {"isActive": False})

    outcome = meta(app).apply(notice(app, "4001"))

    assert isinstance(outcome, Later)
    assert outcome.seconds == 900
    assert graph.asked == []


def test_a_limit_of_the_sandbox_is_waited_for_and_nothing_is_lost(app: Application, clock: ManualClock) -> None:
    with running_sandbox(now=clock.now) as sandbox:
        configured = replace(app.core.settings, allowed_provider_urls=sandbox.url)
        keyring = Keyring(lambda: "root secret of the tests")
        app = build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))
        assert ApiClient(app).put("/v1/integrations/meta", sandbox.integrations()["meta"]).status == 201
        people = [{"fields": {"full_name": "Ada Lovelace", "email": f"ada{number}@example.com"}} for number in range(3)]
        ids = sandbox.ask("POST", "/meta/leads", {"leads": people})["ids"]
        sandbox.faults(
            {"kind": "refuse", "provider": "meta", "operation": "look_up", "code": "80005", "status": 400, "times": 1}
        )

        first = [meta(app).apply(notice(app, one)) for one in ids]
        clock.advance(60)
        second = [meta(app).apply(notice(app, one)) for one in ids]

    assert [type(outcome) for outcome in first] == [Later] * 3
    assert second == [Applied("new lead")] * 3
    assert sorted(lead.email or "" for lead in leads(app)) == [f"ada{number}@example.com" for number in range(3)]


# --- deaths ----------------------------------------------------------------------------------------------------


def test_a_death_anywhere_leaves_what_a_retry_completes(app: Application, graph: GraphServer) -> None:
    sequence = make.a_sequence(status="ACTIVE")
    make.load(app, [sequence, make.a_step(sequence)])
    connect_meta(app, graph, sequenceId=sequence.id)
    handler, boundary = meta(app), 0
    while True:
        leadgen_id = str(6000 + boundary)
        graph.add(leadgen_id, email=f"lead{boundary}@example.com")
        event: Any = notice(app, leadgen_id)
        passed = killed_at(app, boundary, partial(handler.apply, event))
        again = [handler.apply(event) for _ in range(2)]
        assert isinstance(again[0], Applied | Ignored)
        assert again[1] == DUPLICATE
        if boundary >= passed:
            break
        boundary += 1

    assert boundary >= 12, "not all of the way was gone"
    people = leads(app)
    assert len(people) == len(log(app)) == boundary + 1
    assert sorted(one.lead_id for one in enrollments(app)) == sorted(lead.id for lead in people)
    assert {(entry.result, entry.target, *entry.errors) for entry in log(app)} == {("created", None)}
    assert problems(app) == []
