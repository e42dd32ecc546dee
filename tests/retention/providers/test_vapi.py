"""Calls by VAPI: what is asked, what the answers mean, and how a call is found again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.providers.outcomes import SET_UP_PAUSE, Unauthorized, UnauthorizedError
from retention.providers.port import Accepted, Blind, CallBody, Found, Lookup, Missing, NotAccepted, Rejected, Unclear
from retention.providers.vapi import NO_PLACE_PAUSE, PAGE, Vapi
from retention.providers.vapi_call import merged
from tests.retention.providers.double import CONFIGS, CORRELATION, TO, Asked, a_trace, an_order, double, said
from tests.start import START

NUMBER = CONFIGS["vapi"]["phoneNumberId"]
CALL = {"id": "call-1", "orgId": "o", "status": "queued", "createdAt": "2026-02-18T12:00:00.000Z"}
CREATED = said(201, CALL)
SERVER = {
    "url": "https://us.example/webhooks/it",
    "timeoutSeconds": 20,
    "backoffPlan": {"type": "exponential", "maxRetries": 10, "baseDelaySeconds": 5},
}


def asked_for(clock: ManualClock, body: CallBody | None = None, *, name: str = "Ada", **settings: Any) -> Any:
    """The request for a call."""
    with double("vapi", clock, CREATED) as vapi:
        order = an_order("CALL", name=name, **({"body": body} if body else {}))
        assert isinstance(vapi.wired(**settings).send(order), Accepted)
    return vapi.asked[0].json


def a_call(settings: dict[str, Any], instructions: str | None = "Be kind.", first: str | None = None) -> CallBody:
    return CallBody(instructions, first, settings, {})


def test_a_call_is_asked_for_as_vapi_wants_it(clock: ManualClock) -> None:
    with double("vapi", clock, CREATED) as vapi:
        outcome = vapi.wired().send(an_order("CALL"))

    assert outcome == Accepted("call-1", {"status": "queued"})
    (asked,) = vapi.asked
    assert (asked.method, asked.path) == ("POST", "/call")
    assert asked.headers["Authorization"] == "Bearer vapi-key"
    assert asked.json == {
        "name": CORRELATION,
        "phoneNumberId": NUMBER,
        "customer": {"number": TO["CALL"], "externalId": CORRELATION, "name": "Ada"},
        "assistantId": "asst-1",
        "assistantOverrides": {
            "firstMessage": "Hello Ada!",
            "variableValues": {"firstName": "Ada", "instructions": "Be kind."},
            "metadata": {"x": "signed.key-1_2"},
            "server": SERVER,
            "serverMessages": ["status-update", "end-of-call-report"],
        },
    }


@pytest.mark.parametrize(("name", "shown"), [("A" * 60, "A" * 40), ("  ", None), ("", None), (" Ada ", "Ada")])
def test_a_name_is_shown_as_far_as_vapi_takes_it(clock: ManualClock, name: str, shown: str | None) -> None:
    assert asked_for(clock, name=name)["customer"].get("name") == shown


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"webhookUrl": "https://own.example/v"}, {**SERVER, "url": "https://own.example/v"}),
        ({"webhookCredentialId": "cred-1"}, {**SERVER, "credentialId": "cred-1"}),
    ],
)
def test_reports_go_where_the_integration_says_or_to_this_stack(
    clock: ManualClock, settings: dict[str, Any], expected: Any
) -> None:
    assert asked_for(clock, **settings)["assistantOverrides"]["server"] == (expected or SERVER)


def test_without_an_address_of_ours_no_reports_are_asked_for(clock: ManualClock) -> None:
    with double("vapi", clock, CREATED) as vapi:
        vapi.wired().send(an_order("CALL", callback_url=None))

    assert not {"server", "serverMessages"} & vapi.asked[0].json["assistantOverrides"].keys()


# --- who talks ----------------------------------------------------------------------------------------------------


def test_a_script_without_an_assistant_is_one(clock: ManualClock) -> None:
    settings = {"model": "gpt-4o", "voice": "alloy", "temperature": 0.7}

    asked = asked_for(clock, a_call(settings, first="Hi!"), assistantId=None)

    instructions = [{"role": "system", "content": "Be kind."}]
    assert asked["assistant"] == {
        "model": {"provider": "openai", "model": "gpt-4o", "temperature": 0.7, "messages": instructions}
    }
    assert "assistantId" not in asked
    overrides = asked["assistantOverrides"]
    assert overrides["voice"] == {"provider": "openai", "voiceId": "alloy"}
    assert overrides["firstMessage"] == "Hi!"
    assert "model" not in overrides


def test_the_script_names_another_assistant_and_number_than_the_integration(clock: ManualClock) -> None:
    asked = asked_for(clock, a_call({"assistantId": "asst-2", "assistantVersion": "v3", "phoneNumberId": "number-2"}))

    assert (asked["assistantId"], asked["assistantVersion"], asked["phoneNumberId"]) == ("asst-2", "v3", "number-2")


def test_the_script_describes_an_assistant(clock: ManualClock) -> None:
    asked = asked_for(clock, a_call({"assistant": {"firstMessage": "Hey", "name": "Alex"}}))

    assert asked["assistant"] == {"firstMessage": "Hey", "name": "Alex"}
    assert "assistantId" not in asked


def test_a_model_of_the_script_takes_the_place_of_the_assistants(clock: ManualClock) -> None:
    model = {
        "provider": "openai",
        "model": "gpt-4.1",
        "maxTokens": 200,
        "messages": [{"role": "system", "content": "old"}, {"role": "assistant", "content": "kept"}],
    }

    overrides = asked_for(clock, a_call({"model": model, "temperature": 0.2}))["assistantOverrides"]

    assert overrides["model"] == {
        "provider": "openai",
        "model": "gpt-4.1",
        "maxTokens": 200,
        "temperature": 0.2,
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "assistant", "content": "kept"}],
    }


def test_a_saved_assistant_keeps_its_model_unless_the_script_has_one(clock: ManualClock) -> None:
    overrides = asked_for(clock, a_call({"temperature": 0.2}))["assistantOverrides"]

    assert "model" not in overrides
    assert overrides["variableValues"] == {"instructions": "Be kind."}


def test_other_settings_are_the_assistants(clock: ManualClock) -> None:
    settings = {"maxDurationSeconds": 300, "voicemailMessage": "Call us back.", "endCallPhrases": ["bye"]}

    overrides = asked_for(clock, a_call(settings))["assistantOverrides"]

    assert {name: overrides[name] for name in settings} == settings


def test_what_is_ours_to_say_cannot_be_overridden(clock: ManualClock) -> None:
    settings = {
        "server": {"url": "https://evil.example"},
        "serverMessages": ["transcript"],
        "metadata": {"x": "forged"},
        "variableValues": {"instructions": "forged"},
        "customer": {"number": "+19995550000"},
        "name": "forged",
        "instructions": "forged",
    }

    asked = asked_for(clock, a_call(settings))

    assert "forged" not in str(asked)
    assert "evil" not in str(asked)
    assert asked["customer"]["number"] == TO["CALL"]


@pytest.mark.parametrize(
    ("integration", "body", "code"),
    [
        ({"phoneNumberId": None}, a_call({}), "no_phone_number"),
        ({"assistantId": None}, a_call({}, instructions=None), "no_assistant"),
        ({"assistantId": None}, a_call({"voice": "alloy"}, instructions=""), "no_assistant"),
    ],
)
def test_a_call_that_nobody_set_up_waits_for_it(
    clock: ManualClock, integration: dict[str, Any], body: CallBody, code: str
) -> None:
    with double("vapi", clock, CREATED) as vapi:
        outcome = vapi.wired(**integration).send(an_order("CALL", body=body))

    assert isinstance(outcome, NotAccepted)
    assert (outcome.code, outcome.retry_after, vapi.asked) == (code, SET_UP_PAUSE, [])


@pytest.mark.parametrize(
    ("levels", "result"),
    [
        ([{"a": 1}, {"a": 2, "b": 2}, None, {"b": 3, "c": 3}], {"a": 1, "b": 2, "c": 3}),
        ([{"assistantId": "s"}, {"assistant": {}}], {"assistantId": "s"}),
        ([{"assistant": {}}, {"assistantId": "c", "assistantVersion": "v1"}], {"assistant": {}}),
        ([{"assistantId": "s"}, {"assistantVersion": "v1"}], {"assistantId": "s"}),
        (
            [{"voice": "v"}, {"assistantId": "c", "assistantVersion": "v1"}],
            {"voice": "v", "assistantId": "c", "assistantVersion": "v1"},
        ),
        ([], {}),
    ],
)
def test_the_earlier_level_wins_and_who_talks_is_one_choice(levels: list[Any], result: dict[str, Any]) -> None:
    assert merged(levels) == result


# --- answers ------------------------------------------------------------------------------------------------------

BLOCKED: dict[str, Any] = {
    "subscriptionLimits": {"concurrencyBlocked": True, "concurrencyLimit": 10, "remainingConcurrentCalls": 0}
}
OVER: dict[str, Any] = {"status": "ended", "endedReason": "call.start.error-subscription-concurrency-limit-reached"}


def test_a_blocked_call_that_may_still_start_is_not_made_again(clock: ManualClock) -> None:
    with double("vapi", clock, said(201, {**CALL, **BLOCKED})) as vapi:
        outcome = vapi.wired().send(an_order("CALL"))

    assert outcome == Accepted("call-1", {"status": "queued", "concurrencyBlocked": True})


def test_a_blocked_call_that_is_over_is_tried_again_later(clock: ManualClock) -> None:
    with double("vapi", clock, said(201, {**CALL, **BLOCKED, **OVER})) as vapi:
        outcome = vapi.wired().send(an_order("CALL"))

    assert isinstance(outcome, NotAccepted)
    assert (outcome.code, outcome.retry_after) == ("concurrency", NO_PLACE_PAUSE)


@pytest.mark.parametrize("answer", [b"", b"[]", b"{", b'{"id": 7}'])
def test_a_success_that_cannot_be_read_is_a_success(clock: ManualClock, answer: bytes) -> None:
    with double("vapi", clock, said(201, answer)) as vapi:
        assert vapi.wired().send(an_order("CALL")) == Accepted(None, {})


@pytest.mark.parametrize(
    ("status", "message", "kind", "code"),
    [
        (400, "Over Concurrency Limit. Current Concurrency: 10", NotAccepted, "concurrency"),
        (400, "Couldn't start call: daily outbound call limit reached", NotAccepted, "limit"),
        (400, "Insufficient credits", NotAccepted, "account"),
        (400, "Wallet does not exist", NotAccepted, "account"),
        (400, "Subscription frozen", NotAccepted, "account"),
        (400, "Fraud check failed", NotAccepted, "account"),
        (400, ["customer.number must be a valid phone number in the E.164 format"], Rejected, "number"),
        (400, ["phoneNumberId must be a UUID"], NotAccepted, "phone_number"),
        (400, "Couldn't Find Phone Number. Need `phoneNumberId`", NotAccepted, "phone_number"),
        (400, "Couldn't find assistant", NotAccepted, "assistant"),
        (400, ["assistantOverrides.model.model must be one of ..."], NotAccepted, "assistant"),
        (400, f"something about {TO['CALL']}", Rejected, "400"),
        (400, None, Rejected, "400"),
        (400, {"odd": 1}, Rejected, "400"),
        (401, "Invalid Key", Unauthorized, "401"),
        (402, None, NotAccepted, "402"),
        (403, "concurrency", NotAccepted, "403"),
        (404, None, NotAccepted, "404"),
        (422, None, Rejected, "422"),
        (429, None, NotAccepted, "429"),
        (500, "Insufficient credits", Unclear, "500"),
        (503, None, Unclear, "503"),
    ],
)
def test_a_refusal_says_what_becomes_of_the_call(
    clock: ManualClock, status: int, message: Any, kind: type, code: str
) -> None:
    with double("vapi", clock, said(status, {"message": message, "statusCode": status})) as vapi:
        outcome = vapi.wired().send(an_order("CALL"))

    assert type(outcome) is kind
    assert not isinstance(outcome, Accepted)
    assert outcome.code == code
    assert TO["CALL"] not in outcome.detail
    assert getattr(outcome, "suppress", None) is None
    assert len(vapi.asked) == 1


def test_so_many_calls_are_under_way_at_once(clock: ManualClock) -> None:
    with double("vapi", clock, CREATED) as vapi:
        assert vapi.wired().places == 10
        assert vapi.wired(concurrency=3).places == 3


# --- look-ups -----------------------------------------------------------------------------------------------------


def call(at: datetime = START, **changed: Any) -> dict[str, Any]:
    created = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": f"call {at}", "status": "ended", "createdAt": created, "customer": {"number": "+1"}, **changed}


def look_up(clock: ManualClock, *answers: Any, **trace: Any) -> tuple[Lookup, list[Asked]]:
    with double("vapi", clock, *answers) as vapi:
        return vapi.wired().look_up(a_trace("CALL", **trace)), vapi.asked


@pytest.mark.parametrize("named", [{"name": CORRELATION}, {"customer": {"externalId": CORRELATION}}])
def test_a_call_is_found_by_our_name_of_it(clock: ManualClock, named: Any) -> None:
    found, asked = look_up(clock, said(200, [call(), call(id="it", status="in-progress", **named)]))

    assert found == Found("it", {"status": "in-progress"})
    assert asked[0].query == {
        "createdAtGe": "2026-02-18T11:59:55.000Z",
        "createdAtLe": "2026-02-18T12:04:55.000Z",
        "limit": str(PAGE),
    }


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [call(name="another")],
        [call(name=CORRELATION, id="known")],
        [call(name=CORRELATION, **OVER)],
        [call(customer=None), None, "x"],
    ],
)
def test_what_is_not_there_was_not_accepted(clock: ManualClock, calls: list[Any]) -> None:
    assert look_up(clock, said(200, calls))[0] == Missing()


class Records:
    """VAPI's records: a page of what lies between two instants, from either end."""

    def __init__(self, calls: list[dict[str, Any]], *, newest_first: bool) -> None:
        self._calls = sorted(calls, key=lambda one: str(one["createdAt"]), reverse=newest_first)

    def __call__(self, asked: Asked) -> bytes:
        since, until, limit = (asked.query[name] for name in ("createdAtGe", "createdAtLe", "limit"))
        between = [one for one in self._calls if since <= one["createdAt"] <= until]
        return said(200, between[: int(limit)])


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("place", [0, 1, PAGE - 1, PAGE, 2 * PAGE, 49])
def test_every_page_is_read_from_whichever_end(clock: ManualClock, newest_first: bool, place: int) -> None:
    calls = [call(START + timedelta(seconds=number)) for number in range(50)]
    missing, _ = look_up(clock, Records(calls, newest_first=newest_first))
    calls[place] |= {"name": CORRELATION, "id": "it"}
    found, asked = look_up(clock, Records(calls, newest_first=newest_first))

    assert missing == Missing()
    assert isinstance(found, Found)
    assert found.ref == "it"
    assert len(asked) <= 4


