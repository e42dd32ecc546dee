"""The demonstration notices what was lost, sent twice, too early, or to somebody who wanted no more."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.demo.audit import UNDER_WAY, Verdict, verdict
from tools.demo.story import Story
from tools.sandbox.ledger import Entry

STEP = {"id": "step", "channel": "SMS"}
LEADS = {f"lead{number}": {"phone": f"+1202555010{number}", "email": "x@example.com"} for number in range(3)}
STORY = Story({"steps": [STEP]}, LEADS)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PACE = 3600.0


def execution(late: str = "00:30:00", **other: Any) -> dict[str, Any]:
    due, done = "2026-01-01T12:00:00.000Z", f"2026-01-01T{12 + int(late[:2]):02d}{late[2:]}.000Z"
    return {"status": "SENT", "scheduledAt": due, "executedAt": done, "result": {}, **other}


def judge(
    sends: dict[str, int], executions: list[dict[str, Any]], ends: Mapping[str, datetime] | None = None
) -> Verdict:
    """The verdict where everything was accepted at noon."""
    entries = [
        Entry(1, "twilio", "ref", LEADS[lead]["phone"], "digest", None, None, NOON, {})
        for lead, count in sends.items()
        for _ in range(count)
    ]
    return verdict(STORY, STEP, entries, executions, PACE, ends or {})


def test_each_once_and_on_time_is_good() -> None:
    found = judge({"lead0": 1, "lead1": 1, "lead2": 1}, [execution(), execution("01:00:00"), execution("02:00:00")])

    assert (found.once, found.twice, found.lost, found.is_good) == (3, 0, 0, True)
    assert found.late == (0.5, 1.0, 2.0)
    assert (found.share(0.5), found.share(1.0)) == (1.0, 2.0)


def test_twice_and_never_are_not() -> None:
    found = judge({"lead0": 2, "lead1": 1}, [execution()])

    assert (found.once, found.twice, found.lost, found.is_good) == (1, 1, 1, False)


def test_too_early_is_not() -> None:
    assert not judge({"lead0": 1, "lead1": 1, "lead2": 1}, [execution("-1:00:00")]).is_good


def test_reasons_are_told() -> None:
    skipped = execution(status="SKIPPED", result={"reason": "no_address"})

    assert judge({}, [skipped, skipped]).reasons == {"no_address": 2}


def test_who_is_left_in_peace_is_not_lost() -> None:
    skipped = execution(status="SKIPPED", result={"reason": "lead_stopped"})

    found = judge({"lead0": 1, "lead1": 1}, [execution(), execution(), skipped], {"lead2": NOON})

    assert (found.once, found.lost, found.spared, found.reasons, found.is_good) == (2, 0, 1, {}, True)


def test_what_was_sent_after_the_end_is_unwanted_unless_it_was_under_way() -> None:
    under_way = timedelta(seconds=UNDER_WAY * PACE)
    sends = {"lead0": 1, "lead1": 1, "lead2": 1}

    assert judge(sends, [], {"lead2": NOON - under_way}).is_good
    late = judge(sends, [], {"lead2": NOON - under_way - timedelta(seconds=1)})
    assert (late.unwanted, late.is_good) == (1, False)


def test_what_was_sent_and_did_not_arrive_was_sent() -> None:
    bounced = execution(status="FAILED", result={"reason": "undelivered"})

    assert judge({"lead0": 1, "lead1": 1, "lead2": 1}, [bounced] * 3).late == (0.5, 0.5, 0.5)
