"""The trigger new_lead: whoever is new is enrolled once, however it came and whoever died on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.jobs.queue import ARRIVALS_EACH, SqsJobsQueue
from retention.jobs.sweep import ARRIVAL_GRACE
from retention.leads.model import Lead
from retention.sequences.arrivals import news_of
from retention.sequences.model import (
    RetentionSequence,
    SequenceStepExecution,
)
from retention.sequences.triggering import FIRST_PAUSE, MAX_TRIES, Looked
from retention.table.keys import key
from retention.table.layouts import ARRIVAL_SHARDS
from retention.table.writes import Put
from tests import factories as make
from tests.api_client import ApiClient
from tests.functions.queue import new_queue, take_all
from tests.integrity import everything, problems
from tests.retention.deletion.test_rules import KilledError, dying
from tests.retention.sequences.news import Told, arrivals, enrolled, look, overdue
from tools.bench_engine.cost import counting

ADA = {"firstName": "Ada", "lastName": "Lovelace"}


def a_sequence(app: Application, *, status: str = "ACTIVE", **config: Any) -> str:
    """A sequence of one step that takes new leads."""
    sequence = make.a_sequence(status=status, trigger_type="new_lead", trigger_config=config)
    make.load(app, [sequence, make.a_step(sequence)])
    return sequence.id


def a_person(api: ApiClient, **more: Any) -> str:
    """A new lead."""
    reply = api.post("/v1/leads", {**ADA, **more})
    assert reply.status == 201
    return str(reply.json["id"])


def a_campaign(api: ApiClient) -> str:
    """A new campaign."""
    return str(api.post("/v1/campaigns", {"name": "Spring"}).json["id"])


# --- however it came -------------------------------------------------------------------------------------------


def test_a_new_lead_is_enrolled_though_no_message_told_of_it(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    sequence = a_sequence(app)
    lead = a_person(api)

    assert look(app, clock) == Looked(enrolled=1)

    assert enrolled(app, sequence) == [lead]
    assert arrivals(app) == []
    assert problems(app) == []


def test_every_lead_of_a_bulk_request_is_enrolled_and_known_ones_are_not_new(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    known = a_person(api, email="known@example.com")
    look(app, clock)
    sequence = a_sequence(app)

    rows = [{**ADA, "email": f"{number}@example.com"} for number in range(250)]
    reply = api.post("/v1/leads/bulk", {"leads": [*rows, {**ADA, "email": "KNOWN@example.com"}, rows[0], {}]})
    created = sorted(row["id"] for row in reply.json["results"] if row["status"] == "created")
    assert len(created) == 250
    assert look(app, clock) == Looked(enrolled=250)

    assert enrolled(app, sequence) == created
    assert known not in created


def test_an_assignment_is_news_for_the_sequences_that_name_its_campaign(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    spring, autumn = a_campaign(api), a_campaign(api)
    one, two, three = (a_person(api) for _ in range(3))
    look(app, clock)
    of_spring, of_all = a_sequence(app, campaigns=[spring, "other"]), a_sequence(app)

    api.post(f"/v1/campaigns/{spring}/leads", {"leadId": one})
    api.post(f"/v1/campaigns/{spring}/leads", {"leadIds": [two, three]})
    api.post(f"/v1/campaigns/{autumn}/leads", {"leadId": three})
    look(app, clock)

    assert enrolled(app, of_spring) == sorted([one, two, three])
    # They were there before: an assignment makes nobody a new lead.
    assert enrolled(app, of_all) == []
    assert arrivals(app) == []


def test_a_lead_that_is_assigned_before_anybody_looked_is_news_in_both_ways(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    spring, autumn = a_campaign(api), a_campaign(api)
    wanted = [a_sequence(app), a_sequence(app, campaigns=[spring]), a_sequence(app, campaigns=[autumn])]

    lead = a_person(api)
    for campaign in (spring, autumn):
        api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead})
    look(app, clock)

    assert [enrolled(app, sequence) for sequence in wanted] == [[lead]] * 3


def test_whoever_hears_of_it_first_looks_and_the_others_find_nothing_to_do(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    sequence = a_sequence(app)
    a_person(api)
    clock.advance(ARRIVAL_GRACE + 1)
    hints = overdue(app, clock)

    with ThreadPoolExecutor(8) as pool:
        looked = list(pool.map(lambda _: app.triggers.look_at(hints), range(8)))

    assert sum(one.enrolled for one in looked) == 1
    assert len(enrolled(app, sequence)) == 1
    assert arrivals(app) == []
    assert app.triggers.look_at(hints) == Looked()


def test_a_look_that_dies_anywhere_is_made_up_for(app: Application, clock: ManualClock) -> None:
    api, deaths, at = ApiClient(app), 0, 1
    sequences = [a_sequence(app), a_sequence(app)]
    while True:
        lead = a_person(api)
        clock.advance(ARRIVAL_GRACE + 1)
        finished = False
        try:
            with dying(app, at, "after"):
                app.triggers.look_at(overdue(app, clock))
                finished = True
        except KilledError:
            deaths += 1
        look(app, clock)
        assert [enrolled(app, sequence).count(lead) for sequence in sequences] == [1, 1]
        assert arrivals(app) == []
        if finished:
            break
        at += 1
    assert deaths >= 6
    assert problems(app) == []


# --- who is taken ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "lead", "taken"),
    [
        (None, {}, True),
        ([], {}, True),
        (["META"], {"source": "META"}, True),
        (["META", "API"], {"source": "API"}, True),
        (["META"], {"source": "MANUAL"}, False),
        (["META"], {}, False),
        (["landing"], {"source": "API", "meta": {"sourceLabel": "landing"}}, True),
        (["landing"], {"source": "API", "meta": {"sourceLabel": "other"}}, False),
        (["landing"], {"meta": {"sourceLabel": ["landing"]}}, False),
        (["landing"], {"meta": {"source": "landing"}}, False),
    ],
)
def test_sources_are_those_of_the_lead_or_its_label(
    api: ApiClient, app: Application, clock: ManualClock, sources: list[str] | None, lead: dict[str, Any], taken: bool
) -> None:
    config: dict[str, Any] = {} if sources is None else {"sources": sources}
    sequence = a_sequence(app, **config)

    a_person(api, **lead)
    look(app, clock)

    assert len(enrolled(app, sequence)) == taken
    assert arrivals(app) == []


def test_an_assignment_that_was_taken_back_before_anybody_looked_is_no_news(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    campaign = a_campaign(api)
    sequence, lead = a_sequence(app, campaigns=[campaign]), a_person(api)
    api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead})
    assert api.delete(f"/v1/campaigns/{campaign}/leads/{lead}").status == 204

    look(app, clock)

    assert enrolled(app, sequence) == []
    assert arrivals(app) == []


def test_of_an_assignment_the_source_counts_too(api: ApiClient, app: Application, clock: ManualClock) -> None:
    campaign = a_campaign(api)
    sequence = a_sequence(app, campaigns=[campaign], sources=["META"])
    from_meta, by_hand = a_person(api, source="META"), a_person(api)

    api.post(f"/v1/campaigns/{campaign}/leads", {"leadIds": [from_meta, by_hand]})
    look(app, clock)

    assert enrolled(app, sequence) == [from_meta]


def test_stopped_converted_and_lost_leads_are_not_taken(api: ApiClient, app: Application, clock: ManualClock) -> None:
    sequence = a_sequence(app)
    api.post("/v1/suppressions", {"address": "no@example.com"})

    a_person(api, email="no@example.com")
    a_person(api, status="CONVERTED")
    a_person(api, status="LOST")
    stopped = a_person(api)
    api.post(f"/v1/leads/{stopped}/stop")
    gone = a_person(api)
    api.delete(f"/v1/leads/{gone}")

    assert look(app, clock) == Looked()
    assert enrolled(app, sequence) == []
    assert arrivals(app) == []


def test_a_lead_that_was_in_the_sequence_before_is_not_taken_again(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    campaign = a_campaign(api)
    sequence = a_sequence(app, campaigns=[campaign])
    over, deleted, present = (a_person(api) for _ in range(3))
    people = {"leadIds": [over, deleted, present]}
    api.post(f"/v1/sequences/{sequence}/enrollments", people)
    assert api.post(f"/v1/enrollments/{over}.{sequence}/cancel").status == 200
    assert api.delete(f"/v1/enrollments/{deleted}.{sequence}").status == 204

    api.post(f"/v1/campaigns/{campaign}/leads", people)

    assert look(app, clock) == Looked()
    assert enrolled(app, sequence) == sorted([over, present])
    assert arrivals(app) == []


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "ARCHIVED"])
def test_a_sequence_that_is_not_active_takes_nobody(
    api: ApiClient, app: Application, clock: ManualClock, status: str
) -> None:
    sequence = a_sequence(app, status=status)

    a_person(api)
    look(app, clock)

    assert enrolled(app, sequence) == []
    assert arrivals(app) == []


@pytest.mark.parametrize("trigger", ["manual", "no_conversion"])
def test_a_sequence_with_another_trigger_takes_nobody(
    api: ApiClient, app: Application, clock: ManualClock, trigger: str
) -> None:
    sequence = make.a_sequence(status="ACTIVE", trigger_type=trigger)
    make.load(app, [sequence, make.a_step(sequence)])

    a_person(api)
    look(app, clock)

    assert enrolled(app, sequence.id) == []


# --- from when on ----------------------------------------------------------------------------------------------


def sequence_with_script(api: ApiClient, **more: Any) -> str:
    """The path of a draft that can be activated."""
    script = api.post("/v1/scripts", {"name": "Hello", "type": "SMS", "content": "Hi"}).json["id"]
    steps = [{"channel": "SMS", "scriptId": script, "delayValue": 1}]
    body = {"name": "Welcome", "triggerType": "new_lead", "steps": steps, **more}
    return str(api.post("/v1/sequences", body).headers["Location"])


def test_who_was_there_before_the_sequence_was_activated_is_not_taken(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    path = sequence_with_script(api)
    a_person(api)  # Nobody has looked yet when the sequence is activated.
    clock.advance(1)
    assert api.post(f"{path}/activate").status == 200
    clock.advance(1)
    after = a_person(api)

    look(app, clock)

    assert enrolled(app, path.rsplit("/", 1)[1]) == [after]


def test_who_was_there_before_an_active_sequence_got_the_trigger_is_not_taken(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    path = sequence_with_script(api, triggerType="manual", status="ACTIVE")
    a_person(api)
    clock.advance(1)
    assert api.patch(path, {"triggerType": "new_lead"}).status == 200

    look(app, clock)

    assert enrolled(app, path.rsplit("/", 1)[1]) == []


def test_a_change_of_the_configuration_loses_nobody_who_has_not_been_looked_at(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    path = sequence_with_script(api, status="ACTIVE", triggerConfig={"sources": ["META"]})
    lead = a_person(api, source="META")
    clock.advance(1)
    assert api.patch(path, {"triggerConfig": {"sources": ["META", "API"]}}).status == 200

    look(app, clock)

    assert enrolled(app, path.rsplit("/", 1)[1]) == [lead]


def test_who_came_before_a_pause_is_taken_and_held_and_who_comes_during_it_is_not(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    path = sequence_with_script(api, status="ACTIVE")
    before = a_person(api)
    clock.advance(1)
    assert api.post(f"{path}/pause").status == 200
    clock.advance(1)
    a_person(api)

    look(app, clock)

    assert enrolled(app, path.rsplit("/", 1)[1]) == [before]
    (execution,) = [item for item in everything(app) if isinstance(item, SequenceStepExecution)]
    assert (execution.status, execution.due_at) == ("PENDING", None)


def test_a_sequence_that_is_active_when_a_lead_comes_is_never_overlooked(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    """A copy of the sequences that was kept from before would not know the newest of them."""
    a_person(api)
    look(app, clock)

    sequence = a_sequence(app)
    lead = a_person(api)
    look(app, clock)

    assert enrolled(app, sequence) == [lead]


# --- what goes wrong -------------------------------------------------------------------------------------------


def broken(app: Application) -> str:
    """A sequence whose step nobody can plan."""
    sequence = make.a_sequence(status="ACTIVE", trigger_type="new_lead", trigger_config={})
    make.load(app, [sequence, make.a_step(sequence, delay_unit="MOONS")])
    return sequence.id


def test_a_sequence_that_fails_harms_no_other_and_has_the_arrival_looked_at_again(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    bad, good = broken(app), a_sequence(app)
    lead = a_person(api)
    clock.advance(ARRIVAL_GRACE + 1)
    hints = overdue(app, clock)

    assert app.triggers.look_at(hints) == Looked(enrolled=1, put_off=1)

    assert enrolled(app, good) == [lead]
    (waiting,) = arrivals(app)
    assert waiting.due_at == clock.now() + timedelta(seconds=FIRST_PAUSE)
    # Not before its pause is over, and another message about it as it was hastens nothing.
    assert look(app, clock) == Looked()
    assert app.triggers.look_at(hints) == Looked()
    mended = app.core.store.find(RetentionSequence, key("RetentionSequence", id=bad))
    assert mended is not None
    make.load(app, [make.a_step(mended, id=step.id) for step in app.sequences.find(bad).steps])
    clock.advance(FIRST_PAUSE)
    assert look(app, clock) == Looked(enrolled=1)
    assert enrolled(app, bad) == [lead]
    assert arrivals(app) == []


def test_what_is_looked_at_again_brings_nobody_back_who_has_been_through_meanwhile(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    broken(app)
    good = make.a_sequence(
        status="ACTIVE",
        trigger_type="new_lead",
        trigger_config={},
        settings={"reentry": {"policy": "after", "afterDays": 0}},
    )
    make.load(app, [good, make.a_step(good)])
    lead = a_person(api)
    assert look(app, clock) == Looked(enrolled=1, put_off=1)
    app.interventions.cancel(f"{lead}.{good.id}", if_match=None)

    clock.advance(FIRST_PAUSE)
    assert look(app, clock) == Looked(enrolled=0, put_off=1)

    assert app.enrollments.get(f"{lead}.{good.id}").status == "CANCELLED"


def test_what_keeps_failing_is_tried_ever_less_often_and_given_up_aloud(
    api: ApiClient, app: Application, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken(app)
    lead = a_person(api)
    pauses = []

    for _ in range(MAX_TRIES - 1):
        assert look(app, clock) == Looked(put_off=1)
        pauses.append((arrivals(app)[0].due_at - clock.now()).total_seconds())
        clock.advance(pauses[-1])

    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600
    assert look(app, clock) == Looked(given_up=1)
    assert arrivals(app) == []
    (record,) = [one for one in caplog.records if one.message == "arrival_given_up"]
    assert (record.levelname, vars(record)["lead"]) == ("ERROR", lead)


def test_news_that_comes_while_somebody_looks_is_not_removed_with_the_old(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    campaign = a_campaign(api)
    lead = a_person(api)
    look(app, clock)
    api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead})
    clock.advance(ARRIVAL_GRACE + 1)
    old = overdue(app, clock)
    app.core.store.write(Put(news_of(app.core, lead, campaign)))

    app.triggers.look_at(old)

    (newer,) = arrivals(app)
    assert newer.arrived_at == clock.now()


# --- the messages and the sweep --------------------------------------------------------------------------------


def test_many_new_leads_make_few_messages(app: Application, clock: ManualClock, endpoint: str) -> None:
    url = new_queue()
    queued = build(
        app.core.settings, clock=clock, keyring=app.core.keyring, queue=SqsJobsQueue(url, app.core.settings.aws_region)
    )

    ApiClient(queued).post("/v1/leads/bulk", {"leads": [ADA] * (2 * ARRIVALS_EACH + 1)})

    messages = [json.loads(body)["arrivals"] for body in take_all(url)]
    assert [len(message) for message in messages] == [ARRIVALS_EACH, ARRIVALS_EACH, 1]
    named = {lead for message in messages for lead, _, _ in message}
    assert named == {item.id for item in everything(app) if isinstance(item, Lead)}


def test_the_message_is_sent_when_there_is_something_to_look_at(app: Application, clock: ManualClock) -> None:
    told = Told()
    api = ApiClient(build(app.core.settings, clock=clock, keyring=app.core.keyring, queue=told))
    campaign, lead = a_campaign(api), a_person(api, email="ada@example.com")
    api.post("/v1/leads", {**ADA, "email": "ada@example.com"})
    api.post(f"/v1/campaigns/{campaign}/leads", {"leadId": lead})
    api.post(f"/v1/campaigns/{campaign}/leads", {"leadIds": [lead, a_person(api)]})

    assert [hint.what for hint in told.arrivals] == ["lead", campaign, "lead", campaign]
    assert sorted(hint.revision for hint in told.arrivals) == sorted(one.revision for one in arrivals(app))


def test_the_sweep_leaves_to_the_message_what_has_just_come(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    a_person(api)

    clock.advance(ARRIVAL_GRACE)
    assert overdue(app, clock) == []
    clock.advance(0.001)
    assert len(overdue(app, clock)) == 1


def test_a_minute_without_news_costs_the_sweep_one_query_a_shard(app: Application, clock: ManualClock) -> None:
    with counting(app) as cost:
        assert overdue(app, clock) == []

    assert cost.requests == ["Query"] * ARRIVAL_SHARDS


def test_news_of_no_concern_costs_a_read_of_sequences_and_of_campaigns_and_one_delete(
    api: ApiClient, app: Application, clock: ManualClock
) -> None:
    a_sequence(app, status="DRAFT")
    a_sequence(app, campaigns=["other"])
    a_person(api)
    clock.advance(ARRIVAL_GRACE + 1)
    hints = overdue(app, clock)

    with counting(app) as cost:
        app.triggers.look_at(hints)

    assert cost.requests == ["Query", "Query", "DeleteItem"]
    # The item, and its place among what is due.
    assert cost.write_units == 2


def test_the_sweep_takes_a_bounded_share_oldest_first(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retention.jobs.sweep.MAX_ARRIVALS", 3)
    news = []
    for _ in range(20):
        lead = make.a_lead()
        news.append(news_of(app.core, lead.id))
        clock.advance(1)
    make.load(app, news)
    clock.advance(ARRIVAL_GRACE)

    found = overdue(app, clock)

    assert len(found) == 3 * ARRIVAL_SHARDS
    assert {hint.lead_id for hint in found} >= {one.lead_id for one in news[:3]}
