"""Enrollments over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import AlreadyExistsError
from retention.leads.model import Lead
from tests import factories
from tests.api_client import ApiClient
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@pytest.fixture
def leads(app: Application) -> list[Lead]:
    """Five leads, oldest first."""
    made = [factories.a_lead() for _ in range(5)]
    factories.load(app, [*made, *(factories.a_contact(lead) for lead in made)])
    return made


def a_sequence(api: ApiClient, *steps: dict[str, Any], status: str = "ACTIVE") -> str:
    """A new sequence; its path."""
    body = {"name": "Win back", "status": status, "steps": list(steps)}
    return api.post("/v1/sequences", body).headers["Location"]


@pytest.fixture
def path(api: ApiClient) -> str:
    """The enrollments of an active sequence whose first step is due after two days."""
    first = {"channel": "SMS", "delayValue": 2, "delayUnit": "DAYS"}
    return a_sequence(api, first, {"channel": "CALL"}) + "/enrollments"


def errors_of(reply: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in reply.json["errors"]}


def test_an_enrolled_lead_is_active_and_its_first_step_scheduled(api: ApiClient, path: str, leads: list[Lead]) -> None:
    reply = api.post(path, {"leadId": leads[0].id, "meta": {"list": "spring"}})

    sequence_id = path.split("/")[3]
    assert reply.status == 201
    assert reply.json == {
        "id": f"{leads[0].id}.{sequence_id}",
        "sequenceId": sequence_id,
        "leadId": leads[0].id,
        "status": "ACTIVE",
        "currentStep": 0,
        "enrolledAt": "2026-02-18T12:00:00.000Z",
        "completedAt": None,
        "lastStepAt": None,
        "meta": {"list": "spring"},
    }
    assert reply.headers["Location"] == f"/v1/enrollments/{reply.json['id']}"
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])
    (execution,) = api.get(f"{reply.headers['Location']}/executions").json["data"]
    step_id = api.get(path.removesuffix("/enrollments")).json["steps"][0]["id"]
    assert execution == {
        "id": f"{reply.json['id']}.1.{step_id}",
        "enrollmentId": reply.json["id"],
        "stepId": step_id,
        "contactAttemptId": None,
        "status": "SCHEDULED",
        "scheduledAt": "2026-02-20T12:00:00.000Z",
        "executedAt": None,
        "result": {},
    }


def test_a_lead_is_enrolled_once_and_the_present_enrollment_is_named_or_returned(
    api: ApiClient, path: str, leads: list[Lead]
) -> None:
    first = api.post(path, {"leadId": leads[0].id})

    refused = api.post(path, {"leadId": leads[0].id})
    returned = api.post(path, {"leadId": leads[0].id, "onExisting": "return", "meta": {"other": True}})

    assert (refused.status, refused.json["existingId"]) == (409, first.json["id"])
    assert (returned.status, returned.json, returned.headers["ETag"]) == (200, first.json, first.headers["ETag"])
    assert len(api.get(path).json["data"]) == 1


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED"])
def test_in_a_sequence_that_does_not_run_the_first_step_waits_without_a_time(
    api: ApiClient, leads: list[Lead], status: str
) -> None:
    path = a_sequence(api, {"channel": "SMS"}, status=status)

    enrollment = api.post(f"{path}/enrollments", {"leadId": leads[0].id})

    (execution,) = api.get(f"{enrollment.headers['Location']}/executions").json["data"]
    assert (enrollment.json["status"], execution["status"], execution["scheduledAt"]) == ("ACTIVE", "PENDING", None)


def test_the_first_step_is_the_first_active_one_by_place_whatever_was_written_first(
    api: ApiClient, leads: list[Lead]
) -> None:
    path = a_sequence(
        api,
        {"channel": "SMS", "stepOrder": 7},
        {"channel": "CALL", "stepOrder": 0, "isActive": False},
        {"channel": "EMAIL", "stepOrder": 3, "delayValue": 1, "delayUnit": "WEEKS"},
    )
    by_channel = {step["channel"]: step["id"] for step in api.get(path).json["steps"]}

    enrollment = api.post(f"{path}/enrollments", {"leadId": leads[0].id})

    (execution,) = api.get(f"{enrollment.headers['Location']}/executions").json["data"]
    assert execution["stepId"] == by_channel["EMAIL"]
    assert execution["scheduledAt"] == "2026-02-25T12:00:00.000Z"


def test_without_an_active_step_only_a_sequence_that_does_not_run_takes_leads(
    api: ApiClient, leads: list[Lead]
) -> None:
    draft = a_sequence(api, {"channel": "SMS", "isActive": False}, status="DRAFT")
    running = a_sequence(api, {"channel": "SMS", "isActive": False})

    enrollment = api.post(f"{draft}/enrollments", {"leadId": leads[0].id})
    refused = api.post(f"{running}/enrollments", {"leadId": leads[0].id})

    assert (enrollment.status, enrollment.json["status"]) == (201, "ACTIVE")
    assert api.get(f"{enrollment.headers['Location']}/executions").json["data"] == []
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert "no active step" in refused.json["detail"]
    assert api.post(f"{running}/enrollments", {"leadIds": [leads[0].id]}).status == 409


def test_who_must_not_be_enrolled_is_refused_with_the_reason(api: ApiClient, path: str, leads: list[Lead]) -> None:
    stopped, converted, deleted, *_ = leads
    api.post(f"/v1/leads/{stopped.id}/stop", {"reason": "OPT_OUT"})
    api.patch(f"/v1/leads/{converted.id}", {"status": "CONVERTED"})
    api.delete(f"/v1/leads/{deleted.id}")

    replies = [api.post(path, {"leadId": lead_id}) for lead_id in (stopped.id, converted.id, deleted.id, "nobody")]

    assert [(reply.status, reply.json["code"]) for reply in replies] == [
        (409, "lead_stopped"),
        (409, "conflict"),
        (422, "invalid_input"),
        (422, "invalid_input"),
    ]
    assert errors_of(replies[2]) == errors_of(replies[3]) == {"/leadId": "unknown_reference"}
    assert api.get(path).json["data"] == []


def test_an_archived_sequence_takes_nobody(api: ApiClient, leads: list[Lead]) -> None:
    path = a_sequence(api, {"channel": "SMS"}, status="ARCHIVED") + "/enrollments"

    assert api.post(path, {"leadId": leads[0].id}).status == 409
    assert api.post(path, {"leadIds": [leads[0].id]}).status == 409
    assert api.post("/v1/sequences/nothing/enrollments", {"leadId": leads[0].id}).status == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"": "exactly_one"}),
        ({"leadId": "a", "leadIds": ["b"]}, {"": "exactly_one"}),
        ({"leadId": None}, {"": "exactly_one"}),
        ({"leadId": 7, "onExisting": "ignore"}, {"/leadId": "wrong_type", "/onExisting": "not_allowed"}),
        ({"leadIds": []}, {"/leadIds": "too_short"}),
        ({"leadIds": ["a", 7, ""]}, {"/leadIds/1": "wrong_type", "/leadIds/2": "too_short"}),
        ({"leadIds": ["a"] * 1001}, {"/leadIds": "too_long"}),
        ({"leadId": "a", "colour": "red"}, {"/colour": "unknown_field"}),
    ],
)
def test_a_malformed_enrollment_is_refused_with_the_pointer(
    api: ApiClient, path: str, body: Any, errors: dict[str, str]
) -> None:
    reply = api.post(path, body)

    assert (reply.status, errors_of(reply)) == (422, errors)


def test_many_leads_get_one_result_each_in_order(api: ApiClient, path: str, leads: list[Lead]) -> None:
    known, stopped, converted, new, other = (lead.id for lead in leads)
    api.post(path, {"leadId": known})
    api.post(f"/v1/leads/{stopped}/stop", {})
    api.patch(f"/v1/leads/{converted}", {"status": "CONVERTED"})

    reply = api.post(path, {"leadIds": [new, known, "nobody", stopped, new, converted, other, "nobody"]})

    assert reply.status == 200
    rows = reply.json["results"]
    assert [(row["index"], row["leadId"], row["status"]) for row in rows] == [
        (0, new, "created"),
        (1, known, "existing"),
        (2, "nobody", "rejected"),
        (3, stopped, "rejected"),
        (4, new, "existing"),
        (5, converted, "rejected"),
        (6, other, "created"),
        (7, "nobody", "rejected"),
    ]
    sequence_id = path.split("/")[3]
    assert [row["id"] for row in rows[:2]] == [f"{new}.{sequence_id}", f"{known}.{sequence_id}"]
    assert rows[0]["errors"] is None
    found = [(error["pointer"], error["code"]) for row in rows for error in row["errors"] or []]
    assert found == [
        ("/leadIds/2", "unknown_reference"),
        ("/leadIds/3", "lead_stopped"),
        ("/leadIds/5", "conflict"),
        ("/leadIds/7", "unknown_reference"),
    ]
    assert {row["leadId"] for row in api.get(path).json["data"]} == {new, known, other}
    assert len(api.get("/v1/executions?status=SCHEDULED").json["data"]) == 3


def test_hundreds_of_leads_are_enrolled_in_one_request(api: ApiClient, path: str, app: Application) -> None:
    many = [factories.a_lead() for _ in range(200)]
    factories.load(app, [*many, *(factories.a_contact(lead) for lead in many)])
    body = {"leadIds": [lead.id for lead in many]}

    reply = api.post(path, body, idempotency_key="all")
    again = api.post(path, body, idempotency_key="all")

    assert [row["status"] for row in reply.json["results"]] == ["created"] * 200
    assert (again.status, again.json) == (200, reply.json)


def test_a_repeated_request_enrolls_once_and_gets_the_first_answer(
    api: ApiClient, path: str, leads: list[Lead]
) -> None:
    first = api.post(path, {"leadId": leads[0].id}, idempotency_key="one")
    again = api.post(path, {"leadId": leads[0].id}, idempotency_key="one")

    assert (again.status, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"


def test_enrolling_is_one_transaction_of_at_most_eleven_units(app: Application, path: str, leads: list[Lead]) -> None:
    with counting(app) as cost:
        app.enrolling.enroll(path.split("/")[3], leads[0].id)

    assert cost.count("TransactWriteItems") == 1
    assert sorted(set(cost.requests)) == ["BatchGetItem", "Query", "TransactWriteItems"]
    assert len(cost.requests) == 4
    # Nine, and two for the figures of the sequence.
    assert cost.write_units <= 9 + 2


def test_of_many_who_enroll_the_same_lead_exactly_one_succeeds(
    app: Application, api: ApiClient, path: str, leads: list[Lead]
) -> None:
    def enroll(_: int) -> str:
        try:
            app.enrolling.enroll(path.split("/")[3], leads[0].id)
        except AlreadyExistsError:
            return "existing"
        return "created"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(enroll, range(32)))

    assert sorted(outcomes) == ["created"] + ["existing"] * 31
    assert len(api.get(f"/v1/enrollments?leadId={leads[0].id}").json["data"]) == 1


def test_a_lead_that_joins_many_sequences_at_once_is_in_all_of_them(
    app: Application, api: ApiClient, leads: list[Lead]
) -> None:
    paths = [a_sequence(api, {"channel": "SMS"}) for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda path: app.enrolling.enroll(path.split("/")[3], leads[0].id), paths))

    assert len(api.get(f"/v1/enrollments?leadId={leads[0].id}").json["data"]) == 6


def test_a_lead_that_comes_again_after_its_enrollment_was_deleted_begins_anew(
    api: ApiClient, path: str, leads: list[Lead]
) -> None:
    first = api.post(path, {"leadId": leads[0].id})
    (old,) = api.get(f"{first.headers['Location']}/executions").json["data"]
    assert api.delete(first.headers["Location"]).status == 204
    assert api.get(first.headers["Location"]).status == 404
    assert api.get(f"{first.headers['Location']}/executions").status == 404
    assert api.get(f"/v1/executions/{old['id']}").status == 404

    again = api.post(path, {"leadId": leads[0].id})

    (new,) = api.get(f"{again.headers['Location']}/executions").json["data"]
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert new["id"] == f"{first.json['id']}.2.{new['stepId']}"


def test_a_stop_that_comes_while_a_lead_is_being_enrolled_wins(
    app: Application, api: ApiClient, path: str, leads: list[Lead]
) -> None:
    with just_before_the_next_transaction(app, lambda: app.leads.stop(leads[0].id, "OPT_OUT")):
        reply = api.post(path, {"leadId": leads[0].id})

    assert (reply.status, reply.json["code"]) == (409, "lead_stopped")
    assert api.get(path).json["data"] == []


def test_a_lead_that_is_deleted_while_it_is_being_enrolled_is_not_enrolled(
    app: Application, api: ApiClient, path: str, leads: list[Lead]
) -> None:
    with just_before_the_next_transaction(app, lambda: app.deletion.lead(leads[0].id)):
        reply = api.post(path, {"leadIds": [leads[0].id]})

    assert reply.json["results"][0]["errors"][0]["code"] == "unknown_reference"
    assert api.get(path).json["data"] == []


def test_no_identity_is_used_twice_when_a_lead_comes_and_goes_meanwhile(
    app: Application, api: ApiClient, path: str, leads: list[Lead]
) -> None:
    def come_and_go() -> None:
        enrollment = app.enrolling.enroll(path.split("/")[3], leads[0].id).enrollment
        app.deletion.enrollment(enrollment.id)

    with just_before_the_next_transaction(app, come_and_go):
        reply = api.post(path, {"leadId": leads[0].id})

    (execution,) = api.get(f"{reply.headers['Location']}/executions").json["data"]
    assert execution["id"].startswith(f"{reply.json['id']}.2.")


def test_lists_are_filtered_by_sequence_lead_and_status(
    api: ApiClient, path: str, leads: list[Lead], app: Application, clock: ManualClock
) -> None:
    other = a_sequence(api, {"channel": "SMS"})
    for lead in leads[:3]:
        clock.advance(60)
        api.post(path, {"leadId": lead.id})
    clock.advance(60)
    api.post(f"{other}/enrollments", {"leadId": leads[0].id})
    done = factories.an_enrollment(leads[4], app.sequences.find(path.split("/")[3]).sequence, status="COMPLETED")
    factories.load(app, [done])

    def listed(target: str) -> list[tuple[str, str]]:
        rows = api.get(target).json["data"]
        return [(row["leadId"], row["sequenceId"]) for row in rows]

    mine, others = path.split("/")[3], other.split("/")[3]
    first, second, third = (lead.id for lead in leads[:3])
    assert listed(path) == [(third, mine), (second, mine), (first, mine), (leads[4].id, mine)]
    assert listed(f"{path}?status=COMPLETED") == [(leads[4].id, mine)]
    assert listed(f"/v1/enrollments?sequenceId={others}") == [(first, others)]
    assert listed(f"/v1/enrollments?leadId={first}") == [(first, others), (first, mine)]
    assert listed(f"/v1/enrollments?leadId={first}&sequenceId={mine}") == [(first, mine)]
    assert listed("/v1/enrollments?status=COMPLETED") == [(leads[4].id, mine)]
    assert len(listed("/v1/enrollments")) == 5
    assert listed("/v1/enrollments?leadId=nobody") == listed("/v1/enrollments?sequenceId=nothing") == []
    assert api.get("/v1/enrollments?status=OVER").status == 400
    assert api.get("/v1/sequences/nothing/enrollments").status == 404


@pytest.mark.parametrize("query", ["", "sequence", "lead"])
def test_every_list_is_walked_by_cursor_without_gaps_or_repeats(api: ApiClient, leads: list[Lead], query: str) -> None:
    path = a_sequence(api, {"channel": "SMS"})
    if query == "lead":
        paths = [path, *(a_sequence(api, {"channel": "SMS"}) for _ in range(4))]
        created = [api.post(f"{one}/enrollments", {"leadId": leads[0].id}).json["id"] for one in paths]
    else:
        rows = api.post(f"{path}/enrollments", {"leadIds": [lead.id for lead in leads]}).json["results"]
        created = [row["id"] for row in rows]
    filters = {"": {}, "sequence": {"sequenceId": path.split("/")[3]}, "lead": {"leadId": leads[0].id}}[query]

    seen: list[str] = []
    page = api.get("/v1/enrollments", query={**filters, "limit": 2}).json
    while True:
        seen += [row["id"] for row in page["data"]]
        if page["nextCursor"] is None:
            break
        page = api.get("/v1/enrollments", query={**filters, "limit": 2, "cursor": page["nextCursor"]}).json

    assert sorted(seen) == sorted(created)


def test_only_the_free_data_of_an_enrollment_can_be_changed(api: ApiClient, path: str, leads: list[Lead]) -> None:
    created = api.post(path, {"leadId": leads[0].id, "meta": {"a": 1, "b": 2}})
    where, tag = created.headers["Location"], created.headers["ETag"]

    changed = api.patch(where, {"meta": {"a": None, "c": 3}}, if_match=tag)
    stale = api.patch(where, {"meta": {"c": 4}}, if_match=tag)
    verb = api.patch(where, {"status": "PAUSED"})
    owned = api.patch(where, {"currentStep": 3, "leadId": "x"})

    assert (changed.status, changed.json["meta"]) == (200, {"b": 2, "c": 3})
    assert stale.status == 412
    assert (verb.status, errors_of(verb)) == (422, {"/status": "use_a_verb"})
    assert errors_of(owned) == {"/currentStep": "read_only", "/leadId": "read_only"}
    assert api.get(where).json == changed.json
    assert api.patch("/v1/enrollments/nobody.nothing", {"meta": {}}).status == 404


@pytest.mark.parametrize("target", ["nobody", "nobody.nothing", "a.b.c", "..", "."])
def test_an_id_that_names_no_enrollment_is_not_found(api: ApiClient, target: str) -> None:
    assert api.get(f"/v1/enrollments/{target}").status == 404
    assert api.delete(f"/v1/enrollments/{target}").status == 404
    assert api.get(f"/v1/enrollments/{target}/executions").status == 404


def test_enrolling_needs_a_scope_of_its_own(api: ApiClient, path: str, leads: list[Lead]) -> None:
    planner = ApiClient(api.app, scopes="sequences:read sequences:write")
    enroller = ApiClient(api.app, scopes="enrollments:write")

    assert planner.post(path, {"leadId": leads[0].id}).status == 403
    assert enroller.post(path, {"leadId": leads[0].id}).status == 201
