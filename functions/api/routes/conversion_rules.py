"""/v1/conversion-rules"""

from typing import Any

from pydantic import Field

from api.answer import accepted, created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.conversions.model import ConversionRule, RuleInput
from retention.conversions.rules import RuleFilter, RuleOrder
from retention.deletion.service import Deleted
from retention.fields import Channel
from retention.jobs.model import Job
from retention.table.listing import Page

routes = Routes("conversion-rules", read="conversion-rules:read", write="conversion-rules:write")


class RuleQuery(ListQuery):
    """Filters of the list of conversion rules."""

    channel: Channel | None = Field(default=None, description="Only rules for this channel")
    metric: str | None = Field(default=None, min_length=1, max_length=200, description="Only rules for this metric")
    sort: RuleOrder = Field(
        default="newest", description="best: by the lower end of the 95 % interval of the rate, the highest first"
    )


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
    """Newest first; with `sort=best` those first whose rate is high for certain."""
    query = request.query
    wanted = RuleFilter(channel=query.channel, metric=query.metric)
    rules = request.app.conversion_rules
    return rules.page(wanted, limit=query.limit, position=request.position, order=query.sort)


@routes(
    "POST",
    "/v1/conversion-rules/recompute",
    accepted("/v1/jobs/{id}"),
    "Compute the figures of all rules",
    answers={202: Job},
)
def recompute_conversion_rules(request: Request[Any, None]) -> Job:
    """A job does it, as it is done every night; rules are set up for values with samples enough."""
    return request.app.learning.start()


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
