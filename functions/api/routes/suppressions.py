"""/v1/suppressions"""

from typing import Any

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.errors import InvalidInputError
from retention.fields import Contract, ShortText
from retention.suppressions.model import Suppression, SuppressionInput, SuppressionReason
from retention.table.listing import Page

routes = Routes("suppressions", read="suppressions:read", write="suppressions:write")


class SuppressionQuery(ListQuery):
    """Filters of the list of suppressions."""

    reason: SuppressionReason | None = Field(default=None, description="Only those with this reason")


class LiftQuery(Contract):
    """The reason, where a client cannot send a body with DELETE."""

    reason: ShortText | None = Field(default=None, min_length=1, description="On what ground it is lifted")


class Lift(Contract):
    """Why an address may be contacted again."""

    reason: ShortText | None = Field(default=None, min_length=1, description="On what ground; kept for the record")


@routes(
    "POST",
    "/v1/suppressions",
    created("/v1/suppressions/{id}"),
    "Suppress an address",
    body=SuppressionInput,
    answers={201: Suppression},
)
def create_suppression(request: Request[Any, SuppressionInput]) -> Suppression:
    """The address itself is not kept, only a keyed hash. The lead that has it is stopped at the same moment. An address
    that is suppressed already is refused with 409 and `existingId`."""
    return request.app.suppressions.add(request.body)


@routes("GET", "/v1/suppressions", listed, "List suppressions", query=SuppressionQuery, answers={200: Suppression})
def list_suppressions(request: Request[SuppressionQuery, None]) -> Page[Suppression]:
    """Newest first."""
    return request.app.suppressions.page(request.query.reason, limit=request.query.limit, position=request.position)


@routes("GET", "/v1/suppressions/{id}", shown, "Read a suppression", answers={200: Suppression})
def get_suppression(request: Request[Any, None]) -> Suppression:
    """Without the address, which nobody can read back."""
    return request.app.suppressions.get(request.path["id"])


@routes(
    "DELETE",
    "/v1/suppressions/{id}",
    deleted,
    "Lift a suppression",
    query=LiftQuery,
    body=Lift,
    answers={204: None},
)
def delete_suppression(request: Request[LiftQuery, Lift]) -> Deleted:
    """A `reason` is needed, in the body or in the query; it is kept for the record. A lead that was stopped stays
    stopped: lift that with POST /v1/leads/{id}/unstop."""
    because = request.body.reason or request.query.reason
    if because is None or not because.strip():
        raise InvalidInputError.at("/reason", "required", "Say on what ground the suppression is lifted.")
    return request.app.suppressions.lift(
        request.path["id"], because=because, by=request.caller.id, if_match=request.if_match
    )
