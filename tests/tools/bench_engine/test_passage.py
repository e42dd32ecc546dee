"""What is said about steps that went through the queues: by the table and by the provider's ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from retention.engine.queue import Work
from retention.sequences.model import SequenceStepExecution
from tools.bench_engine.__main__ import is_good
from tools.bench_engine.alone import Run
from tools.bench_engine.crowd import Owed
from tools.bench_engine.whole import Passage, passage
from tools.bench_engine.words import passages, runs
from tools.sandbox.ledger import Entry

DUE = datetime(2026, 1, 1, 12, tzinfo=UTC)
OWED = [Owed(Work("SequenceStepExecution", f"lead{at}"), f"+1202555010{at}", DUE) for at in range(3)]


def gated(*late: float) -> list[SequenceStepExecution]:
    """Executions that passed the gate so late, in seconds."""
    return [
        SequenceStepExecution(
            id=one.work.id, enrollment_id="", step_id="", executed_at=DUE + timedelta(seconds=seconds)
        )
        for one, seconds in zip(OWED, late, strict=False)
    ]


def accepted(*late: tuple[int, float]) -> list[Entry]:
    """What the provider took: for which of them, and how late."""
    return [
        Entry(number, "twilio", f"SM{number}", OWED[at].phone, "", None, None, DUE + timedelta(seconds=seconds), {})
        for number, (at, seconds) in enumerate(late, 1)
    ]


def look(executions: Sequence[SequenceStepExecution], ledger: Sequence[Entry]) -> Passage:
    return passage(OWED, executions, ledger, messages=2)


def test_each_once_and_after_its_time_is_good() -> None:
    found = look(gated(0.25, 0.25, 0.5), accepted((0, 0.3), (1, 0.4), (2, 0.75)))

    assert (found.once, found.twice, found.lost) == (3, 0, 0)
    assert found.gate.seconds == (0.25, 0.25, 0.5)
    assert found.accepted.seconds == (0.3, 0.4, 0.75)
    assert (found.gates, found.seconds) == (2, 0.75)
    assert is_good({"": found})


def test_twice_and_never_are_seen_in_the_ledger() -> None:
    found = look(gated(0.2, 0.2), accepted((0, 0.3), (0, 0.4), (1, 0.3)))

    assert (found.once, found.twice, found.lost) == (1, 1, 1)
    assert not is_good({"": found})


def test_too_early_is_not_good() -> None:
    assert not is_good({"": look(gated(0.2, 0.2, -0.001), accepted((0, 0.3), (1, 0.3), (2, 0.3)))})


def test_a_rate_is_told_of_steps_that_were_due_at_once_only() -> None:
    later = Owed(Work("SequenceStepExecution", "lead3"), "+12025550103", DUE + timedelta(seconds=30))

    assert passage([*OWED, later], gated(0.2, 0.2, 0.2), accepted((0, 0.3)), messages=2).seconds is None


def test_what_others_were_sent_is_not_counted() -> None:
    stranger = Entry(9, "twilio", "SM9", "+12125550199", "", None, None, DUE, {})

    assert look([], [stranger]).accepted.seconds == ()


def test_the_tables_have_the_figures() -> None:
    measured = Run(200, 4.0, 1.0, {"BatchGetItem": 16, "TransactWriteItems": 200}, 3400.0, 200)
    found = look(gated(0.25, 0.25, 0.5), accepted((0, 0.3), (1, 0.4), (2, 0.75)))

    assert runs({"in chunks of 25": measured})[-1].split()[-6:] == ["200", "50.0", "5.0", "1.08", "17.00", "1.00"]
    shown = passages({"all at once": found})
    assert shown[1].split()[3:] == ["3", "3", "0", "0", "0", "2", "2", "4.0"]
    assert [row.split()[-4:] for row in shown[-2:]] == [
        ["0.25", "0.50", "0.50", "0.50"],
        ["0.40", "0.75", "0.75", "0.75"],
    ]


def test_nothing_sent_is_a_table_all_the_same() -> None:
    assert passages({"all at once": look([], [])})[-1].split()[-4:] == ["-"] * 4
