"""The hold of all sending over HTTP."""

from dataclasses import replace

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.api_client import ApiClient
from tests.functions.api.desk import Desk


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


def test_sending_is_held_with_a_reason_and_released(api: ApiClient, clock: ManualClock) -> None:
    free = {"held": False, "since": None, "reason": None, "by": None}
    assert api.get("/v1/sending").json == free
    assert api.post("/v1/sending/release").json == free, "what is not held needs no release"

    held = api.post("/v1/sending/hold", {"reason": "moving"})

    assert held.status == 200, held.text
    since = "2026-02-18T12:00:00.000Z"
    assert held.json == {"held": True, "since": since, "reason": "moving", "by": api.key_id}
    clock.advance(60)
    again = api.post("/v1/sending/hold", {"reason": "still moving"}).json
    assert (again["since"], again["reason"]) == (since, "still moving"), "it goes on"
    assert api.get("/v1/sending").json == again
    assert api.post("/v1/sending/release").json == free
    assert api.get("/v1/sending").json == free


def test_a_hold_needs_a_reason(api: ApiClient) -> None:
    for body in ({}, {"reason": " "}, {"reason": "x" * 201}):
        assert api.post("/v1/sending/hold", body).status == 422
    assert api.get("/v1/sending").json["held"] is False


def test_whoever_sees_jobs_sees_it_and_only_an_admin_changes_it(api: ApiClient) -> None:
    viewer = replace(api, scopes="jobs:read executions:write campaigns:write")

    assert viewer.get("/v1/sending").status == 200
    assert viewer.post("/v1/sending/hold", {"reason": "for fun"}).status == 403
    assert viewer.post("/v1/sending/release").status == 403


def test_what_is_due_is_explained_by_the_hold_and_a_contact_by_hand_waits(desk: Desk) -> None:
    lead = desk.lead()
    enrollment = desk.enroll(desk.sequence({})["id"], lead)
    desk.api.post("/v1/sending/hold", {"reason": "moving"})

    (step,) = desk.api.get(f"{enrollment}/explain").json["steps"]

    assert (step["state"], step["reason"]) == ("scheduled", "sending_held")
    assert step["inputs"] == {"since": "2026-02-18T12:00:00.000Z"}
    assert (step["preview"]["outcome"], step["preview"]["reason"]) == ("hold", "sending_held")
    attempt = desk.api.post(f"/v1/leads/{lead}/contact", {"channel": "SMS", "content": "Hi"})
    assert (attempt.status, attempt.json["status"]) == (202, "PENDING"), attempt.text
    desk.api.post("/v1/sending/release")
    (step,) = desk.api.get(f"{enrollment}/explain").json["steps"]
    assert step["reason"] == "due"
