"""The inbound function through its entry: what becomes of messages, and what its log says of them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from inbound import app as function
from inbound.handlers import handlers_of
from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.receiving.event import SOURCES, Event
from retention.receiving.messages import packed
from tests.door import Context
from tests.functions.queue import event_of, new_queue, take_all
from tests.retention.reports.sends import Sent, sent

CANARY = "canary-4155550199"


@pytest.fixture
def app(app: Application, clock: ManualClock) -> Application:
    """The application with a queue to put events back on."""
    configured = replace(app.core.settings, inbound_queue_url=new_queue(), inbound_dead_letter_queue_url=new_queue())
    return build(configured, clock=clock, keyring=app.core.keyring)


def handle(monkeypatch: pytest.MonkeyPatch, app: Application, *bodies: str, milliseconds: int = 60_000) -> list[str]:
    """Have the function apply messages; returns the positions of those that are to come again."""
    applier = function.build(app)
    monkeypatch.setattr(function, "applier", lambda: applier)
    answer = function.lambda_handler(event_of(*bodies), Context(milliseconds_left=milliseconds))  # type: ignore[arg-type]
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def message(*events: Event) -> str:
    (body,) = packed(events)
    assert isinstance(body, str)
    return body


def test_every_source_is_applied_by_somebody(app: Application) -> None:
    assert handlers_of(app).keys() == set(SOURCES)


def test_a_message_that_cannot_be_read_comes_again_and_takes_no_other_along(
    app: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mails = [sent(app, "EMAIL") for _ in range(2)]
    first, last = (message(one.mail("delivered")) for one in mails)

    assert handle(monkeypatch, app, first, "what is this?", last) == ["1"]

    assert [one.attempt.status for one in mails] == ["SUCCESS"] * 2
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert line["EventsApplied"] == [2.0]
    assert "EventsFailed" not in line


def test_what_could_not_be_finished_waits_for_the_next_go(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = sent(app, "EMAIL")

    assert handle(monkeypatch, app, message(mail.mail("delivered")), milliseconds=19_000) == []
    assert mail.execution.status == "SENT"

    (waiting,) = take_all(app.core.settings.inbound_queue_url)
    assert handle(monkeypatch, app, waiting) == []
    assert mail.attempt.status == "SUCCESS"


def strange(mail: Sent) -> list[Event]:
    """Events that nobody foresaw, with something personal in every place."""
    contents: list[Any] = [CANARY, [CANARY], {"params": CANARY}, {"params": {CANARY: [CANARY]}}, {"token": CANARY}]
    odd = [
        Event(source, f"{CANARY}-{at}", one, mail.attempt.started_at)
        for source in SOURCES
        for at, one in enumerate(contents)
    ]
    told = [
        mail.mail("bounce", reason=CANARY, timestamp=CANARY),
        mail.mail("novel"),
        mail.mail("open", useragent=[CANARY]),
    ]
    return [*odd, *told]


def test_no_word_of_what_came_in_is_in_the_log(
    app: Application,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    events = strange(sent(app, "EMAIL"))
    unreadable = [json.dumps({"events": [{"source": "vapi", "id": CANARY}]}), f'{{"events": [{CANARY}]}}', CANARY]

    again = handle(monkeypatch, app, *(message(one) for one in events), *unreadable)

    assert again == [str(len(events) + at) for at in range(len(unreadable))]
    assert "event_" in caplog.text
    written = capfd.readouterr()
    assert CANARY not in caplog.text + written.out + written.err + " ".join(str(vars(one)) for one in caplog.records)
