"""Obligations that are due at given times."""

from collections.abc import Iterable
from datetime import datetime

from retention.bootstrap import Application
from retention.fields import Channel
from retention.sequences.model import SequenceStepExecution
from tests.factories import a_lead, a_sequence, a_step, an_enrollment, an_execution, load


def owed(app: Application, due: Iterable[datetime], channel: Channel = "SMS") -> dict[str, datetime]:
    """Put executions that are due then; returns when each is due, by its id."""
    sequence = a_sequence()
    step = a_step(sequence, channel=channel)
    made: list[SequenceStepExecution] = [
        an_execution(
            an_enrollment(a_lead(), sequence, generation=1), step, status="SCHEDULED", due_at=at, channel=channel
        )
        for at in due
    ]
    load(app, made)
    return {execution.id: at for execution, at in zip(made, due, strict=True)}
