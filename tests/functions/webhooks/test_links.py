"""Links in messages, as people and machines follow them."""

from dataclasses import replace

import boto3
import pytest

from retention.receiving.inbox import Inbox
from retention.templates.links import Click, Unsubscribe, Visit, sign, verify
from tests.functions.queue import new_queue
from tests.functions.webhooks.calling import FORM, KEYRING, Outside
from webhooks.routes.links import with_parameter

WORK = "01khrjc1jsk2z0w8v6yq4n3m5t.seq.1"
TARGET = "https://shop.example/offer?a=1&b=%C3%BC#top"


def click(target: str = TARGET, *, preview: bool = False) -> str:
    return f"/r/{sign(KEYRING, Click(WORK, target, preview))}"


def unsubscribe(*, preview: bool = False) -> str:
    return f"/u/{sign(KEYRING, Unsubscribe('EMAIL', WORK, preview))}"


def test_a_click_leads_on_with_the_name_of_the_message_and_is_told(world: Outside) -> None:
    path = click()

    answer = world.call("GET", path, headers={"User-Agent": "Mozilla/5.0"})

    assert (answer.status, answer.body) == (302, "")
    location = answer.headers["Location"]
    before, _, rest = location.partition("&sub_id_1=")
    token, hash_sign, fragment = rest.partition("#")
    assert (before, hash_sign + fragment) == ("https://shop.example/offer?a=1&b=%C3%BC", "#top")
    assert verify(KEYRING, token, Visit) == Visit(WORK)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    (event,) = world.kept()
    assert (event.source, event.id) == ("click", "JKJaXmPLvHcESHA=")
    assert event.content == {"token": path[3:], "userAgent": "Mozilla/5.0", "method": "GET", "prefetch": False}


@pytest.mark.parametrize(
    ("method", "headers", "marks"),
    [
        ("HEAD", {}, ("HEAD", False)),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}, ("GET", True)),
        ("GET", {"Purpose": "prefetch"}, ("GET", True)),
    ],
)
def test_a_machine_that_only_looks_is_marked(
    world: Outside, method: str, headers: dict[str, str], marks: tuple[str, bool]
) -> None:
    assert world.call(method, click(), headers=headers).status == 302

    (event,) = world.kept()
    assert (event.content["method"], event.content["prefetch"]) == marks


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example?s=T"),
        ("https://a.example/?", "https://a.example/?s=T"),
        ("https://a.example/p?s=old&x=s=1", "https://a.example/p?x=s=1&s=T"),
        ("https://a.example/p?s&sx=1;y#f?s=1", "https://a.example/p?sx=1;y&s=T#f?s=1"),
    ],
)
def test_nothing_of_a_target_is_changed_but_that_parameter(url: str, expected: str) -> None:
    assert with_parameter(url, "s", "T") == expected


def test_a_person_arrives_also_while_the_queue_is_down(world: Outside, capsys: pytest.CaptureFixture[str]) -> None:
    gone = new_queue()
    boto3.client("sqs").delete_queue(QueueUrl=gone)
    configured = replace(world.door.settings, inbound_queue_url=gone)
    broken = Outside(world.door._replace(inbox=Inbox(configured, world.door.inbox._ids)), world.bucket)

    answer = broken.call("GET", click())

    assert answer.status == 302
    assert "ClicksLost" in capsys.readouterr().out
    assert broken.call("POST", unsubscribe()).status == 503


def test_a_link_of_a_preview_leads_on_and_counts_for_nothing(world: Outside) -> None:
    assert world.call("GET", click(preview=True)).headers["Location"] == TARGET
    for method in ("GET", "POST"):
        answer = world.call(method, unsubscribe(preview=True))
        assert (answer.status, "preview" in answer.body) == (200, True)
    assert world.kept() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_leads_nowhere(world: Outside, method: str) -> None:
    for path in (click().replace("/r/", "/u/"), unsubscribe()[:-1], "/u/x"):
        answer = world.call(method, path)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert world.call("HEAD", unsubscribe().replace("/u/", "/r/")).status == 404
    assert world.kept() == []


def test_looking_at_the_page_changes_nothing_and_its_button_does(world: Outside) -> None:
    path = unsubscribe()

    page = world.call("GET", path)

    assert (page.status, world.kept()) == (200, [])
    assert '<form method="post">' in page.body
    assert "<script" not in page.body
    assert "http" not in page.body
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "noindex" in page.headers["X-Robots-Tag"]

    done = world.call("POST", path, b"confirm=yes", {"Content-Type": FORM})

    assert (done.status, "You will get no more messages." in done.body) == (200, True)
    (event,) = world.kept()
    assert (event.source, event.id, event.content) == ("unsubscribe", path[3:], {"token": path[3:], "how": "page"})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--',
        ),
    ],
)
def test_a_mailbox_unsubscribes_with_one_click(world: Outside, content_type: str, body: bytes) -> None:
    """RFC 8058, section 3.1: either encoding, no cookies, nothing to confirm."""
    assert world.call("POST", unsubscribe(), body, {"Content-Type": content_type}).status == 200

    (event,) = world.kept()
    assert event.content["how"] == "one_click"
