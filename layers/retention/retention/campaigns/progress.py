"""How far a campaign is with a lead: what is planned first, what follows the end of a contact, the status of it all.

The progress of an assignment holds, by channel, the number of its latest contact (`n`), whether that is still to come
(`open`), and when a provider took one last (`sent`, absent while none did). It changes in the very transaction that
plans or ends a contact, so the status of the assignment always says what is true. Pure but for new revisions.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from retention.campaigns.model import AssignmentStatus, Campaign, CampaignContact, CampaignLead
from retention.channels import Channel
from retention.contactrules.model import CampaignSettings
from retention.core import Core
from retention.ids import join
from retention.jsontext import format_instant
from retention.sequences.progress import Ending, Onward
from retention.table.writes import Create, Replace

Progress = Mapping[str, Mapping[str, Any]]

#: Statuses of an assignment with which the campaign is not done.
LEFT: Final[frozenset[AssignmentStatus]] = frozenset({"PENDING", "IN_PROGRESS"})


class Begun(NamedTuple):
    """An assignment whose first contacts are planned."""

    assignment: CampaignLead
    contacts: list[CampaignContact]


def settings_of(campaign: Campaign) -> CampaignSettings:
    """The options of a campaign."""
    return CampaignSettings.model_validate(campaign.settings)


def status_of(progress: Progress) -> AssignmentStatus:
    """What the progress comes to."""
    channels = progress.values()
    if any(one["open"] for one in channels):
        untouched = all(one["open"] and "sent" not in one for one in channels)
        return "PENDING" if untouched else "IN_PROGRESS"
    return "COMPLETED" if any("sent" in one for one in channels) else "FAILED"


def open_contacts(assignment: CampaignLead) -> list[tuple[str, int]]:
    """Channel and number of the contacts that are still to come."""
    return [(name, one["n"]) for name, one in (assignment.progress or {}).items() if one["open"]]


def begun(core: Core, campaign: Campaign, assignment: CampaignLead) -> Begun:
    """An assignment with its first contacts: one a channel, or one in all. A campaign without channels plans none."""
    first = campaign.channels if settings_of(campaign).order == "parallel" else campaign.channels[:1]
    if not first:
        return Begun(assignment, [])
    due = max(core.now(), campaign.start_date or core.now())
    n = assignment.base + 1
    contacts = [_contact(core, assignment, channel, n, due, None) for channel in first]
    progress = {channel: {"n": n, "open": True} for channel in first}
    return Begun(core.changed(assignment, progress=progress), contacts)


def _contact(
    core: Core, assignment: CampaignLead, channel: Channel, n: int, due: datetime, held_since: datetime | None
) -> CampaignContact:
    """A contact; with `held_since` it has no due time until the campaign is resumed."""
    held = held_since is not None
    return CampaignContact(
        id=join(assignment.lead_id, assignment.campaign_id, f"{channel}-{n}"),
        campaign_id=assignment.campaign_id,
        n=n,
        lead_id=assignment.lead_id,
        channel=channel,
        status="PENDING" if held else "SCHEDULED",
        scheduled_at=None if held else due,
        due_at=None if held else due,
        held_due_at=due if held else None,
        held_since=held_since,
        revision=core.ids.revision(),
    )


def is_current(assignment: CampaignLead | None, contact: CampaignContact) -> bool:
    """Whether a contact belongs to an assignment as it is now, and not to one that was deleted."""
    return assignment is not None and not assignment.deleting and contact.n > assignment.base


def onward(
    core: Core,
    campaign: Campaign | None,
    assignment: CampaignLead | None,
    contact: CampaignContact,
    ending: Ending,
) -> Onward:
    """What follows the end of a contact.

    Args:
        campaign: None when it is gone.
        assignment: as it was read; None when it is gone.
    """
    if assignment is None or not is_current(assignment, contact):
        return Onward()
    progress = {name: dict(one) for name, one in (assignment.progress or {}).items()}
    mine = {**progress.get(contact.channel, {}), "n": contact.n, "open": False}
    if ending.as_ == "sent":
        mine["sent"] = format_instant(ending.at)
    progress[contact.channel] = mine
    created: list[CampaignContact] = []
    following = None
    if campaign is not None and campaign.status != "COMPLETED" and ending.enrollment is None:
        following = _following(campaign, assignment, contact, ending, progress)
    if following is not None and campaign is not None:
        channel, n, due = following
        held_since = max(ending.at, campaign.paused_at or ending.at) if campaign.status == "PAUSED" else None
        created.append(_contact(core, assignment, channel, n, due, held_since))
        progress[channel] = {**progress.get(channel, {}), "n": n, "open": True}
    after = core.changed(assignment, progress=progress, **standing(progress, ending.at))
    return Onward([Replace(after, before=assignment), *map(Create, created)], created)


def reached_after_all(
    core: Core, assignment: CampaignLead, contact: CampaignContact, at: datetime
) -> CampaignLead | None:
    """An assignment by the proof that a contact of it, which ended with nobody knowing, was taken; None: as it was.

    Nothing follows from it: what comes after the contact was planned when it ended. Only what is told is put right.
    """
    before = (assignment.progress or {}).get(contact.channel)
    if before is None or not is_current(assignment, contact):
        return None
    sent = max(format_instant(at), before.get("sent", ""))
    progress = {**(assignment.progress or {}), contact.channel: {**before, "sent": sent}}
    return core.changed(assignment, progress=progress, status=status_of(progress))


def standing(progress: Progress, at: datetime) -> dict[str, Any]:
    """The fields of an assignment that tell how far it is."""
    status = status_of(progress)
    return {"status": status, "completed_at": None if status in LEFT else at}


def _following(
    campaign: Campaign,
    assignment: CampaignLead,
    contact: CampaignContact,
    ending: Ending,
    progress: Progress,
) -> tuple[Channel, int, datetime] | None:
    """Channel, number and time of the contact that comes next by the end of this one.

    Whether it is still needed when its time has come, the worker sees then (engine/kinds/contact).
    """
    settings = settings_of(campaign)
    tried = contact.n - assignment.base
    if contact.channel == "CALL" and ending.as_ == "sent" and tried < settings.tries:
        return "CALL", contact.n + 1, ending.at + timedelta(hours=settings.retry_after_hours)
    if settings.order == "parallel":
        return None
    channel = next(_after(campaign.channels, contact.channel, progress), None)
    if channel is None:
        return None
    # A channel that could not be used costs no time: the delay is counted from the last contact that was made.
    sent = [datetime.fromisoformat(one["sent"]) for one in progress.values() if "sent" in one]
    due = max(sent) + timedelta(hours=settings.channel_delay_hours) if sent else ending.at
    return channel, assignment.base + 1, max(due, ending.at)


def _after(channels: Sequence[Channel], last: Channel, progress: Progress) -> Any:
    """The channels behind one in the order that were not begun; from the first on, where that one is used no more."""
    place = channels.index(last) + 1 if last in channels else 0
    return (channel for channel in channels[place:] if channel not in progress)
