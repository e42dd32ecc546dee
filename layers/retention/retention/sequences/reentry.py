"""May a lead that has been through a sequence come into it again? As `settings.reentry` of the sequence says."""

from datetime import datetime, timedelta

from retention.contactrules.model import Reentry, SequenceSettings
from retention.core import Core
from retention.engine.reasons import Reason
from retention.jsontext import format_instant
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep
from retention.sequences.progress import noted


def refusal(sequence: RetentionSequence, enrollment: SequenceEnrollment, now: datetime) -> str | None:
    """Why a lead with this enrollment may not come into a sequence, in words; None: it may."""
    if enrollment.status in ("ACTIVE", "PAUSED"):
        return "This lead is in this sequence already."
    rule = SequenceSettings.model_validate(sequence.settings).reentry or Reentry()
    if rule.policy == "never":
        return "This lead has been through this sequence, which takes nobody twice (settings.reentry)."
    again_at = (enrollment.completed_at or enrollment.enrolled_at) + timedelta(days=rule.after_days)
    if now < again_at:
        return f"This lead has been through this sequence; it may come again from {format_instant(again_at)} on."
    return None


def entered_again(
    core: Core, enrollment: SequenceEnrollment, first: SequenceStep | None, last: int
) -> SequenceEnrollment:
    """An enrollment that begins anew, in a generation of its own, so that no identity is used twice.

    Its history is kept, and so are the executions of earlier generations: what is still under way there ends by itself.

    Args:
        first: the step that is taken first, if any.
        last: the latest generation that is remembered otherwise.
    """
    now = core.now()
    return core.changed(
        enrollment,
        status="ACTIVE",
        current_step=0,
        enrolled_at=now,
        completed_at=None,
        paused_at=None,
        generation=max(enrollment.generation, last) + 1,
        waiting_for=None if first is None else first.id,
        history=noted(enrollment, now, Reason.ENTERED_AGAIN),
    )