@pytest.mark.parametrize(
    "page",
    [
        [call(START) for _ in range(PAGE)],
        [call(START + timedelta(seconds=number % 7)) for number in range(PAGE)],
        [call(START, createdAt=None) for _ in range(PAGE)],
    ],
)
def test_pages_that_lead_nowhere_prove_nothing(clock: ManualClock, page: list[Any]) -> None:
    assert isinstance(look_up(clock, said(200, page))[0], Blind)


@pytest.mark.parametrize("answer", [b"", said(403), said(429), said(500), said(200, {}), said(200, b"x")])
def test_records_that_cannot_be_read_prove_nothing(clock: ManualClock, answer: bytes) -> None:
    assert isinstance(look_up(clock, answer)[0], Blind)


# --- what became of a call ----------------------------------------------------------------------------------------


def report(clock: ManualClock, answer: Any, ref: str = "it") -> tuple[Any, Asked]:
    with double("vapi", clock, answer) as vapi:
        wired = vapi.wired()
        assert isinstance(wired, Vapi)
        return wired.report(ref), vapi.asked[0]


def test_a_call_is_shown_as_it_is_on_record(clock: ManualClock) -> None:
    ended = call(id="it", status="ended", endedReason="voicemail", cost=0.01)

    shown, asked = report(clock, said(200, ended))

    assert shown == ended
    assert (asked.method, asked.path) == ("GET", "/call/it")


