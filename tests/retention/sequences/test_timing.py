"""When a step is due."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.sequences import timing
from retention.sequences.model import DelayUnit, StepInput
from tests.start import START


def a_step(value: int, unit: DelayUnit) -> StepInput:
    return StepInput(channel="SMS", delay_value=value, delay_unit=unit)


@pytest.mark.parametrize(
    ("value", "unit", "delay"),
    [
        (0, "HOURS", timedelta(0)),
        (5, "HOURS", timedelta(hours=5)),
        (2, "DAYS", timedelta(hours=48)),
        (3, "WEEKS", timedelta(days=21)),
    ],
)
def test_a_day_is_24_hours_and_a_week_seven_days(value: int, unit: DelayUnit, delay: timedelta) -> None:
    assert timing.due_at(a_step(value, unit), START) == START + delay


@pytest.mark.parametrize(("most", "unit"), [(87_600, "HOURS"), (3650, "DAYS"), (521, "WEEKS")])
def test_a_delay_may_be_ten_years_long_and_no_longer(most: int, unit: DelayUnit) -> None:
    too_long = StepInput.model_construct(channel="SMS", delay_value=most + 1, delay_unit=unit)

    assert timing.delay_error(a_step(most, unit), "") is None
    error = timing.delay_error(too_long, "/steps/3")
    assert error is not None
    assert (error.pointer, error.code) == ("/steps/3/delayValue", "delay_too_long")
    assert f"{most} {unit}" in error.detail


@given(st.integers(0, 87_600), st.sampled_from(["HOURS", "DAYS", "WEEKS"]))
def test_a_delay_that_is_accepted_never_leaves_the_calendar(value: int, unit: DelayUnit) -> None:
    step = a_step(value, unit)

    if timing.delay_error(step, "") is None:
        assert START <= timing.due_at(step, START) <= START + timing.MAX_DELAY
