"""A crowd that was put straight into the table is one that the engine sends to."""

from dataclasses import replace
from datetime import timedelta

from retention.bootstrap import Application
from retention.engine.assembly import build_worker
from tests.integrity import problems
from tests.retention.engine.ledger import Ledger
from tests.start import START
from tools.bench_engine.crowd import Crowd, spread


def test_each_step_of_a_crowd_is_due_at_its_time_and_sent(app: Application, endpoint: str) -> None:
    core = app.core
    rules = replace(core.settings, sms_hours="always")
    ledger = Ledger(core.clock)
    due = [START + timedelta(seconds=seconds) for seconds in (-0.5, 0, 3600)]
    owed = Crowd(app, endpoint, 3).owe(due)

    worker = build_worker(replace(core, settings=rules), ledger)
    report = worker.process([one.work for one in owed])

    assert [one.due for one in owed] == due
    assert report.outcomes["sent"] == 2
    assert {entry.to for entry in ledger.entries} == {one.phone for one in owed[:2]}
    assert problems(app) == []


def test_due_times_lie_within_their_span_and_are_the_same_each_time() -> None:
    times = spread(START, 60, 300)

    assert len(set(times)) == 300
    assert START <= times[0] < times[-1] < START + timedelta(seconds=60)
    assert spread(START, 60, 300) == times
