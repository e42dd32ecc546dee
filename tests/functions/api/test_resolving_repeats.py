"""Saying what became of a send that was repeated, the first being known not to have been taken, and is lost since."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.jsontext import format_instant
from retention.leads.model import Contact
from tests.functions.api.desk import Desk
from tests.integrity import problems


@pytest.fixture
def desk(app: Application, clock: ManualClock) -> Desk:
    return Desk(app, clock)


def lost_at_the_second_try(desk: Desk) -> str:
    """An execution whose first send was not taken, for certain, and whose second nobody knows of; its id."""
    desk.enroll(desk.sequence({})["id"], desk.lead())
    desk.ledger.moods = ["lose"] * 2
    desk.work()
    desk.wait(seconds=301)
    desk.work()
    desk.ledger.blind = True
    for _ in range(26):
        desk.wait(hours=1)
        desk.work()
    (row,) = desk.api.get("/v1/executions?status=FAILED&reason=outcome_unknown").json["data"]
    assert (desk.ledger.calls, row["result"]["askedAt"]) == (2, "2026-02-18T12:05:01.000Z")
    return str(row["id"])


def test_a_send_that_was_repeated_uses_up_no_cap_either(desk: Desk) -> None:
    execution = lost_at_the_second_try(desk)
    lead = execution.partition(".")[0]
    assert len(desk.of(Contact, lead)[0].recent or {}) == 1

    assert desk.api.post(f"/v1/executions/{execution}/resolve", {"outcome": "not_sent"}).status == 200

    assert not desk.of(Contact, lead)[0].recent


def test_a_send_that_was_repeated_was_made_when_it_was_repeated(desk: Desk) -> None:
    execution = lost_at_the_second_try(desk)

    resolved = desk.api.post(f"/v1/executions/{execution}/resolve", {"outcome": "sent"}).json

    assert resolved["executedAt"] == "2026-02-18T12:05:01.000Z"
    (contact,) = desk.of(Contact, execution.partition(".")[0])
    assert contact.last_contacted_at is not None
    assert format_instant(contact.last_contacted_at) == resolved["executedAt"]
    assert problems(desk.app) == []
