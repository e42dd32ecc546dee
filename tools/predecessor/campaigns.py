"""Campaigns, and which leads are in them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from retention.campaigns.model import Campaign, CampaignLead
from retention.channels import CHANNELS
from retention.entity import Entity
from retention.ids import join
from retention.jsontext import format_instant
from tools.predecessor import words
from tools.predecessor.desk import Desk
from tools.predecessor.people import People
from tools.predecessor.row import Row

_META: Final = 16_384


def campaigns(desk: Desk) -> None:
    """Every campaign. One that was ACTIVE is ACTIVE, and plans nothing until somebody pauses and resumes it."""

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        created = row.dated("createdAt", "updatedAt", "startDate")
        desk.keep_extras(row)
        status = row.word("status", words.CAMPAIGN_STATUS)
        channels = channels_of(row)
        start, end = row.instant("startDate"), row.instant("endDate")
        fields: dict[str, Any] = {
            "name": row.name("name", f"Campaign {row.id}"[:200]),
            "description": row.text("description", 10_000, blank=True),
            "meta": row.json_object("meta", _META),
        }
        yield Campaign.model_construct(
            id=identity,
            **{**fields, "meta": row.with_kept(fields["meta"], _META)},
            status=status,
            channels=channels,
            start_date=start,
            end_date=end,
            started_at=None if status == "DRAFT" else start or created,
            created_at=created,
            updated_at=row.dated("updatedAt", "createdAt"),
        )
        desk.owed["campaigns"] += status == "ACTIVE"

    desk.each("Campaign", one)


def channels_of(row: Row) -> list[Any]:
    """The column `channels`: each known channel once, in its order."""
    said = row.data("channels")
    if said is None:
        return []
    listed = said if isinstance(said, list) else [said]
    found: list[str] = []
    for word in listed:
        meant = words.CHANNEL.meaning(word) if isinstance(word, str) else None
        if meant is None:
            row.left_out("channels", "unknown_word", f"No such channel; there are {', '.join(CHANNELS)}.", word)
        elif meant not in found:
            found.append(meant)
    if found != said:
        row.normalised("channels", "word", "Each channel once, by its name here.", said, found)
    return found


def assignments(desk: Desk, people: People) -> None:
    """Which leads are in which campaigns. Whoever was contacted for one is not contacted for it again by itself."""

    def one(row: Row) -> Iterator[Entity]:
        desk.identities.claim(row)
        lead = desk.identities.parent(row, "leadId", "Lead")
        campaign = desk.identities.parent(row, "campaignId", "Campaign")
        status = row.word("status", words.ASSIGNMENT_STATUS)
        yield CampaignLead.model_construct(
            id=join(lead, campaign),
            lead_id=lead,
            campaign_id=campaign,
            status=status,
            assigned_at=row.dated("assignedAt", "completedAt"),
            completed_at=row.instant("completedAt"),
            progress=_progress(row, status, people.contacted(lead, campaign)),
        )

    desk.each("CampaignLead", one)


def _progress(row: Row, status: str, sent: dict[str, datetime]) -> dict[str, Any] | None:
    """How far the campaign is with a lead: nothing is open, so that resuming it begins with new leads only."""
    if status == "PENDING" and not sent:
        return None
    if status == "PENDING":
        row.normalised("progress", "contacted", "It was contacted for the campaign, which will not begin with it anew.")
    return {channel: {"n": 0, "open": False, "sent": format_instant(at)} for channel, at in sorted(sent.items())}
