"""The demonstration notices what was lost, sent twice, or sent too early."""

from collections import Counter
from typing import Any

from tools.demo.audit import Verdict, verdict
from tools.demo.story import Story

STEP = {"id": "step", "channel": "SMS"}
LEADS = {f"lead{number}": {"phone": f"+1202555010{number}", "email": "x@example.com"} for number in range(3)}
STORY = Story({"steps": [STEP]}, LEADS)


def execution(late: str = "00:30:00", **other: Any) -> dict[str, Any]:
    due, done = "2026-01-01T12:00:00.000Z", f"2026-01-01T{12 + int(late[:2]):02d}{late[2:]}.000Z"
    return {"status": "SENT", "scheduledAt": due, "executedAt": done, "result": {}, **other}


def judge(sends: dict[str, int], executions: list[dict[str, Any]]) -> Verdict:
    counts = Counter({("twilio", LEADS[lead]["phone"]): count for lead, count in sends.items()})
    return verdict(STORY, STEP, counts, executions, pace=3600)


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
