"""What the team is told when a send ends at its provider: it was taken, or it was refused for good."""

from datetime import datetime
from typing import Any

from retention.core import Core
from retention.engine.errand import Errand
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.outbound.announcing import EventType, announced
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Write


def told_of_send(
    core: Core, what: EventType, errand: Errand, channel: Channel, at: datetime, **more: str | None
) -> list[Write]:
    """The deliveries of the end of an obligation: once, since it ends once.

    Args:
        at: when it was sent.
        more: further members of the event's data.
    """
    work = errand.work
    data: dict[str, Any] = {
        "leadId": work.lead_id,
        "contactAttemptId": work.id,
        "channel": channel,
        "provider": provider_of(channel),
        "at": at,
        "campaignId": None if errand.campaign is None else errand.campaign.id,
        **more,
    }
    if isinstance(work, SequenceStepExecution):
        data |= {"sequenceId": work.sequence_id, "stepId": work.step_id}
    return announced(core, what, work.id, data)
