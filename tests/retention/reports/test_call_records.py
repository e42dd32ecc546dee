"""Calls whose report did not come, as VAPI's records show them: applied, and added to by a report that comes yet."""

from decimal import Decimal

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.queue import Work
from retention.engine.slots import CALL_LEASE
from retention.inbound.outcome import DUPLICATE, Applied
from retention.reports.calls import CallReports
from retention.reports.transcripts import find_transcript
from retention.sequences.model import SequenceStepExecution
from tests import integrity
from tests.retention.reports.callwords import TALK, about, call_object, report
from tests.retention.reports.sends import Sent


def test_what_vapis_records_show_counts_as_the_report_that_comes_later(
    app: Application, clock: ManualClock, call: Sent
) -> None:
    clock.advance(CALL_LEASE)
    work = Work(SequenceStepExecution.__name__, call.id)
    told = report(call.callback)
    on_record = {
        **call_object(call.callback, ref=call.ref, customer={"number": call.to}),
        **{name: told[name] for name in ("endedReason", "startedAt", "endedAt", "cost", "artifact", "analysis")},
    }

    assert isinstance(CallReports(app.core).looked_up(work, on_record), Applied)
    assert CallReports(app.core).apply(about(call, told)) == DUPLICATE
    assert (call.attempt.status, call.attempt.duration, call.attempt.cost) == ("SUCCESS", 185, Decimal("0.2741"))
    assert find_transcript(app.core, call.id).text == TALK


def test_what_was_found_out_after_the_records_were_read_still_counts(app: Application, call: Sent) -> None:
    """They may be read before VAPI has written down what was said; the opt-out stands in the report alone."""
    work = Work(SequenceStepExecution.__name__, call.id)
    on_record = {**call_object(call.callback, ref=call.ref), "endedReason": "customer-ended-call", "cost": 0.2741}
    said = {"transcript": "AI: Hello\nUser: Please stop calling me."}

    assert isinstance(CallReports(app.core).looked_up(work, on_record), Applied)
    assert (call.attempt.status, call.contact.stop_reason) == ("SUCCESS", None)
    late = about(call, report(call.callback, artifact=said))
    assert isinstance(CallReports(app.core).apply(late), Applied)
    assert CallReports(app.core).apply(late) == DUPLICATE

    assert call.contact.stop_reason == "OPT_OUT"
    assert call.attempt.duration == 185
    assert find_transcript(app.core, call.id).text == said["transcript"]
    assert integrity.problems(app) == []


def test_records_with_half_a_character_in_them_are_applied_too(app: Application, call: Sent) -> None:
    on_record = call_object(call.callback, ref=call.ref, analysis={"summary": "Fine \ud83d"})

    outcome = CallReports(app.core).looked_up(Work(SequenceStepExecution.__name__, call.id), on_record)

    assert isinstance(outcome, Applied)
    assert call.attempt.result == "Fine \ufffd"
