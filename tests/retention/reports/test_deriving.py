"""Any order of a delivery history, and any number of copies, gives the same final state."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.fields import Channel
from retention.reports.deriving import attempt_changes, work_changes
from retention.reports.evidence import Evidence, What, added
from retention.sequences.model import SequenceStepExecution
from tests import factories
from tests.start import START

#: Events of a history, at most.
LONGEST = 6
State = tuple[ContactAttempt, SequenceStepExecution]


def _at(what: What, seconds: int, **facts: Any) -> Evidence:
    return Evidence(what, START + timedelta(seconds=seconds), facts)


#: What may be told of one send: contradictions, repetitions with other times and facts, and what makes no sense.
POOLS: dict[Channel, list[Evidence]] = {
    "SMS": [
        _at("delivered", 10),
        _at("delivered", 5),
        _at("undelivered", 7, code="30005", detail="the handset is not known", kind="failed"),
        _at("undelivered", 7, code="30008", kind="undelivered"),
        _at("opened", 20),
        _at("clicked", 30),
        _at("machine_clicked", 2),
        _at("replied", 25),
        _at("sent", 1),
    ],
    "EMAIL": [
        _at("delivered", 10),
        _at("undelivered", 8, kind="blocked", code="4.2.1"),
        _at("undelivered", 90, kind="bounce", code="5.1.1", detail="no such user"),
        _at("opened", 40),
        _at("opened", 20),
        _at("machine_opened", 12),
        _at("machine_clicked", 3),
        _at("clicked", 50),
        _at("complained", 60),
        _at("replied", 70),
    ],
    "CALL": [
        _at("answered", 9),
        _at("answered", 65, endedReason="customer-ended-call"),
        _at("unanswered", 30),
        _at("undelivered", 4, code="misdialed"),
        _at("ended", 60, endedReason="customer-ended-call"),
        _at("ended", 66, endedReason="voicemail", durationSeconds=55, cost="0.0725", summary="They talked."),
        _at("ended", 66, endedReason="customer-busy", durationSeconds=54, cost="0.07", text="Nobody took the call"),
        _at("replied", 80),
    ],
}


def a_send(channel: Channel) -> State:
    lead, sequence = factories.a_lead(), factories.a_sequence()
    work = factories.an_execution(
        factories.an_enrollment(lead, sequence),
        factories.a_step(sequence),
        channel=channel,
        status="SENT",
        result={"provider": "somebody", "segments": 2},
        due_at=START if channel == "CALL" else None,
    )
    return factories.an_attempt(lead, channel=channel, status="IN_PROGRESS"), work


def after(state: State, evidence: Evidence) -> State:
    attempt, work = state
    before = attempt.told or {}
    told = added(before, [evidence])
    if told == before:
        return state
    changes = work_changes(work, attempt.channel, before, told)
    return attempt.model_copy(update=attempt_changes(attempt, told)), work.model_copy(update=changes)


@pytest.mark.parametrize("channel", POOLS)
def test_every_order_of_every_history_of_up_to_six_events_ends_in_one_state(channel: Channel) -> None:
    """Proved by steps: whichever event of a history comes last, the state is the same. So, by what holds for the
    histories that are shorter by one, it is for every permutation."""
    pool = POOLS[channel]
    states: dict[frozenset[int], State] = {frozenset(): a_send(channel)}

    for length in range(1, LONGEST + 1):
        for history in map(frozenset, combinations(range(len(pool)), length)):
            endings = [after(states[history - {last}], pool[last]) for last in history]
            states[history] = endings[0]
            assert all(one == endings[0] for one in endings), f"the order matters: {sorted(history)}"
            # A copy of anything that was told changes nothing.
            assert all(after(endings[0], pool[copy]) is endings[0] for copy in history)


@pytest.mark.parametrize("channel", POOLS)
def test_what_is_finished_is_never_reopened(channel: Channel) -> None:
    pool = POOLS[channel]
    for history in combinations(pool, 4):
        state, finished = a_send(channel), False
        for evidence in history:
            state = after(state, evidence)
            finished = finished or state[0].status != "IN_PROGRESS"
            assert finished is (state[0].status != "IN_PROGRESS")


@pytest.mark.parametrize(
    ("channel", "told", "attempt", "execution"),
    [
        ("SMS", ["sent"], "IN_PROGRESS", "SENT"),
        ("SMS", ["undelivered"], "FAILED", "FAILED"),
        ("SMS", ["delivered", "undelivered"], "SUCCESS", "DELIVERED"),
        ("SMS", ["machine_clicked"], "IN_PROGRESS", "SENT"),
        ("SMS", ["undelivered", "replied"], "SUCCESS", "DELIVERED"),
        ("EMAIL", ["delivered"], "SUCCESS", "DELIVERED"),
        ("EMAIL", ["undelivered", "opened"], "FAILED", "FAILED"),
        ("EMAIL", ["delivered", "clicked", "undelivered"], "FAILED", "FAILED"),
        ("EMAIL", ["machine_opened"], "SUCCESS", "DELIVERED"),
        ("EMAIL", ["machine_clicked"], "IN_PROGRESS", "SENT"),
        ("CALL", ["unanswered", "ended"], "NO_ANSWER", "SENT"),
        ("CALL", ["undelivered", "unanswered"], "FAILED", "FAILED"),
        ("CALL", ["answered", "undelivered", "unanswered"], "SUCCESS", "DELIVERED"),
    ],
)
def test_what_was_told_says_where_it_stands(channel: Channel, told: list[What], attempt: str, execution: str) -> None:
    state = a_send(channel)
    for seconds, what in enumerate(told):
        state = after(state, _at(what, seconds))
    assert (state[0].status, state[1].status) == (attempt, execution)


def test_a_message_that_did_not_arrive_says_why_until_it_proves_to_have_arrived() -> None:
    state = after(a_send("SMS"), POOLS["SMS"][2])
    assert state[0].result == "undelivered: 30005 the handset is not known"
    assert state[1].result["reason"] == "undelivered"
    state = after(state, POOLS["SMS"][0])
    assert state[0].result is None
    assert "reason" not in state[1].result
    assert set(state[1].result) == {"provider", "segments", "undeliveredAt", "deliveredAt"}


def test_the_report_of_a_call_gives_length_cost_and_words() -> None:
    # That it ended was told in a word before.
    state = after(after(after(a_send("CALL"), POOLS["CALL"][0]), POOLS["CALL"][4]), POOLS["CALL"][5])
    attempt, work = state
    assert (attempt.duration, str(attempt.cost), attempt.result) == (55, "0.0725", "They talked.")
    assert attempt.completed_at == START + timedelta(seconds=66)
    assert work.due_at is None
    assert work.result["endedReason"] == "voicemail"
    assert "summary" not in work.result


def test_what_somebody_set_by_hand_stays() -> None:
    attempt, work = a_send("SMS")
    attempt = attempt.model_copy(update={"status": "FAILED", "result": "wrong person", "by_hand": ["result", "status"]})
    attempt, _ = after((attempt, work), POOLS["SMS"][0])
    assert (attempt.status, attempt.result) == ("FAILED", "wrong person")
    assert attempt.told
