"""What the events of SendGrid say."""

from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.engine.queue import Work
from retention.inbound.outcome import Hopeless, Ignored
from retention.receiving.event import Event
from retention.reports import sendgrid
from retention.reports.evidence import Report, Suppress
from retention.templates import links
from tests.start import START

WORK = Work("SequenceStepExecution", "lead.sequence.1.step")
TO = "ada@example.com"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"


def told(app: Application, name: str, **more: Any) -> object:
    given = {"event": name, "email": TO, "timestamp": int(START.timestamp()) - 60, "sg_message_id": "abc.filter1"}
    content = {**given, "x": links.callback(app.core, WORK), **more}
    return sendgrid.read(Event("sendgrid", "id", content, START), app.core.keyring)


def report(app: Application, name: str, **more: Any) -> Report:
    found = told(app, name, **more)
    assert isinstance(found, Report)
    assert (found.work, found.channel) == (WORK, "EMAIL")
    return found


@pytest.mark.parametrize(
    ("name", "more", "proves"),
    [
        ("processed", {}, []),
        ("deferred", {"response": "450 4.2.1 later", "attempt": "3"}, []),
        ("delivered", {"response": "250 OK"}, ["delivered"]),
        ("bounce", {"type": "bounce"}, ["undelivered"]),
        ("bounce", {"type": "blocked"}, ["undelivered"]),
        ("dropped", {"reason": "Bounced Address"}, ["undelivered"]),
        ("open", {"sg_machine_open": False}, ["opened"]),
        ("open", {"sg_machine_open": True}, ["machine_opened"]),
        ("click", {"useragent": PHONE}, ["clicked"]),
        ("click", {"useragent": "BarracudaCentral scanner"}, ["machine_clicked"]),
        ("click", {}, ["machine_clicked"]),
        ("spamreport", {}, ["complained"]),
        ("unsubscribe", {}, []),
        ("group_unsubscribe", {"asm_group_id": 7}, []),
    ],
)
def test_each_event_proves_what_it_says(app: Application, name: str, more: dict[str, Any], proves: list[str]) -> None:
    assert [one.what for one in report(app, name, **more).evidence] == proves


@pytest.mark.parametrize(
    ("name", "more", "reason"),
    [
        ("bounce", {"type": "bounce", "bounce_classification": "Invalid Address"}, "HARD_BOUNCE"),
        ("bounce", {"type": "bounce", "bounce_classification": "Mailbox Unavailable"}, "HARD_BOUNCE"),
        ("bounce", {"type": "bounce", "bounce_classification": "Unclassified"}, "HARD_BOUNCE"),
        ("bounce", {"type": "bounce"}, "HARD_BOUNCE"),
        ("bounce", {"status": "5.1.1"}, "HARD_BOUNCE"),
        ("bounce", {"type": "bounce", "bounce_classification": "Content"}, None),
        ("bounce", {"type": "bounce", "bounce_classification": "Reputation"}, None),
        ("bounce", {"type": "blocked", "status": "5.7.1"}, None),
        ("bounce", {"status": "4.2.2"}, None),
        ("dropped", {"reason": "Bounced Address"}, "HARD_BOUNCE"),
        ("dropped", {"reason": "Invalid"}, "HARD_BOUNCE"),
        ("dropped", {"reason": "Unsubscribed Address"}, "OPT_OUT"),
        ("dropped", {"reason": "Spam Reporting Address"}, "COMPLAINT"),
        ("dropped", {"reason": "Invalid SMTPAPI header"}, None),
        ("dropped", {"reason": "Spam Content (if Spam Checker app is enabled)"}, None),
        ("dropped", {"reason": "Recipient List over Package Quota"}, None),
        ("spamreport", {}, "COMPLAINT"),
        ("unsubscribe", {}, "OPT_OUT"),
        ("group_unsubscribe", {}, "OPT_OUT"),
        ("delivered", {}, None),
        ("open", {}, None),
    ],
)
def test_events_say_whether_the_address_may_be_used_again(
    app: Application, name: str, more: dict[str, Any], reason: str | None
) -> None:
    expected = None if reason is None else Suppress(TO, reason)  # type: ignore[arg-type]
    assert report(app, name, **more).suppress == expected
    # Without our arguments they say no more than that; and of the address they say it all the same.
    stranger = told(app, name, x=None, sg_message_id=None, **more)
    assert stranger == (expected or Ignored("not_ours"))


@pytest.mark.parametrize(
    ("given", "ref"),
    [
        ("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "14c5d75ce93.dfd.64b469"),
        ("IHXSkbGsSdOp0lQlXyPGqg.recvd-7c6f-x2k-1-6690.0", "IHXSkbGsSdOp0lQlXyPGqg"),
        ("IHXSkbGsSdOp0lQlXyPGqg", "IHXSkbGsSdOp0lQlXyPGqg"),
        ("", None),
        (None, None),
    ],
)
def test_the_id_of_the_message_is_told_from_that_of_the_server(app: Application, given: Any, ref: str | None) -> None:
    assert report(app, "delivered", sg_message_id=given).ref == ref


def test_why_it_did_not_arrive_is_told_without_the_address(app: Application) -> None:
    found = report(app, "bounce", type="bounce", status="5.1.1", reason=f"550 <{TO}>: no such user")
    assert found.evidence[0].facts == {"kind": "bounce", "code": "5.1.1", "detail": "550 <…>: no such user"}


@pytest.mark.parametrize(
    ("timestamp", "seconds_ago"),
    [
        (int(START.timestamp()) - 90, 90),
        (str(int(START.timestamp()) - 90), 90),
        (int(START.timestamp()) + 3600, 0),
        (0, 0),
        (-5, 0),
        (10**30, 0),
        ("soon", 0),
        (True, 0),
        (None, 0),
        ([1], 0),
    ],
)
def test_times_that_cannot_be_are_taken_for_now(app: Application, timestamp: Any, seconds_ago: int) -> None:
    (evidence,) = report(app, "delivered", timestamp=timestamp).evidence
    assert evidence.at == START - timedelta(seconds=seconds_ago)


def test_what_is_not_about_our_sends_is_let_go(app: Application) -> None:
    for name in ("group_resubscribe", "account_status_change"):
        assert isinstance(told(app, name), Ignored)
    assert isinstance(told(app, "sang", x=None), Ignored)
    assert isinstance(told(app, "sang"), Hopeless)
    preview = links.sign(app.core.keyring, links.Callback(*WORK, preview=True))
    assert isinstance(told(app, "spamreport", x=preview), Ignored)
    assert isinstance(sendgrid.read(Event("sendgrid", "id", "text", START), app.core.keyring), Ignored)
