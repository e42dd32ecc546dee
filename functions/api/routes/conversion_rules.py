"""/v1/conversion-rules"""

from typing import Any, NoReturn

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.conversions.model import ConversionRule, RuleInput
from retention.conversions.rules import RuleFilter
from retention.deletion.service import Deleted
from retention.errors import NotAvailableError
from retention.fields import Channel
from retention.table.listing import Page

routes = Routes("conversion-rules", read="conversion-rules:read", write="conversion-rules:write")


class RuleQuery(ListQuery):
    """Filters of the list of conversion rules."""

    channel: Channel | None = Field(default=None, description="Only rules for this channel")
    metric: str | None = Field(default=None, min_length=1, max_length=200, description="Only rules for this metric")


@routes(
    "POST",
    "/v1/conversion-rules",
    created("/v1/conversion-rules/{id}"),
    "Create a conversion rule",
    body=RuleInput,
    answers={201: ConversionRule},
)
def create_conversion_rule(request: Request[Any, RuleInput]) -> ConversionRule:
    """One rule for each channel, metric and value. Its figures are computed, never set."""
    return request.app.conversion_rules.create(request.body)


@routes("GET", "/v1/conversion-rules", listed, "List conversion rules", query=RuleQuery, answers={200: ConversionRule})
def list_conversion_rules(request: Request[RuleQuery, None]) -> Page[ConversionRule]:
    """Newest first."""
    query = request.query
    wanted = RuleFilter(channel=query.channel, metric=query.metric)
    return request.app.conversion_rules.page(wanted, limit=query.limit, position=request.position)


@routes("POST", "/v1/conversion-rules/recompute", shown, "Compute the figures of all rules", answers={}, coming=True)
def recompute_conversion_rules(request: Request[Any, None]) -> NoReturn:
    """Not available yet."""
    raise NotAvailableError("The figures of conversion rules come with the reports, in a later version.")


@routes("GET", "/v1/conversion-rules/{id}", shown, "Read a conversion rule", answers={200: ConversionRule})
def get_conversion_rule(request: Request[Any, None]) -> ConversionRule:
    """With its figures."""
    return request.app.conversion_rules.get(request.path["id"])


@routes(
    "PATCH",
    "/v1/conversion-rules/{id}",
    shown,
    "Change a conversion rule",
    body=RuleInput,
    answers={200: ConversionRule},
)
def update_conversion_rule(request: Request[Any, Any]) -> ConversionRule:
    """A JSON merge patch. A rule that is about something else from then on begins without samples."""
    return request.app.conversion_rules.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/conversion-rules/{id}", deleted, "Delete a conversion rule", answers={204: None})
def delete_conversion_rule(request: Request[Any, None]) -> Deleted:
    """Nothing else goes with it."""
    return request.app.conversion_rules.delete(request.path["id"], if_match=request.if_match)
