"""/v1/campaigns/{id}/leads"""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.answer import Answer, created, deleted, json_answer, listed, shown
from api.operation import BULK_LIMIT, ListQuery, Request, Routes
from retention.campaigns.assignments import AssignmentResult
from retention.campaigns.model import AssignmentStatus, CampaignLead
from retention.deletion.service import Deleted
from retention.fields import Contract
from retention.table.listing import Page

routes = Routes("campaigns", read="campaigns:read", write="campaigns:write")

#: The id of a lead as a request names it; whether there is one is checked for each.
_LeadId = Annotated[str, Field(min_length=1, max_length=200)]


class AssignmentQuery(ListQuery):
    """Filters of the list of a campaign's leads."""

    status: AssignmentStatus | None = Field(default=None, description="Only assignments with this status")


class Assign(Contract):
    """One lead, or many: exactly one of the two."""

    model_config = ConfigDict(
        **{
            **Contract.model_config,
            "json_schema_extra": {"oneOf": [{"required": ["leadId"]}, {"required": ["leadIds"]}]},
        }
    )

    lead_id: Annotated[
        _LeadId | None,
        WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200}),
    ] = Field(default=None, description="A lead; the answer is its assignment")
    lead_ids: Annotated[
        list[_LeadId] | None,
        WithJsonSchema(
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 200},
                "minItems": 1,
                "maxItems": 1000,
            }
        ),
    ] = Field(default=None, min_length=1, max_length=1000, description="Leads; the answer has a result for each")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.lead_id is None and self.lead_ids is None):
            raise PydanticCustomError("exactly_one", "either leadId or leadIds is needed, not both")
        return self


class AssignmentError(Contract):
    """Why a lead was not assigned."""

    pointer: str
    code: str
    detail: str


class AssignmentRow(Contract):
    """What became of one lead."""

    index: int = Field(description="Position of the lead in the request, from 0")
    lead_id: str = Field(description="The lead")
    status: str = Field(description="created, existing or rejected")
    id: str | None = Field(description="The assignment, unless rejected")
    errors: list[AssignmentError] | None = Field(description="Why it was rejected")


class AssignmentResults(Contract):
    """One result for each lead, in the order of the request."""

    results: list[AssignmentRow]


def _assigned(outcome: CampaignLead | list[AssignmentResult]) -> Answer:
    if isinstance(outcome, CampaignLead):
        return created("/v1/campaigns/{campaign_id}/leads/{lead_id}")(outcome)
    rows = [
        {
            "index": index,
            "leadId": row.lead_id,
            "status": row.status,
            "id": row.id,
            "errors": [vars(error) for error in row.errors] or None,
        }
        for index, row in enumerate(outcome)
    ]
    return json_answer(200, {"results": rows})


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
    body=Assign,
    body_limit=BULK_LIMIT,
    answers={201: CampaignLead, 200: AssignmentResults},
)
def assign_leads(request: Request[Any, Assign]) -> CampaignLead | list[AssignmentResult]:
    """With `leadId` the answer is 201 with the assignment, or 409 where it exists. With `leadIds`, up to 1,000, it is
    200 with a result for each: created, existing, or rejected with its errors."""
    campaign_id, body = request.path["id"], request.body
    if body.lead_id is not None:
        return request.app.assignments.create(campaign_id, body.lead_id)
    return request.app.assignments.create_many(campaign_id, body.lead_ids or [])


@routes("GET", "/v1/campaigns/{id}/leads/{leadId}", shown, "Read the assignment of a lead", answers={200: CampaignLead})
def get_campaign_lead(request: Request[Any, None]) -> CampaignLead:
    """How far the campaign is with the lead."""
    return request.app.assignments.get(request.path["id"], request.path["leadId"])


@routes("DELETE", "/v1/campaigns/{id}/leads/{leadId}", deleted, "Take a lead out of a campaign", answers={204: None})
def delete_campaign_lead(request: Request[Any, None]) -> Deleted:
    """What was done for the campaign stays. The lead may be assigned again."""
    return request.app.assignments.delete(request.path["id"], request.path["leadId"], if_match=request.if_match)
