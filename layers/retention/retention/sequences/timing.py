"""When a step is due. A day is 24 hours and a week seven of them, whatever the clocks of a time zone do."""

from datetime import datetime, timedelta
from typing import Final

from retention.errors import FieldError
from retention.sequences.model import DelayUnit, StepInput

#: Longest delay of a step: 3,650 days, so that no due time leaves the calendar.
MAX_DELAY: Final = timedelta(days=3650)

_UNITS: Final[dict[DelayUnit, timedelta]] = {
    "HOURS": timedelta(hours=1),
    "DAYS": timedelta(days=1),
    "WEEKS": timedelta(weeks=1),
}


def delay_of(step: StepInput) -> timedelta:
    """How long after the step before it a step is due."""
    return step.delay_value * _UNITS[step.delay_unit]


def due_at(step: StepInput, counted_from: datetime) -> datetime:
    """The instant at which a step is due; the first step counts from the enrollment."""
    return counted_from + delay_of(step)


def delay_error(step: StepInput, prefix: str) -> FieldError | None:
    """What is wrong with the delay of a step, if anything. `prefix` is the JSON pointer of the step."""
    if delay_of(step) <= MAX_DELAY:
        return None
    most = MAX_DELAY // _UNITS[step.delay_unit]
    return FieldError(f"{prefix}/delayValue", "delay_too_long", f"At most {most} {step.delay_unit} (ten years).")
