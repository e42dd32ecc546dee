"""What a form sends becomes a lead at its target, once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest

from retention import jsontext
from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Later, Outcome
from retention.jobs.queue import ArrivalHint
from retention.outbound.model import Delivery, EndpointRegistry
from tests import factories as make
from tests.api_client import ApiClient
from tests.integrity import count, problems
from tests.retention.intake.arriving import a_form, all_of, arrivals, enrollments, forms, leads, log, submission
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting

ADA = {"full_name": "Ada Lovelace", "email": "ada@example.com", "phone": "+12025550100", "size": "L"}


def a_sequence(app: Application, **fields: Any) -> str:
    sequence = make.a_sequence(status="ACTIVE", **fields)
    make.load(app, [sequence, make.a_step(sequence)])
    return sequence.id


def a_campaign(app: Application) -> str:
    campaign = make.a_campaign()
    make.load(app, [campaign])
    return campaign.id


def test_a_submission_becomes_a_lead(app: Application) -> None:
    form = a_form(app, sourceLabel="LANDING")

    outcome = forms(app).apply(submission(app, ADA))

    (lead,) = leads(app)
    assert outcome == Applied("new lead")
    assert (lead.first_name, lead.email, lead.phone) == ("Ada", "ada@example.com", "+12025550100")
    assert lead.meta == {"sourceLabel": "LANDING", "intake": {"size": "L"}}
    activity = ApiClient(app).get(f"/v1/inbound-webhooks/{form['id']}/activity").json["data"]
    assert activity == [
        {
            "id": activity[0]["id"],
            "receivedAt": "2026-02-18T12:00:00.000Z",
            "result": "created",
            "leadId": lead.id,
            "fields": ["email", "phone", "firstName", "lastName"],
            "errors": [],
            "size": activity[0]["size"],
        }
    ]
    assert 100 < activity[0]["size"] < 300
    assert problems(app) == []


def test_a_new_lead_by_a_form_costs_four_requests(app: Application) -> None:
    a_form(app)
    apply, event = forms(app).apply, submission(app, ADA)

    with counting(app) as cost:
        apply(event)

    # Claim and address of the form; the form; what is known of the addresses; and one transaction for all.
    assert cost.requests == ["BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"]
    with counting(app) as of_a_copy:
        apply(event)
    assert of_a_copy.requests == ["BatchGetItem", "GetItem"]


def test_a_lead_without_an_address_is_kept(app: Application) -> None:
    a_form(app)

    assert forms(app).apply(submission(app, {"name": "Ada", "email": "ada@", "phone": "?"})) == Applied("new lead")

    (lead,), (entry,) = leads(app), log(app)
    assert (lead.first_name, lead.email, lead.phone) == ("Ada", None, None)
    assert entry.errors == ["/email invalid_email", "/phone invalid_phone"]


def test_the_log_holds_nothing_personal(app: Application) -> None:
    a_form(app)

    forms(app).apply(submission(app, {**ADA, "timeZone": "seCret"}))

    text = log(app)[0].model_dump_json()
    assert not [word for word in ("Ada", "Lovelace", "ada@", "2025550100", "seCret") if word in text]


def test_copies_of_a_submission_change_nothing(app: Application) -> None:
    a_form(app, target={"campaignId": a_campaign(app)})
    event = submission(app, ADA)

    outcomes = [forms(app).apply(event) for _ in range(3)]

    assert outcomes == [Applied("new lead"), DUPLICATE, DUPLICATE]
    assert (len(leads(app)), len(log(app)), count(app, CampaignLead)) == (1, 1, 1)


def test_three_posts_of_one_address_at_once_make_one_lead(app: Application) -> None:
    a_form(app, target={"sequenceId": a_sequence(app)})
    events = [
        submission(app, {**ADA, "email": address})
        for address in ("ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com")
    ]

    outcomes = at_once(forms(app).apply, events)

    assert sorted(outcome.what for outcome in outcomes if isinstance(outcome, Applied)) == [
        "existing lead",
        "existing lead",
        "new lead",
    ]
    assert sorted(entry.result for entry in log(app)) == ["created", "existing", "existing"]
    assert (len(leads(app)), len(enrollments(app))) == (1, 1)
    assert problems(app) == []


def test_46_copies_over_eight_threads_have_one_effect(app: Application) -> None:
    a_form(app, target={"sequenceId": a_sequence(app)})

    outcomes = at_once(forms(app).apply, [submission(app, ADA, name="same")] * 46)

    assert [outcome for outcome in outcomes if isinstance(outcome, Applied)].count(Applied("new lead")) == 1
    # A copy may get to the target first; whoever comes after that finds it reached.
    assert {type(outcome) for outcome in outcomes} <= {Applied, Ignored}
    assert (len(leads(app)), len(enrollments(app)), len(log(app)), count(app, ReceivedEvent)) == (1, 1, 1, 1)
    assert [(entry.target, entry.errors) for entry in log(app)] == [(None, [])]
    assert problems(app) == []


def at_once(apply: Callable[[Any], Outcome], events: list[Any]) -> list[Outcome]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(apply, events))


# --- who is known ----------------------------------------------------------------------------------------------


def test_a_known_person_goes_to_the_target_and_stays_as_they_are(app: Application) -> None:
    known = (
        ApiClient(app).post("/v1/leads", {"firstName": "Augusta", "lastName": "King", "email": "Ada@example.com"}).json
    )
    a_form(app, target={"campaignId": a_campaign(app)})

    outcome = forms(app).apply(submission(app, ADA))

    assert outcome == Applied("existing lead")
    (lead,), (entry,), (assignment,) = leads(app), log(app), all_of(app, CampaignLead)
    assert (lead.id, lead.first_name, lead.phone, lead.meta) == (known["id"], "Augusta", None, None)
    assert (entry.result, entry.lead_id) == ("existing", known["id"])
    assert assignment.lead_id == known["id"]


def test_who_asked_to_be_left_alone_is_not_enrolled(app: Application) -> None:
    api = ApiClient(app)
    lead = api.post("/v1/leads", {"firstName": "Ada", "lastName": "L", "email": "ada@example.com"}).json
    api.post(f"/v1/leads/{lead['id']}/stop", {"reason": "OPT_OUT"})
    a_form(app, target={"sequenceId": a_sequence(app)})

    assert forms(app).apply(submission(app, ADA)) == Applied("existing lead")

    assert enrollments(app) == []
    assert log(app)[0].errors == ["/target lead_stopped"]


def test_a_suppressed_address_makes_a_lead_that_is_stopped(app: Application) -> None:
    ApiClient(app).post("/v1/suppressions", {"address": "ada@example.com"})
    a_form(app, target={"sequenceId": a_sequence(app)})

    forms(app).apply(submission(app, ADA))

    (lead,) = leads(app)
    assert app.leads.get(lead.id).contact.stopped
    assert enrollments(app) == []


def test_who_was_taken_out_of_the_sequence_stays_out(app: Application) -> None:
    a_form(app, target={"sequenceId": a_sequence(app)})
    forms(app).apply(submission(app, ADA))
    (enrollment,) = enrollments(app)
    assert ApiClient(app).delete(f"/v1/enrollments/{enrollment.id}").status == 204

    forms(app).apply(submission(app, ADA))

    assert enrollments(app) == []


def test_who_has_been_through_the_sequence_comes_again_if_it_allows_that_and_once_for_a_submission(
    app: Application, clock: ManualClock
) -> None:
    a_form(app, target={"sequenceId": a_sequence(app, settings={"reentry": {"policy": "after", "afterDays": 1}})})
    forms(app).apply(submission(app, ADA))
    app.interventions.cancel(enrollments(app)[0].id, if_match=None)
    clock.advance(86_400)

    # It dies after the lead was enrolled again, and the lead is through before the retry comes.
    event = submission(app, ADA)
    with just_before_the_last_write(app, die), suppress(Died):
        forms(app).apply(event)
    app.interventions.cancel(enrollments(app)[0].id, if_match=None)
    clock.advance(86_400)
    forms(app).apply(event)

    assert [(one.generation, one.status) for one in enrollments(app)] == [(2, "CANCELLED")]
    assert all(entry.target is None for entry in log(app))


def test_a_known_lead_that_goes_at_that_moment_makes_room_for_a_new_one(app: Application) -> None:
    a_form(app)
    old = ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "L", "email": "ada@example.com"}).json

    with just_before_the_next_transaction(app, lambda: app.deletion.lead(old["id"])):
        outcome = forms(app).apply(submission(app, ADA))

    (lead,), (entry,) = leads(app), log(app)
    assert outcome == Applied("new lead")
    assert (entry.result, entry.lead_id) == ("created", lead.id)
    assert lead.id != old["id"]
    assert problems(app) == []


def test_the_team_is_told_of_each_new_lead_once_however_it_came(app: Application) -> None:
    wanting = [{"id": "endpoint", "events": ["lead.created"]}]
    make.load(app, [EndpointRegistry(wanting=wanting, count=1)])
    a_form(app, sourceLabel="LANDING")
    event = submission(app, ADA)

    for one in (event, event, submission(app, ADA)):
        forms(app).apply(one)
    api = ApiClient(app)
    api.post("/v1/leads", {"firstName": "Grace", "lastName": "H", "email": "grace@example.com"})
    rows = [{"firstName": "Row", "lastName": str(at), "email": f"row{at % 2}@example.com"} for at in range(4)]
    assert api.post("/v1/leads/bulk", {"leads": rows}).status == 200

    told = [jsontext.loads(one.payload)["data"] for one in all_of(app, Delivery)]
    assert sorted(one["leadId"] for one in told) == sorted(lead.id for lead in leads(app))
    assert [one["sourceLabel"] for one in told if one["source"] == "API"] == ["LANDING"]


# --- targets and labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["campaignId", "sequenceId"])
def test_a_target_that_is_gone_costs_no_lead(app: Application, kind: str) -> None:
    api = ApiClient(app)
    target = a_campaign(app) if kind == "campaignId" else a_sequence(app)
    a_form(app, target={kind: target})
    path = "campaigns" if kind == "campaignId" else "sequences"
    assert api.delete(f"/v1/{path}/{target}").status in (202, 204)

    assert forms(app).apply(submission(app, ADA)) == Applied("new lead")

    assert len(leads(app)) == 1
    assert log(app)[0].errors == ["/target not_found"]


def test_a_trigger_goes_by_the_label_of_the_form(app: Application) -> None:
    mine = a_sequence(app, trigger_type="new_lead", trigger_config={"sources": ["LANDING"]})
    a_sequence(app, trigger_type="new_lead", trigger_config={"sources": ["OTHER"]})
    a_form(app, sourceLabel="LANDING")

    forms(app).apply(submission(app, ADA))
    app.triggers.look_at([ArrivalHint(one.lead_id, one.what, one.revision) for one in arrivals(app)])

    assert [one.sequence_id for one in enrollments(app)] == [mine]


def test_in_test_mode_nothing_but_a_log_entry_is_written(app: Application) -> None:
    a_form(app, testMode=True, target={"campaignId": a_campaign(app)})
    event = submission(app, ADA)

    assert [forms(app).apply(event) for _ in range(2)] == [Applied("test"), DUPLICATE]

    (entry,) = log(app)
    assert (entry.result, entry.lead_id) == ("test", None)
    assert entry.fields == ["email", "phone", "firstName", "lastName"]
    assert (leads(app), count(app, CampaignLead)) == ([], 0)


# --- what cannot be applied ------------------------------------------------------------------------------------


def test_what_names_nobody_is_hopeless_until_the_mapping_is_set_right(app: Application) -> None:
    form = a_form(app)
    event = submission(app, {"mail": "ada@example.com"})

    refused = [forms(app).apply(event) for _ in range(2)]
    before = log(app)
    ApiClient(app).patch(f"/v1/inbound-webhooks/{form['id']}", {"mapping": {"email": "mail"}})
    replayed = forms(app).apply(event)

    assert refused == [Hopeless("it names nobody: nobody")] * 2
    assert [(one.result, one.errors) for one in before] == [("rejected", ["nobody"])]
    assert replayed == Applied("new lead")
    assert [one.result for one in log(app)] == ["created"]


def test_a_form_that_is_gone_leaves_its_submissions_to_somebody(app: Application) -> None:
    form = a_form(app)
    event = submission(app, ADA)
    assert ApiClient(app).delete(f"/v1/inbound-webhooks/{form['id']}").status == 204

    assert isinstance(forms(app).apply(event), Hopeless)
    assert leads(app) == []


def test_a_poisonous_submission_harms_no_other(app: Application) -> None:
    a_form(app)
    events = [submission(app, {"email": f"lead{number}@example.com"}) for number in range(20)]
    events[7] = submission(app, {"nothing": True})

    outcomes = at_once(forms(app).apply, events)

    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Hopeless)] == [7]
    assert len(leads(app)) == 19


# --- deaths ----------------------------------------------------------------------------------------------------


class Died(BaseException):
    """The process is killed."""


def die(**_: Any) -> None:
    """The process is killed."""
    raise Died


@contextmanager
def just_before_the_last_write(app: Application, act: Callable[..., None]) -> Iterator[None]:
    """Let something happen before a submission is written off as done: the one write that stands alone."""
    events: Any = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb.PutItem", act)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.PutItem", act)


@pytest.mark.parametrize("kind", ["campaignId", "sequenceId"])
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_death_anywhere_leaves_what_a_retry_completes(
    app: Application, clock: ManualClock, kind: str, known: bool
) -> None:
    a_form(app, target={kind: a_campaign(app) if kind == "campaignId" else a_sequence(app)})
    boundary, told = 0, 0
    while True:
        email = f"lead{boundary}@example.com"
        if known:
            ApiClient(app).post("/v1/leads", {"firstName": "Ada", "lastName": "L", "email": email})
        event = submission(app, {"email": email})
        passed = killed_at(app, boundary, partial(forms(app).apply, event))
        clock.advance(1)
        again = [forms(app).apply(event) for _ in range(2)]
        assert not any(isinstance(outcome, Later | Hopeless) for outcome in again)
        assert again[-1] == DUPLICATE
        if boundary >= passed:
            break
        boundary, told = boundary + 1, passed
    assert told >= 12, "not all of the way was gone"

    entries, people = log(app), leads(app)
    assert len(people) == len(entries) == boundary + 1
    assert {(entry.result, entry.target, *entry.errors) for entry in entries} == {
        ("existing" if known else "created", None)
    }
    reached = all_of(app, CampaignLead) if kind == "campaignId" else enrollments(app)
    assert sorted(one.lead_id for one in reached) == sorted(lead.id for lead in people)
    assert {getattr(one, "generation", 1) for one in reached} == {1}
    assert problems(app) == []


def killed_at(app: Application, number: int, act: Callable[[], object]) -> int:
    """Do something, and die at one boundary of it: just before or after a request to the table. Counts boundaries."""
    events: Any = app.core.store._low.client.meta.events
    passed = 0

    def boundary(**_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed - 1 == number:
            raise Died

    events.register("before-call.dynamodb", boundary)
    events.register("after-call.dynamodb", boundary)
    try:
        act()
    except Died:
        pass
    finally:
        events.unregister("before-call.dynamodb", boundary)
        events.unregister("after-call.dynamodb", boundary)
    return passed if passed - 1 < number else number + 1
