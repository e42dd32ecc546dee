"""A campaign, its leads and workers: the world of the engine's stories, in which campaigns owe the messages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from retention.bootstrap import Application
from retention.campaigns.model import Campaign, CampaignContact, CampaignCreate, CampaignLead
from retention.campaigns.progress import open_contacts, status_of
from retention.clock import ManualClock
from retention.contactrules.model import CampaignSettings
from retention.engine.kinds.contact import ContactKind
from retention.engine.queue import Work
from retention.engine.worker import Worker
from retention.fields import Channel
from retention.jsontext import format_instant
from retention.scripts.model import EmailContent, ScriptInput
from retention.table.keys import index_partitions, key, owed_entry
from tests.retention.engine.world import LONG, PATIENCE, World, wrong


class Season(World):
    """One table with campaigns, and a provider with a ledger."""

    def __init__(self, app: Application, clock: ManualClock, **rules: str) -> None:
        super().__init__(app, clock, **{"email_hours": "always", "public_base_url": "https://example.com", **rules})
        self.campaigns: list[str] = []

    def worker(self) -> Worker:
        """A worker that has just started, and knows the campaigns as they are now."""
        worker = super().worker()
        kind = cast(ContactKind, worker.loader.kinds[CampaignContact.__name__])
        for campaign in self.campaigns:
            kind.configuration.campaign.get(campaign)
            kind.configuration.tests.get(campaign)
        kind.configuration.scripts.get("")
        return worker

    def draft(self, *channels: Channel, settings: dict[str, Any] | None = None, **more: Any) -> str:
        """A campaign with a script for each of its channels: text messages, unless given."""
        channels = channels or ("SMS",)
        parsed = CampaignSettings.model_validate(settings or {})
        given = CampaignCreate(name="Spring", channels=list(channels), settings=parsed, **more)
        campaign = self.app.campaigns.create(given).id
        for channel in channels:
            content = EmailContent(subject="Hi", html="<p>Hi {{ firstName }}</p>") if channel == "EMAIL" else "Hi"
            script = ScriptInput(name="Hello", type=channel, content=content, campaign_id=campaign)
            self.app.scripts.create(script)
        self.campaigns.append(campaign)
        return campaign

    def sequence(self, *delays: int, **more: Any) -> str:
        """An active campaign, which stays so: what the stories of the engine call a sequence."""
        campaign = self.draft(settings={"autoAssign": {"sources": ["nowhere"]}, **more.pop("settings", {})}, **more)
        self.start(campaign)
        return campaign

    def start(self, campaign: str) -> None:
        """Start a campaign."""
        self.app.campaign_lifecycle.start(campaign, if_match=None)

    def lead(self, **more: Any) -> str:
        """A lead with a number and an address of its own."""
        return super().lead(**{"email": f"ada{self.people}@example.com", **more})

    def enroll(self, sequence: str, lead: str) -> Any:
        """An assignment."""
        return self.app.assignments.create(sequence, lead)

    def cancel(self, lead: str) -> None:
        """Take a lead out of all its campaigns."""
        for one in self.of(CampaignLead, lead):
            self.app.deletion.assignment(one.campaign_id, lead)

    def due(self, *leads: str) -> list[Work]:
        """What of these leads' contacts is due now."""
        now = self.clock.now()
        found = [one for lead in leads for one in self.of(CampaignContact, lead)]
        return [Work(CampaignContact.__name__, one.id) for one in found if one.due_at is not None and one.due_at <= now]

    def due_everywhere(self) -> list[Work]:
        """What is due now, of everybody."""
        until = format_instant(self.clock.now() + timedelta(milliseconds=1))
        rows = [
            row
            for pk in index_partitions("CampaignContact", "due")
            for row in self.app.core.store.query(pk, index="due", below=until)
        ]
        entries = [entry for row in rows if (entry := owed_entry(row["dueSk"]["S"])) is not None]
        return [Work(entry.kind, entry.id) for entry in entries]

    def heal(self, lead: str, *, seconds: int = LONG) -> None:
        """Let time pass without faults until nothing is owed to a lead any more."""
        for _ in range(PATIENCE):
            self.ledger.accept_late()
            self.clock.advance(seconds)
            self.run_jobs()
            self.work(lead)
            if not any(one.is_open for one in self.of(CampaignContact, lead)) and not self.flights(lead):
                self.clock.advance(seconds)
                self.run_jobs()
                return
        owed = [(one.id, one.status, one.due_at) for one in self.of(CampaignContact, lead) if one.is_open]
        raise AssertionError(f"still owed: {owed}, under way: {self.flights(lead)}")

    # --- what is there now -------------------------------------------------------------------------------------

    def campaign(self, campaign: str) -> Campaign:
        """A campaign as it is now."""
        return self.app.campaigns.get(campaign)

    def assignment(self, campaign: str, lead: str) -> CampaignLead:
        """An assignment as it is now."""
        found = self.app.core.store.find(CampaignLead, key("CampaignLead", lead_id=lead, campaign_id=campaign))
        assert found is not None
        return found

    def told(self, lead: str) -> list[tuple[str, str, str | None]]:
        """Of each contact of a lead its channel and number, its status, and why."""
        rows = sorted(self.of(CampaignContact, lead), key=lambda one: (one.n, one.channel))
        return [(f"{one.channel}-{one.n}", one.status, one.result.get("reason")) for one in rows]

    def accepted(self, lead: str) -> list[Channel]:
        """The channels through which something was accepted for a lead, in order."""
        return [entry.channel for entry in self.ledger.entries if entry.work.startswith(f"{lead}.")]


def amiss(season: Season, lead: str) -> list[str]:
    """What must never be of a lead, once everything has come to rest."""
    found = wrong(season, lead)
    contacts = {one.id: one for one in season.of(CampaignContact, lead)}
    found += _sends(season, contacts)
    for assignment in season.of(CampaignLead, lead):
        progress = assignment.progress or {}
        mine = [one for one in contacts.values() if one.campaign_id == assignment.campaign_id]
        is_open = {(one.channel, one.n) for one in mine if one.is_open}
        if set(open_contacts(assignment)) != is_open:
            found.append(f"{assignment.id} says {open_contacts(assignment)} are open, {is_open} are")
        if progress and status_of(progress) != assignment.status:
            found.append(f"{assignment.id} is {assignment.status}, its progress {progress}")
        made = any(one.contact_attempt_id and one.status in ("SENT", "DELIVERED") for one in mine)
        if not is_open and progress and assignment.status != ("COMPLETED" if made else "FAILED"):
            found.append(f"{assignment.id} is {assignment.status}, and something was made: {made}")
    return found


def _sends(season: Season, contacts: dict[str, CampaignContact]) -> list[str]:
    sent = {entry.work for entry in season.ledger.entries}
    found = [
        f"{work} was sent and is {contacts[work].status}"
        for work in sent & contacts.keys()
        if contacts[work].status not in ("SENT", "DELIVERED", "FAILED")
    ]
    return found + [
        f"{one.id} is SENT and was not" for one in contacts.values() if one.status == "SENT" and one.id not in sent
    ]


def all_leads(season: Season, campaign: str) -> Sequence[CampaignLead]:
    """The assignments of a campaign."""
    return season.app.assignments.page(campaign, None, limit=1000, position=None).data
