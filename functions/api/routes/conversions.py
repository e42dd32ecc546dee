"""/v1/conversions"""

from typing import Any

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.conversions.model import Conversion, ConversionChange, ConversionInput, ConversionStatus
from retention.conversions.service import ConversionFilter
from retention.deletion.service import Deleted
from retention.fields import ForeignId, Name, RootId
from retention.table.listing import Page

routes = Routes("conversions", read="conversions:read", write="conversions:write")


class ConversionQuery(ListQuery):
    """Filters of the list of conversions."""

    lead_id: RootId | None = Field(default=None, description="Only conversions of this lead")
    campaign_id: RootId | None = Field(default=None, description="Only conversions of this campaign")
    sub_id: ForeignId | None = Field(default=None, description="Only conversions with this tracking sub id")
    click_id: ForeignId | None = Field(default=None, description="Only conversions with this tracking click id")
    source: Name | None = Field(default=None, description="Only conversions that this source reported")
    status: ConversionStatus | None = Field(default=None, description="Only conversions with this status")


@routes(
    "POST",
    "/v1/conversions",
    created("/v1/conversions/{id}"),
    "Record a conversion",
    body=ConversionInput,
    answers={201: Conversion},
)
def create_conversion(request: Request[Any, ConversionInput]) -> Conversion:
    """One is recorded once: the same source, `subId` (else `clickId`) and `postbackData.tid` again is refused with 409
    and `existingId`, also when a tracker's postback has recorded it. Without a `tid` it is the visitor's first one.
    Without `subId` and `clickId` every report is a new one. `contactAttemptId` implies the lead, and the A/B test that
    it counts for. With the status `customer` the lead becomes CONVERTED at the same moment."""
    return request.app.conversions.create(request.body)


@routes("GET", "/v1/conversions", listed, "List conversions", query=ConversionQuery, answers={200: Conversion})
def list_conversions(request: Request[ConversionQuery, None]) -> Page[Conversion]:
    """Newest first. A page may be short, also empty, with a cursor to go on, when few match."""
    query = request.query
    wanted = ConversionFilter(
        lead_id=query.lead_id,
        campaign_id=query.campaign_id,
        sub_id=query.sub_id,
        click_id=query.click_id,
        source=query.source,
        status=query.status,
    )
    return request.app.conversions.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/conversions/{id}", shown, "Read a conversion", answers={200: Conversion})
def get_conversion(request: Request[Any, None]) -> Conversion:
    """One paid outcome."""
    return request.app.conversions.get(request.path["id"])


@routes("PATCH", "/v1/conversions/{id}", shown, "Change a conversion", body=ConversionChange, answers={200: Conversion})
def update_conversion(request: Request[Any, Any]) -> Conversion:
    """A JSON merge patch on the status. On becoming `customer` the lead becomes CONVERTED at the same moment; nothing
    takes that back by itself. An A/B test counts what is `customer`, and nothing else."""
    return request.app.conversions.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/conversions/{id}", deleted, "Delete a conversion", answers={204: None})
def delete_conversion(request: Request[Any, None]) -> Deleted:
    """The lead stays what it is; an A/B test no longer counts it. The same report can be recorded again afterwards."""
    return request.app.conversions.delete(request.path["id"], if_match=request.if_match)
