"""Meta's side of a lead form, and the team's own systems."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import Answer, Asking
from tests.tools.sandbox.standin import Service, running_service
from tools.sandbox import signatures
from tools.sandbox.accounts import META_APP_SECRET, META_PAGE, META_PAGE_TOKEN
from tools.sandbox.running import Sandbox, running_sandbox

FIELDS = "id,created_time,ad_id,form_id,field_data,custom_disclaimer_responses"


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


@pytest.fixture
def sandbox(clock: ManualClock, service: Service) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now, webhooks=f"{service.url}/webhooks") as running:
        yield running


@pytest.fixture
def ask(sandbox: Sandbox) -> Asking:
    return Asking(sandbox.url)


def lead(ask: Asking, identifier: str, fields: str = FIELDS, token: str = META_PAGE_TOKEN) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return ask.ask("GET", f"/v26.0/{identifier}?fields={fields}", b"", headers)


def left(sandbox: Sandbox, **more: Any) -> str:
    """The id of a new lead."""
    given = {"fields": {"full_name": "Ann Example", "phone_number": "+14155550101"}, "consents": {"sms": True}}
    return str(sandbox.ask("POST", "/meta/leads", {"leads": [given | more]})["ids"][0])


def test_a_lead_is_told_of_signed_and_read_with_the_fields_that_are_asked_for(
    sandbox: Sandbox, ask: Asking, service: Service
) -> None:
    identifier = left(sandbox)

    ((_, path, _, body),) = service.got
    assert path == "/webhooks/meta"
    notice = json.loads(body)
    value = notice["entry"][0]["changes"][0]["value"]
    assert (notice["object"], value["leadgen_id"], value["page_id"]) == ("page", identifier, META_PAGE)
    assert "Ann" not in body.decode()
    read = lead(ask, identifier)
    assert (read.status, read.headers["facebook-api-version"]) == (200, "v26.0")
    assert set(read.json()) == set(FIELDS.split(","))
    assert read.json()["field_data"][0] == {"name": "full_name", "values": ["Ann Example"]}
    assert read.json()["custom_disclaimer_responses"] == [{"checkbox_key": "sms", "is_checked": "1"}]
    assert set(lead(ask, identifier, "id").json()) == {"id"}


def test_notices_come_in_batches_and_in_copies(sandbox: Sandbox, service: Service) -> None:
    answer = sandbox.ask("POST", "/meta/leads", {"leads": [{}] * 5, "copies": 3, "batch": 4, "unknown": ["7"]})

    changes = [change for *_, body in service.got for change in json.loads(body)["entry"][0]["changes"]]
    told = [change["value"]["leadgen_id"] for change in changes]
    assert len(service.got) == 5
    assert sorted(told) == sorted([*answer["ids"], "7"] * 3)


def test_what_meta_signs_is_what_it_sends() -> None:
    body = b'{"a":"\\u00e4\\/"}'
    mine = hmac.new(META_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()

    assert signatures.meta(META_APP_SECRET, body) == f"sha256={mine}"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "refuse", "status": 400, "code": 80005, "retryAfter": 120}, 400, 80005),
        ({"kind": "refuse", "status": 500}, 500, 2),
        ({"kind": "refuse", "status": 401}, 400, 190),
    ],
)
def test_the_graph_refuses_in_its_own_words(
    sandbox: Sandbox, ask: Asking, fault: dict[str, Any], status: int, code: int
) -> None:
    identifier = left(sandbox)
    sandbox.faults({**fault, "provider": "meta", "operation": "look_up", "times": 1})

    refused, read = lead(ask, identifier), lead(ask, identifier)

    assert (refused.status, refused.json()["error"]["code"], read.status) == (status, code, 200)
    if code == 80005:
        usage = json.loads(refused.headers["x-business-use-case-usage"])
        assert usage[META_PAGE][0]["estimated_time_to_regain_access"] == 2


def test_another_token_and_another_lead_are_refused(sandbox: Sandbox, ask: Asking) -> None:
    refused, unknown = lead(ask, left(sandbox), token="other"), lead(ask, "1")

    assert (refused.status, refused.json()["error"]["code"]) == (400, 190)
    assert (unknown.status, unknown.json()["error"]["code"]) == (400, 100)


def test_meta_asks_whether_we_listen(sandbox: Sandbox, service: Service) -> None:
    assert sandbox.ask("POST", "/meta/verification") == {"status": 200, "echoed": True}
    assert "hub.mode=subscribe" in service.got[0][1]


# --- the team's own systems ---------------------------------------------------------------------------------------

#: Source: the published test vector of the Standard Webhooks libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,bm9ldHU= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
BODY = b'{"test": 2432232314}'


def post(ask: Asking, headers: dict[str, str], body: bytes = BODY) -> Answer:
    return ask.ask("POST", "/receiver/crm/events", body, headers)


def test_a_receiver_keeps_what_comes_and_checks_its_signature(sandbox: Sandbox, ask: Asking) -> None:
    sandbox.ask("PUT", "/receivers/crm", {"secret": SECRET})

    answers = [post(ask, SIGNED), post(ask, SIGNED, BODY + b" "), post(ask, {})]

    got = sandbox.ask("GET", "/receivers/crm")["got"]
    assert [one.status for one in answers] == [204, 204, 204]
    assert [one["verified"] for one in got] == [True, False, False]
    assert (got[0]["body"], got[0]["headers"]) == (BODY.decode(), SIGNED)
    assert sandbox.ask("GET", "/receivers")["receivers"] == {"crm": 3}


def test_a_receiver_fails_as_it_was_told(sandbox: Sandbox, ask: Asking) -> None:
    sandbox.ask("PUT", "/receivers/crm", {"status": 503, "times": 2, "retryAfter": 7})

    answers = [post(ask, SIGNED) for _ in range(3)]

    assert [one.status for one in answers] == [503, 503, 204]
    assert answers[0].headers["retry-after"] == "7"
    assert [one["answer"] for one in sandbox.ask("GET", "/receivers/crm")["got"]] == [503, 503, 204]


def test_a_receiver_takes_postbacks_too(sandbox: Sandbox, ask: Asking) -> None:
    ask.ask("GET", "/receiver/tracker/postback?subid=a&payout=1.50", b"", {})

    (got,) = sandbox.ask("GET", "/receivers/tracker")["got"]
    assert (got["method"], got["query"]) == ("GET", {"subid": "a", "payout": "1.50"})


def test_everything_is_forgotten_together(sandbox: Sandbox, ask: Asking) -> None:
    identifier = left(sandbox)
    post(ask, {})
    ask.ask("GET", "/tracker/x", b"", {})

    sandbox.reset()

    assert lead(ask, identifier).status == 400
    assert sandbox.ask("GET", "/receivers/crm")["got"] == []
    assert sandbox.ask("GET", "/tracker")["clicks"] == []


def test_the_signature_is_that_of_the_specification() -> None:
    expected = SIGNED["webhook-signature"].split()[1]
    named = SIGNED["webhook-id"], SIGNED["webhook-timestamp"]

    assert signatures.standard(SECRET, *named, BODY) == expected
