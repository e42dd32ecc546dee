"""Asking providers to remove things: what is asked, by their published descriptions, and what the answers mean."""

import json
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.providers.forgetting import Absent, Forgetting, Forgotten, Unforgotten
from retention.providers.outcomes import UnauthorizedError
from retention.providers.sendgrid import Sendgrid
from retention.providers.twilio import Twilio
from retention.providers.vapi import Vapi
from tests.retention.providers.double import ACCOUNT, Asked, double, said

SID = "SM" + "1" * 32
CALL = "11111111-2222-4333-8444-555555555555"
ENDED = {"id": CALL, "status": "ended"}


def test_twilio_removes_a_message(clock: ManualClock) -> None:
    with double("twilio", clock, b"HTTP/1.1 204 No Content\r\n\r\n") as twilio:
        wired: Any = twilio.wired()
        assert isinstance(wired, Twilio)
        outcome = wired.forget(SID)

    assert outcome == Forgotten()
    (asked,) = twilio.asked
    assert (asked.method, asked.path, asked.body) == (
        "DELETE",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json",
        b"",
    )


@pytest.mark.parametrize("ref", ["CA" + "1" * 32, f"{SID}/Media", "", "SM1"])
def test_what_is_no_message_is_not_asked_for(clock: ManualClock, ref: str) -> None:
    with double("twilio", clock, said(500, {})) as twilio:
        wired: Any = twilio.wired()
        outcome = wired.forget(ref)

    assert isinstance(outcome, Unforgotten)
    assert (outcome.for_good, twilio.asked) == (True, [])


def test_sendgrid_removes_all_of_an_address(clock: ManualClock) -> None:
    with double("sendgrid", clock, said(202, {"job_id": "j"})) as sendgrid:
        wired: Any = sendgrid.wired()
        assert isinstance(wired, Sendgrid)
        outcome = wired.forget(["ada@example.com"])

    assert outcome == Forgotten()
    (asked,) = sendgrid.asked
    assert (asked.method, asked.path, asked.json) == (
        "POST",
        "/v3/recipients/erasejob",
        {"email_addresses": ["ada@example.com"]},
    )


def test_vapi_removes_a_call_that_has_ended(clock: ManualClock) -> None:
    with double("vapi", clock, said(200, ENDED)) as vapi:
        wired: Any = vapi.wired()
        assert isinstance(wired, Vapi)
        outcome = wired.forget(CALL)

    assert outcome == Forgotten()
    assert [(asked.method, asked.path) for asked in vapi.asked] == [
        ("GET", f"/call/{CALL}"),
        ("DELETE", f"/call/{CALL}"),
    ]
    assert json.loads(vapi.asked[1].body) == {}


def test_a_call_under_way_is_left_until_it_has_ended(clock: ManualClock) -> None:
    with double("vapi", clock, said(200, {**ENDED, "status": "in-progress"})) as vapi:
        wired: Any = vapi.wired()
        outcome = wired.forget(CALL)

    assert outcome == Unforgotten("VAPI: the call has not ended yet.")
    assert len(vapi.asked) == 1


def test_recordings_that_cannot_be_removed_now_are_asked_for_again(clock: ManualClock) -> None:
    def act(asked: Asked) -> bytes:
        return said(200, ENDED) if asked.method == "GET" else said(503, {"message": "recordings"})

    with double("vapi", clock, act) as vapi:
        wired: Any = vapi.wired()
        assert wired.forget(CALL) == Unforgotten("VAPI answered 503.")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Absent()),
        (409, Unforgotten("Twilio answered 409.")),
        (429, Unforgotten("Twilio: there are too many requests (429).")),
        (401, Unforgotten("Twilio: it does not take the credentials (401).")),
        (500, Unforgotten("Twilio answered 500.")),
    ],
)
def test_whatever_else_is_answered_the_message_may_still_be_there(
    clock: ManualClock, status: int, outcome: Forgetting
) -> None:
    with double("twilio", clock, said(status, {"code": 20009, "message": "for +15551234567"})) as twilio:
        wired: Any = twilio.wired()
        assert wired.forget(SID) == outcome


def test_credentials_that_vapi_does_not_take_are_told_apart(clock: ManualClock) -> None:
    with double("vapi", clock, said(401, {})) as vapi:
        wired: Any = vapi.wired()
        with pytest.raises(UnauthorizedError):
            wired.forget(CALL)