def test_a_call_that_is_not_on_record_is_none(clock: ManualClock) -> None:
    assert report(clock, said(404))[0] is None


def test_a_strange_id_stays_within_its_part_of_the_address(clock: ManualClock) -> None:
    assert report(clock, said(404), "../a?b")[1].path == "/call/..%2Fa%3Fb"


@pytest.mark.parametrize("answer", [b"", said(403), said(429), said(500), said(200, []), said(200, b"x")])
def test_a_call_that_cannot_be_read_is_in_the_dark(clock: ManualClock, answer: bytes) -> None:
    assert isinstance(report(clock, answer)[0], Blind)


def test_another_call_than_the_one_asked_for_is_none_of_ours(clock: ManualClock) -> None:
    assert isinstance(report(clock, said(200, call(id="other")))[0], Blind)


def test_credentials_that_are_not_taken_are_told_apart(clock: ManualClock) -> None:
    with pytest.raises(UnauthorizedError):
        report(clock, said(401))


# --- checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "answer", "ok", "detail"),
    [
        (NUMBER, said(200, {}), True, "VAPI knows the key and the number."),
        (NUMBER, said(404), False, "VAPI knows the key, but not the number (phoneNumberId)."),
        (None, said(200, []), True, "VAPI knows the key."),
        (None, said(404), False, "VAPI: there is no such account, sender or address (404)."),
        (NUMBER, said(401), False, "VAPI: it does not take the credentials (401)."),
    ],
)
def test_a_key_is_checked_by_reading_the_number(
    clock: ManualClock, number: str | None, answer: bytes, ok: bool, detail: str
) -> None:
    with double("vapi", clock, answer) as vapi:
        checked = vapi.wired(phoneNumberId=number).check()

    assert (checked.ok, checked.detail) == (ok, detail)
    path = "/phone-number?limit=1" if number is None else f"/phone-number/{number}"
    assert [(one.method, one.path) for one in vapi.asked] == [("GET", path)]
