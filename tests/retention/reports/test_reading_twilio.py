"""What Twilio's status callbacks say."""

import pytest

from retention.bootstrap import Application
from retention.engine.queue import Work
from retention.inbound.outcome import Hopeless, Ignored
from retention.receiving.event import Event
from retention.reports import twilio
from retention.reports.evidence import Report, Suppress
from retention.templates import links
from tests.start import START

WORK = Work("SequenceStepExecution", "lead.sequence.1.step")
TO = "+12025550123"


def told(app: Application, status: str, code: str | None = None, to: str = TO, **more: str) -> object:
    params = {"MessageSid": "SM" + "0" * 32, "MessageStatus": status, "To": to, **more}
    if code is not None:
        params["ErrorCode"] = code
    content = {"callback": links.callback(app.core, WORK), "params": params}
    return twilio.read(Event("twilio-status", "id", content, START), app.core.keyring)


def report(app: Application, status: str, code: str | None = None, **more: str) -> Report:
    found = told(app, status, code, **more)
    assert isinstance(found, Report)
    assert (found.work, found.channel, found.ref) == (WORK, "SMS", "SM" + "0" * 32)
    return found


@pytest.mark.parametrize(
    ("status", "proves"),
    [
        ("scheduled", []),
        ("accepted", []),
        ("queued", []),
        ("sending", []),
        ("sent", []),
        ("delivered", ["delivered"]),
        ("partially_delivered", ["delivered"]),
        ("read", ["delivered", "opened"]),
        ("undelivered", ["undelivered"]),
        ("failed", ["undelivered"]),
        ("canceled", ["undelivered"]),
    ],
)
def test_each_status_proves_what_it_says(app: Application, status: str, proves: list[str]) -> None:
    assert [one.what for one in report(app, status).evidence] == proves


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("21610", "OPT_OUT"),
        ("21211", "INVALID_NUMBER"),
        ("30640", "COMPLAINT"),
        ("30003", None),
        ("30005", None),
        ("30007", None),
        ("99999", None),
        ("-1", None),
        ("٣", None),
    ],
)
def test_codes_say_whether_the_number_may_be_used_again(app: Application, code: str, reason: str | None) -> None:
    found = report(app, "failed", code).suppress
    assert found == (None if reason is None else Suppress(TO, reason))  # type: ignore[arg-type]


def test_why_it_failed_is_told_in_words(app: Application) -> None:
    (evidence,) = report(app, "undelivered", "30005").evidence
    assert evidence.facts == {"kind": "undelivered", "code": "30005", "detail": "the handset is not known"}
    (evidence,) = report(app, "undelivered", "no code").evidence
    assert evidence.facts == {"kind": "undelivered"}


def test_a_number_of_another_channel_is_told_by_its_number(app: Application) -> None:
    assert report(app, "failed", "21610", to=f"whatsapp:{TO}").suppress == Suppress(TO, "OPT_OUT")


def test_a_time_without_a_zone_is_not_believed(app: Application) -> None:
    (evidence,) = report(app, "delivered", RawDlrDoneDate="2602181559").evidence
    assert (evidence.at, evidence.facts) == (START, {})


def test_an_unknown_status_is_kept_for_somebody_to_look_at(app: Application) -> None:
    found = told(app, "exploded")
    assert isinstance(found, Hopeless)
    assert "exploded" in found.why


def test_what_is_not_about_our_sends_is_let_go(app: Application) -> None:
    preview = links.sign(app.core.keyring, links.Callback(*WORK, preview=True))
    click = links.sign(app.core.keyring, links.Click(WORK.id, "https://example.com"))
    params = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    for token in (None, "", "forged", links.callback(app.core, WORK)[:-1], click, preview):
        event = Event("twilio-status", "id", {"callback": token, "params": params}, START)
        assert isinstance(twilio.read(event, app.core.keyring), Ignored)
    assert isinstance(told(app, "received"), Ignored)
    strange: tuple[object, ...] = (None, [], {"callback": links.callback(app.core, WORK)})
    for content in strange:
        assert isinstance(twilio.read(Event("twilio-status", "id", content, START), app.core.keyring), Ignored)
