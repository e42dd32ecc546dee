"""The people behind the addresses do with what reaches them what people do, and the tracker sees them come."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from retention.clock import ManualClock
from tests.tools.sandbox.asking import Asking, until_true
from tests.tools.sandbox.standin import Service, running_service
from tools.sandbox.accounts import KEITARO_TOKEN
from tools.sandbox.running import Sandbox, running_sandbox

NUMBER = "+12025550100"
MAIL = "ada@example.com"


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as running:
        yield running


@pytest.fixture
def sandbox(clock: ManualClock, service: Service) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now, webhooks=f"{service.url}/webhooks", speed=20) as running:
        service.targets["/r/token"] = f"{running.url}/tracker/seat?a=1&sub_id_1=visit&external_id=lead-7"
        yield running


@pytest.fixture
def ask(sandbox: Sandbox) -> Asking:
    return Asking(sandbox.url)


def text_with_link(ask: Asking, service: Service) -> None:
    ask.text(NUMBER, Body=f"Your seat: {service.url}/r/token. Reply STOP to opt out {service.url}/u/none")


def mail_with_links(ask: Asking, service: Service) -> None:
    html = f'<a href="{service.url}/r/token">Seat</a> <a href="{service.url}/u/token?x=1&amp;y=2">Leave</a>'
    headers = {
        "List-Unsubscribe": f"<{service.url}/u/one-click>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    ask.mail(MAIL, content=[{"type": "text/html", "value": html}], headers=headers, custom_args={"x": "key"})


def does(sandbox: Sandbox, deed: str, to: str, **more: Any) -> Any:
    return sandbox.ask("POST", "/people", {"does": deed, "to": to, **more})


def events(service: Service) -> list[dict[str, Any]]:
    posts = [body for _, path, _, body in service.got if path == "/webhooks/sendgrid"]
    return [event for body in posts for event in json.loads(body)]


def test_a_link_is_followed_to_the_tracker_as_a_person_does(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    text_with_link(ask, service)

    came = does(sandbox, "click", NUMBER)

    assert (came["status"], urlsplit(came["found"]).path) == (200, "/tracker/seat")
    ((method, path, agent, _),) = service.got
    assert (method, path) == ("GET", "/r/token")
    assert "iPhone" in agent
    (click,) = sandbox.ask("GET", "/tracker")["clicks"]
    assert (click["sub_id_1"], click["external_id"], len(click["subid"])) == ("visit", "lead-7", 20)


def test_a_scanner_says_that_it_is_one(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    mail_with_links(ask, service)

    does(sandbox, "scan", MAIL)

    methods = [(method, agent) for method, path, agent, _ in service.got if path == "/r/token"]
    assert methods == [("HEAD", "Mozilla/5.0 (compatible; Barracuda Sentinel)")]


def test_strangers_are_not_visited(sandbox: Sandbox, ask: Asking) -> None:
    ask.text(NUMBER, Body="Your seat: https://retention.example/r/token")

    assert does(sandbox, "click", NUMBER)["status"] == 0


def test_one_click_unsubscribes_with_one_post(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    mail_with_links(ask, service)

    assert does(sandbox, "unsubscribe", MAIL)["status"] == 200

    posts = [(method, path, body) for method, path, _, body in service.got if path.startswith("/u/")]
    assert posts == [("POST", "/u/one-click", b"List-Unsubscribe=One-Click")]


def test_the_button_of_the_page_is_pressed(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    mail_with_links(ask, service)

    assert does(sandbox, "unsubscribe_page", MAIL)["status"] == 200

    seen = [(method, path, body) for method, path, _, body in service.got if path.startswith("/u/")]
    assert seen == [("GET", "/u/token?x=1&y=2", b""), ("POST", "/u/token?x=1&y=2", b"a=1&go=yes")]


@pytest.mark.parametrize(
    ("deed", "event", "machine"),
    [("open", "open", False), ("machine_open", "open", True), ("complain", "spamreport", None)],
)
def test_what_a_reader_does_is_an_event(
    sandbox: Sandbox, ask: Asking, service: Service, deed: str, event: str, machine: bool | None
) -> None:
    mail_with_links(ask, service)
    does(sandbox, deed, MAIL)

    until_true(lambda: len(events(service)) >= 3)

    (found,) = [one for one in events(service) if one["event"] == event]
    assert (found["x"], found.get("sg_machine_open")) == ("key", machine)


def test_a_text_is_answered(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    ask.text(NUMBER)

    does(sandbox, "reply", NUMBER, text="who is this?")

    ((_, path, _, body),) = service.wait_for(1)
    assert (path, dict(parse_qsl(body.decode()))["Body"]) == ("/webhooks/twilio/inbound", "who is this?")


def test_habits_are_done_in_their_order_as_often_as_was_said(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    sandbox.ask(
        "PUT",
        "/people",
        {"habits": [{"does": "click", "to": NUMBER, "times": 1}, {"does": "reply", "text": "No"}, {"does": "open"}]},
    )

    text_with_link(ask, service)
    service.wait_for(2)
    text_with_link(ask, service)
    service.wait_for(3)

    assert [path for _, path, _, _ in service.got] == ["/r/token", *["/webhooks/twilio/inbound"] * 2]
    assert [one["does"] for one in sandbox.ask("GET", "/people")["habits"]] == ["reply", "open"]


def test_nothing_is_done_with_what_did_not_arrive(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    sandbox.ask("PUT", "/people", {"habits": [{"does": "reply", "after": 0}]})
    sandbox.faults({"kind": "outcome", "outcome": "undelivered", "to": NUMBER, "times": 1})
    ask.text(NUMBER)
    ask.text("+12025550199")

    ((_, _, _, body),) = service.wait_for(1)

    assert dict(parse_qsl(body.decode()))["From"] == "+12025550199"


def test_a_purchase_is_told_by_a_postback(sandbox: Sandbox, ask: Asking, service: Service) -> None:
    text_with_link(ask, service)

    came = does(sandbox, "buy", NUMBER, payout="21.50", tid="t 1")

    assert [one["answer"] for one in came["postbacks"]] == [200]
    (postback,) = [path for _, path, _, _ in service.got if path.startswith("/postbacks")]
    parts, click = urlsplit(postback), sandbox.ask("GET", "/tracker")["clicks"][0]
    assert parts.path == f"/postbacks/keitaro/{KEITARO_TOKEN}"
    assert parse_qs(parts.query) == {
        "subid": [click["subid"]],
        "status": ["sale"],
        "payout": ["21.50"],
        "tid": ["t 1"],
        "currency": ["USD"],
        "sub_id_1": ["visit"],
        "external_id": ["lead-7"],
    }


def test_a_postback_is_what_its_template_says_as_often_as_was_asked(
    sandbox: Sandbox, ask: Asking, service: Service
) -> None:
    text_with_link(ask, service)
    does(sandbox, "click", NUMBER)
    template = "{base}/postbacks/keitaro/{token}?subid={subid}&status={status}&offer={offer_name}"
    sandbox.ask("PUT", "/tracker", {"url": template, "method": "post"})

    sandbox.ask("POST", "/tracker/conversions", {"sub_id_1": "visit", "status": "rejected", "copies": 3})

    posts = [(method, path, body) for method, path, _, body in service.got if path.startswith("/postbacks")]
    subid = sandbox.ask("GET", "/tracker")["clicks"][0]["subid"]
    wanted = f"subid={subid}&status=rejected&offer={{offer_name}}".encode()
    assert posts == [("POST", f"/postbacks/keitaro/{KEITARO_TOKEN}", wanted)] * 3


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/people", {"does": "dance", "to": NUMBER}, "does"),
        ("POST", "/people", {"does": "reply", "to": "+12025550111"}, "Nothing reached"),
        ("PUT", "/people", {}, "habits"),
        ("POST", "/tracker/conversions", {"subid": "none", "status": "sale"}, "No click"),
        ("POST", "/people/nowhere", {}, "There is no"),
    ],
)
def test_what_cannot_be_done_is_said(sandbox: Sandbox, method: str, path: str, body: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sandbox.ask(method, path, body)
