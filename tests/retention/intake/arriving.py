"""Submissions as the door puts them on the queue, and what applies them."""

import json
from itertools import count
from typing import Any

from retention import jsontext
from retention.bootstrap import Application
from retention.intake.handling import Forms, MetaLeads
from retention.intake.model import IntakeActivity
from retention.intake.taking import Taking
from retention.intake.targets import Targets
from retention.leads.model import Lead
from retention.receiving.event import Event
from retention.sequences.model import Arrival, SequenceEnrollment
from retention.table.items import from_raw
from tests.api_client import ApiClient
from tests.integrity import scan
from tests.retention.intake.graphserver import TOKEN, GraphServer

_numbers = count(1)


def taking(app: Application) -> Taking:
    return Taking(app.core, app.intake, Targets(app.core, app.assignments, app.enrolling))


def forms(app: Application) -> Forms:
    return Forms(app.core, taking(app))


def meta(app: Application) -> MetaLeads:
    return MetaLeads(app.core, taking(app), app.http)


def a_form(app: Application, **fields: Any) -> Any:
    """Set up a form over the API."""
    reply = ApiClient(app).post("/v1/inbound-webhooks", {"name": "Landing page", "slug": "landing", **fields})
    assert reply.status == 201, reply.text
    return reply.json


def connect_meta(app: Application, graph: GraphServer, token: str = TOKEN, **config: Any) -> None:
    """Put the integration with Meta in place."""
    secrets = {"appSecret": "app-secret", "verifyToken": "verify-token", "pageAccessToken": token}
    reply = ApiClient(app).put("/v1/integrations/meta", {"config": {**secrets, "baseUrl": graph.url, **config}})
    assert reply.status in (200, 201), reply.text


def submission(app: Application, payload: Any, slug: str = "landing", name: str | None = None) -> Event:
    """What a form sent."""
    content = {"slug": slug, "payload": payload, "contentType": "application/json"}
    named = name or f"{slug}-{next(_numbers)}"
    return carried(Event("form", named, content, app.core.now()))


def notice(app: Application, leadgen_id: str) -> Event:
    """What Meta tells of a new lead: ids and nothing else."""
    content = {
        "leadgenId": leadgen_id,
        "pageId": "999",
        "formId": "55555",
        "adId": None,
        "adgroupId": None,
        "createdTime": "1771415940",
    }
    return carried(Event("meta", leadgen_id, content, app.core.now()))


def carried(event: Event) -> Event:
    """An event as it comes off the queue."""
    return Event.of(jsontext.loads(json.dumps(event.as_json())))


def all_of(app: Application, kind: Any) -> list[Any]:
    """All items of a kind."""
    return [from_raw(kind, raw) for raw in scan(app) if raw["kind"]["S"] == kind.__name__]


def leads(app: Application) -> list[Lead]:
    return all_of(app, Lead)


def log(app: Application) -> list[IntakeActivity]:
    return all_of(app, IntakeActivity)


def enrollments(app: Application) -> list[SequenceEnrollment]:
    return all_of(app, SequenceEnrollment)


def arrivals(app: Application) -> list[Arrival]:
    return all_of(app, Arrival)
