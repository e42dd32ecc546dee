"""Campaigns with leads that are assigned to them, put straight into the table: only what starting does is measured."""

from typing import Any, Final

from retention.bootstrap import Application
from retention.campaigns.model import CampaignCreate, CampaignLead
from retention.ids import join
from retention.leads.claims import Claims
from retention.leads.model import Contact, Lead, LeadInput
from retention.scripts.model import ScriptInput
from retention.table.items import raw_of
from retention.table.writes import Create
from tools.bench_engine.crowd import count
from tools.demo.cast import leads
from tools.stack.aws import client

#: Items of one BatchWriteItem. Source: DynamoDB API reference.
BATCH: Final = 25
_TEXT: Final = 'Hi {{ firstName | default: "there" }}, your seat is still free. Reply STOP to opt out.'


class Audience:
    """Everybody who takes part in one run; nobody is contacted by two campaigns."""

    def __init__(self, app: Application, endpoint: str, people: int) -> None:
        self._app = app
        self._endpoint = endpoint
        self._people = iter(leads(people))

    def campaign(self, size: int) -> tuple[str, set[str]]:
        """A draft of text messages with so many leads: its id, and their numbers."""
        app = self._app
        campaign = app.campaigns.create(CampaignCreate(name=f"Bench: {size} leads", channels=["SMS"])).id
        app.scripts.create(ScriptInput(name="Bench: a text", type="SMS", content=_TEXT, campaign_id=campaign))
        entities: list[Any] = []
        phones: set[str] = set()
        for _ in range(size):
            lead = self._lead()
            phones.add(str(lead.phone))
            entities += [lead, *self._belongings(lead, campaign)]
        self._put(entities)
        count(app, entities)
        return campaign, phones

    def _lead(self) -> Lead:
        core = self._app.core
        now = core.now()
        given = LeadInput.model_validate(next(self._people))
        return Lead.model_construct(
            **vars(given), id=core.ids.new(now), created_at=now, updated_at=now, revision=core.ids.revision()
        )

    def _belongings(self, lead: Lead, campaign: str) -> list[Any]:
        core, claims = self._app.core, Claims(self._app.core)
        claimed = [write.entity for write in claims.moved(lead, None) if isinstance(write, Create)]
        contact = Contact(lead_id=lead.id, **claims.names(lead), revision=core.ids.revision())
        assignment = CampaignLead(
            id=join(lead.id, campaign),
            campaign_id=campaign,
            lead_id=lead.id,
            assigned_at=core.now(),
            revision=core.ids.revision(),
        )
        return [*claimed, contact, assignment]

    def _put(self, entities: list[Any]) -> None:
        table, dynamodb = self._app.core.settings.table_name, client("dynamodb", self._endpoint)
        puts: list[Any] = [{"PutRequest": {"Item": raw_of(entity)}} for entity in entities]
        for done in range(0, len(puts), BATCH):
            dynamodb.batch_write_item(RequestItems={table: puts[done : done + BATCH]})
