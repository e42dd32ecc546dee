"""Figures of sequences: side by side, and of one of them step by step."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from retention.budgets.standing import BudgetStanding
from retention.fields import Channel, Contract
from retention.figures.days import Period
from retention.figures.measures import About, Messages, Share, messages, rate
from retention.figures.owned import Reasons, ScriptFigures, owners_of, reasons, script_figures
from retention.figures.reading import Numbers
from retention.sequences.model import RetentionSequence, SequenceStatus, SequenceStep

_STATUSES = ("ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED")


class EnrollmentFigures(Contract):
    """Leads enrolled in the period, by where they stand now."""

    enrolled: int = Field(description="All that were enrolled")
    active: int = Field(description="On their way")
    paused: int = Field(description="Paused")
    completed: int = Field(description="Through")
    cancelled: int = Field(description="Taken out")
    converted: int = Field(description="Became customers on the way")
    conversion_rate: Share | None = Field(description="converted / enrolled; null when none was enrolled")


class SequenceRow(Contract):
    """One sequence: what its steps sent in the period, and what has come of it."""

    sequence_id: str = Field(description="The sequence")
    name: str = Field(description="Its name")
    status: SequenceStatus = Field(description="Whether it runs")
    enrollments: EnrollmentFigures = Field(description="Leads enrolled in the period")
    messages: Messages = Field(description="What was sent in the period, and what has come of it by now")


class StepFigures(Contract):
    """One step."""

    step_id: str = Field(description="The step")
    step_order: int | None = Field(description="Its place; null when the step is gone")
    channel: Channel | None = Field(description="Its channel; null when the step is gone")
    due: int = Field(description="Executions that came to an end in the period: sent, skipped or failed")
    failed: Reasons = Field(description="Those that failed, and why")
    skipped: Reasons = Field(description="Those that were skipped, and why")
    messages: Messages = Field(description="What was sent in the period, and what has come of it by now")


class SequenceStats(About):
    """Figures of one sequence."""

    sequence_id: str = Field(description="The sequence")
    enrollments: EnrollmentFigures = Field(description="Leads enrolled in the period")
    messages: Messages = Field(description="What was sent in the period, over all steps")
    data: list[StepFigures] = Field(description="The steps in their order; then those that are gone and have figures")
    scripts: list[ScriptFigures] = Field(description="The same by script, the one most sent first")
    budget: BudgetStanding | None = Field(default=None, description="Its budget, as it stands now; null without one")


def sequence_row(sequence: RetentionSequence, channel_of: Mapping[str, Channel], numbers: Numbers) -> SequenceRow:
    """One sequence among others.

    Args:
        channel_of: the channels of its steps, by id.
    """
    return SequenceRow(
        sequence_id=sequence.id,
        name=sequence.name,
        status=sequence.status,
        enrollments=_enrollments(numbers),
        messages=_of_steps(numbers, channel_of),
    )


def sequence_stats(
    sequence_id: str, steps: Sequence[SequenceStep], numbers: Numbers, names: Mapping[str, str], period: Period
) -> SequenceStats:
    """Figures of one sequence.

    Args:
        steps: its steps, in their order.
        names: of scripts, by id.
    """
    there: dict[str, SequenceStep | None] = {step.id: step for step in steps}
    gone: dict[str, SequenceStep | None] = {one: None for one in owners_of(numbers, "step") if one not in there}
    return SequenceStats(
        **period.shown(),
        sequence_id=sequence_id,
        enrollments=_enrollments(numbers),
        messages=_of_steps(numbers, {step.id: step.channel for step in steps}),
        data=[_of_step(step_id, step, numbers) for step_id, step in (there | gone).items()],
        scripts=script_figures(numbers, names),
    )


def _of_steps(numbers: Numbers, channel_of: Mapping[str, Channel]) -> Messages:
    return messages(numbers, {f"step:{one}": channel_of.get(one) for one in owners_of(numbers, "step")})


def _of_step(step_id: str, step: SequenceStep | None, numbers: Numbers) -> StepFigures:
    prefix = f"step:{step_id}"
    return StepFigures(
        step_id=step_id,
        step_order=None if step is None else step.step_order,
        channel=None if step is None else step.channel,
        due=numbers[f"{prefix}:due"],
        failed=reasons(numbers, f"{prefix}:failed"),
        skipped=reasons(numbers, f"{prefix}:skipped"),
        messages=messages(numbers, {prefix: None if step is None else step.channel}),
    )


def _enrollments(numbers: Numbers) -> EnrollmentFigures:
    told = {status.lower(): numbers[f"enrollments:{status}"] for status in _STATUSES}
    enrolled = numbers["enrolled"]
    return EnrollmentFigures(enrolled=enrolled, **told, conversion_rate=rate(told["converted"], enrolled))
