"""/v1/campaigns/{id}/leads"""

from typing import Any

from pydantic import Field

from api.answer import Answer, created, deleted, listed, shown
from api.bulk import LeadRows, OneOrManyLeads, rows_answer
from api.operation import BULK_LIMIT, ListQuery, Request, Routes
from retention.bulk import RowResult
from retention.campaigns.model import AssignmentStatus, CampaignLead
from retention.deletion.service import Deleted
from retention.explaining.model import CampaignLeadView
from retention.jobs.model import Job
from retention.table.listing import Page

routes = Routes("campaigns", read="campaigns:read", write="campaigns:write")


class AssignmentQuery(ListQuery):
    """Filters of the list of a campaign's leads."""

    status: AssignmentStatus | None = Field(default=None, description="Only assignments with this status")


def _assigned(outcome: CampaignLead | list[RowResult]) -> Answer:
    if isinstance(outcome, CampaignLead):
        return created("/v1/campaigns/{campaign_id}/leads/{lead_id}")(outcome)
    return rows_answer(outcome)


@routes(
    "GET",
    "/v1/campaigns/{id}/leads",
    listed,
    "List the leads of a campaign",
    query=AssignmentQuery,
    answers={200: CampaignLead},
)
def list_campaign_leads(request: Request[AssignmentQuery, None]) -> Page[CampaignLead]:
    """Their assignments, newest first."""
    query = request.query
    return request.app.assignments.page(request.path["id"], query.status, limit=query.limit, position=request.position)


@routes(
    "POST",
    "/v1/campaigns/{id}/leads",
    _assigned,
    "Assign leads to a campaign",
    body=OneOrManyLeads,
    body_limit=BULK_LIMIT,
    answers={201: CampaignLead, 200: LeadRows},
)
def assign_leads(request: Request[Any, OneOrManyLeads]) -> CampaignLead | list[RowResult]:
    """With `leadId` the answer is 201 with the assignment, or 409 where it exists. With `leadIds`, up to 1,000, it is
    200 with a result for each: created, existing, or rejected with its errors."""
    campaign_id, body = request.path["id"], request.body
    if body.lead_id is not None:
        return request.app.assignments.create(campaign_id, body.lead_id)
    return request.app.assignments.create_many(campaign_id, body.lead_ids or [])


@routes(
    "GET",
    "/v1/campaigns/{id}/leads/{leadId}",
    shown,
    "Read the assignment of a lead",
    answers={200: CampaignLeadView},
)
def get_campaign_lead(request: Request[Any, None]) -> CampaignLeadView:
    """How far the campaign is with the lead: what became of each contact, or why not, and what comes next."""
    return request.app.explaining_contacts.explain(request.path["id"], request.path["leadId"])


@routes(
    "DELETE",
    "/v1/campaigns/{id}/leads/{leadId}",
    deleted,
    "Take a lead out of a campaign",
    answers={204: None, 202: Job},
)
def delete_campaign_lead(request: Request[Any, None]) -> Deleted:
    """What is planned goes with it; what was made stays, as contact attempts. The lead may be assigned again."""
    campaign = request.app.campaigns.get(request.path["id"])
    return request.app.deletion.assignment(campaign.id, request.path["leadId"], if_match=request.if_match)
