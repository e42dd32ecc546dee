"""What the team is told when a send ends at its provider: it was taken, or it was refused for good."""

from datetime import datetime
from typing import Any

from retention.core import Core
from retention.engine.obligation import Obligation
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.outbound.announcing import EventType, announced
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Write


def told_of_send(
    core: Core,
    what: EventType,
    work: Obligation,
    campaign_id: str | None,
    channel: Channel,
    at: datetime,
    **more: str | None,
) -> list[Write]:
    """The deliveries of the end of an obligation: once, since it ends once.

    Args:
        campaign_id: the campaign that it was sent for.
        at: when it was sent.
        more: further members of the event's data.
    """
    data: dict[str, Any] = {
        "leadId": work.lead_id,
        "contactAttemptId": work.id,
        "channel": channel,
        "provider": provider_of(channel),
        "at": at,
        "campaignId": campaign_id,
        **more,
    }
    if isinstance(work, SequenceStepExecution):
        data |= {"sequenceId": work.sequence_id, "stepId": work.step_id}
    return announced(core, what, work.id, data)
