"""A contact that a campaign owes to a lead, as an obligation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention.campaigns.model import Campaign, CampaignContact, CampaignLead
from retention.campaigns.progress import is_current, onward, settings_of
from retention.clock import machine_time
from retention.contactrules.model import CampaignSettings
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.decision import Decision, Defer, Park, Skip
from retention.engine.errand import Asking, Errand, Wanted
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.engine.reasons import Reason
from retention.fields import CHANNELS
from retention.ids import split
from retention.jsontext import format_instant
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.scripts.choosing import Choosing, Chosen
from retention.sequences.progress import Ending, Onward
from retention.table import keys
from retention.table.keys import Key, key

#: Seconds of the machine until something is looked at again whose campaign may contact the lead no more, should what
#: is under way have been sent.
DOUBT_PAUSE: Final = 60.0


def contact_place(identifier: str) -> Key | None:
    """Where the contact with an id lives; None for one that there cannot be."""
    parts = split(identifier, 3)
    channel, _, n = ("", "", "") if parts is None else parts[2].partition("-")
    if parts is None or channel not in CHANNELS or not n.isdecimal():
        return None
    return key("CampaignContact", lead_id=parts[0], campaign_id=parts[1], channel=channel, n=n)


@dataclass(frozen=True)
class ContactKind:
    """Contacts of campaigns."""

    core: Core
    configuration: Configuration

    def asking(self, identifier: str) -> Asking | None:
        """What is to be asked about one."""
        place, parts = contact_place(identifier), split(identifier, 3)
        return None if place is None or parts is None else ContactAsking(self, parts[0], parts[1], place)


@dataclass(frozen=True)
class ContactAsking:
    """What is to be read of one contact of a campaign."""

    kind: ContactKind
    lead_id: str
    campaign_id: str
    place: Key

    @property
    def wanted(self) -> list[Wanted]:
        """The contact and the assignment that it belongs to."""
        assignment = key("CampaignLead", lead_id=self.lead_id, campaign_id=self.campaign_id)
        return [(CampaignContact, self.place), (CampaignLead, assignment)]

    def errand(self, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read."""
        work: CampaignContact = read[0]
        assignment: CampaignLead | None = read[1]
        configuration = self.kind.configuration
        campaign = configuration.campaign.get(self.campaign_id)
        settings = CampaignSettings() if campaign is None else settings_of(campaign)
        chosen = Chosen(None)
        if campaign is not None:
            chosen = Choosing(configuration).for_campaign(campaign, work.channel, self.lead_id)

        def follow(ending: Ending, everything: bool) -> Onward:
            return onward(self.kind.core, campaign, assignment, work, ending)

        def needed(now: datetime) -> Decision | None:
            return None if campaign is None else self._needed(campaign, settings, assignment, work, contact, now)

        return Errand(
            work=work,
            contact=contact,
            lead=lead,
            suppressed=suppressed,
            channel=work.channel,
            script=chosen.script,
            experiment=chosen.experiment,
            standing=_standing(campaign, assignment, work),
            passed_over=None if campaign is None or work.channel in campaign.channels else Reason.CHANNEL_OFF,
            conditions=lambda now: (True, {}),
            follow=follow,
            needed=needed,
            campaign=campaign,
            campaign_settings=settings,
        )

    def _needed(
        self,
        campaign: Campaign,
        settings: CampaignSettings,
        assignment: CampaignLead | None,
        work: CampaignContact,
        contact: Contact,
        now: datetime,
    ) -> Decision | None:
        """What the dates of the campaign say, and what it has done for the lead so far."""
        if campaign.end_date is not None and now > campaign.end_date:
            inputs = {"endDate": format_instant(campaign.end_date)}
            return Skip(Reason.CAMPAIGN_OVER, inputs, enrollment="CANCELLED")
        if campaign.start_date is not None and now < campaign.start_date:
            return Defer(Reason.CAMPAIGN_NOT_BEGUN, campaign.start_date)
        base = 0 if assignment is None else assignment.base
        is_repeated = work.n > base + 1
        is_later = settings.order == "in_order" and settings.until == "reached"
        if settings.max_per_lead is None and not is_repeated and not is_later:
            return None
        others = [one for one in self._others(work) if one.n > base]
        before = [one for one in others if one.channel == work.channel or is_later]
        if any(_has_reached(one) for one in before):
            return Skip(Reason.NOT_NEEDED)
        return _below_limit(self.kind.core, settings.max_per_lead, others, contact, now)

    def _others(self, work: CampaignContact) -> list[CampaignContact]:
        """The other contacts of the campaign with the lead: read later than the contact item, so they may be as new."""
        starts_with = keys.prefix("CampaignContact", campaign_id=self.campaign_id)
        rows = self.kind.core.store.query_entities(CampaignContact, lead_key(self.lead_id).pk, starts_with=starts_with)
        return [one for one in rows if one.id != work.id and one.campaign_id == self.campaign_id]


def _standing(campaign: Campaign | None, assignment: CampaignLead | None, work: CampaignContact) -> Decision | None:
    """What its assignment and campaign say, in this order."""
    if not is_current(assignment, work):
        return Skip(Reason.NOT_ASSIGNED, enrollment="CANCELLED")
    if campaign is None or campaign.status == "COMPLETED":
        return Skip(Reason.CAMPAIGN_OVER, enrollment="CANCELLED")
    if campaign.status != "ACTIVE":
        return Park(Reason.CAMPAIGN_PAUSED, since=campaign.paused_at or campaign.created_at)
    return None


def _has_reached(one: CampaignContact) -> bool:
    """Whether a contact reached its lead, as far as is known: it was taken, and nothing was told against it."""
    if one.status == "DELIVERED":
        return True
    return one.status == "SENT" and one.result.get("unansweredAt") is None


def _was_made(one: CampaignContact) -> bool:
    """Whether a contact was made, whatever became of it then."""
    return one.status in ("SENT", "DELIVERED") or one.result.get("reason") == Reason.UNDELIVERED


def _below_limit(
    core: Core, most: int | None, others: list[CampaignContact], contact: Contact, now: datetime
) -> Decision | None:
    """What the limit of the campaign says: contacts that were made count, those under way may."""
    if most is None:
        return None
    made = sum(map(_was_made, others))
    if made >= most:
        return Skip(Reason.CAMPAIGN_LIMIT, {"contacts": made, "maxPerLead": most})
    flying = {flight.work for name in FLIGHT_FIELD.values() if (flight := Flight.of(getattr(contact, name)))}
    doubtful = sum(_in_doubt(one, flying) for one in others)
    if made + doubtful >= most:
        return Defer(Reason.LIMIT_IN_DOUBT, now + machine_time(core.clock, DOUBT_PAUSE))
    return None


def _in_doubt(one: Obligation, flying: set[str]) -> bool:
    return one.is_open and (one.phase is not None or one.id in flying)
