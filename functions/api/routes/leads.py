"""/v1/leads"""

from typing import Any

from pydantic import Field

from api.answer import Answer, created, deleted, etag, json_answer, listed, shown
from api.bulk import MAX_ROWS, Rows, rows_answer
from api.operation import BULK_LIMIT, ListQuery, Request, Routes
from retention.bulk import RowResult
from retention.deletion.service import Deleted
from retention.fields import Contract, Instant, ShortText
from retention.jobs.model import Job
from retention.leads.intake import TakenIn
from retention.leads.model import LeadInput, LeadSource, LeadStatus, LeadView, StopReason
from retention.leads.service import LeadFilter
from retention.table.listing import Page

routes = Routes("leads", read="leads:read", write="leads:write")


class LeadQuery(ListQuery):
    """Filters of the list of leads."""

    status: LeadStatus | None = Field(default=None, description="Only leads with this status")
    email: str | None = Field(default=None, min_length=1, max_length=254, description="Only the lead with this address")
    phone: str | None = Field(default=None, min_length=1, max_length=40, description="Only the lead with this number")
    source: LeadSource | None = Field(default=None, description="Only leads from this source")
    created_from: Instant | None = Field(default=None, description="Only leads created at this instant or later")
    created_to: Instant | None = Field(default=None, description="Only leads created before this instant")


class LeadTakenIn(LeadView):
    """A lead, and whether it was known before."""

    deduplicated: bool = Field(description="True when this person was known already; nothing was changed then")


class BulkLeads(Contract):
    """Many leads at once."""

    leads: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_ROWS, description="Leads, each as for POST /v1/leads; a bad one harms no other"
    )


class Stop(Contract):
    """Why a lead is not to be contacted any more."""

    reason: StopReason = Field(default="DO_NOT_CONTACT", description="Why")


class Unstop(Contract):
    """Why a lead may be contacted again."""

    reason: ShortText = Field(min_length=1, description="On what ground; kept for the record")


def _taken_in(outcome: TakenIn) -> Answer:
    view = LeadTakenIn.model_construct(**vars(outcome.lead), deduplicated=outcome.deduplicated)
    if outcome.deduplicated:
        return json_answer(200, view, ETag=etag(outcome.lead), Location=f"/v1/leads/{outcome.lead.id}")
    return created("/v1/leads/{id}")(view)


@routes("POST", "/v1/leads", _taken_in, "Take in a lead", body=LeadInput, answers={201: LeadTakenIn, 200: LeadTakenIn})
def create_lead(request: Request[Any, LeadInput]) -> TakenIn:
    """A person who is already known, by e-mail address or else by phone number, is answered with 200 and
    `deduplicated: true`; nothing is changed then."""
    return request.app.intake.create(request.body)


@routes(
    "POST",
    "/v1/leads/bulk",
    rows_answer,
    "Take in many leads",
    body=BulkLeads,
    body_limit=BULK_LIMIT,
    answers={200: Rows},
)
def create_leads(request: Request[Any, BulkLeads]) -> list[RowResult]:
    """Up to 1,000 rows or 1 MB; each row is created, found existing, or rejected with its errors."""
    return request.app.intake.create_many(request.body.leads)


@routes("GET", "/v1/leads", listed, "List leads", query=LeadQuery, answers={200: LeadView})
def list_leads(request: Request[LeadQuery, None]) -> Page[LeadView]:
    """Newest first."""
    query = request.query
    wanted = LeadFilter(
        status=query.status,
        source=query.source,
        email=query.email,
        phone=query.phone,
        created_from=query.created_from,
        created_to=query.created_to,
    )
    return request.app.leads.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/leads/{id}", shown, "Read a lead", answers={200: LeadView})
def get_lead(request: Request[Any, None]) -> LeadView:
    """With its right to be left alone."""
    return request.app.leads.get(request.path["id"])


@routes("PATCH", "/v1/leads/{id}", shown, "Change a lead", body=LeadInput, answers={200: LeadView})
def update_lead(request: Request[Any, Any]) -> LeadView:
    """A JSON merge patch."""
    return request.app.leads.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/leads/{id}", deleted, "Delete a lead", answers={204: None, 202: Job})
def delete_lead(request: Request[Any, None]) -> Deleted:
    """Everything of the lead goes with it; conversions stay, without their lead."""
    return request.app.deletion.lead(request.path["id"], if_match=request.if_match)


@routes("POST", "/v1/leads/{id}/stop", shown, "Contact a lead no more", body=Stop, answers={200: LeadView})
def stop_lead(request: Request[Any, Stop]) -> LeadView:
    """Closes every sequence and campaign for this lead at once. A repeat changes nothing."""
    return request.app.leads.stop(request.path["id"], request.body.reason)


@routes("POST", "/v1/leads/{id}/unstop", shown, "Allow contact again", body=Unstop, answers={200: LeadView})
def unstop_lead(request: Request[Any, Unstop]) -> LeadView:
    """Refused while an address of the lead is suppressed."""
    return request.app.leads.unstop(request.path["id"], request.body.reason)
