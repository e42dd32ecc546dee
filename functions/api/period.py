"""The days that a report is about, as a request names them, and reports as answers."""

from typing import Any

from pydantic import Field

from api.answer import Answer, json_answer, listed
from api.operation import ListQuery, Request
from retention.contactrules.zones import TimeZone
from retention.fields import Contract
from retention.figures.days import Day, Period


class PeriodQuery(Contract):
    """Which days, and whose."""

    model_config = {**Contract.model_config, "strict": False}

    from_: Day | None = Field(default=None, alias="from", description="The first day; 29 days before the last")
    to: Day | None = Field(default=None, description="The last day, included; today")
    time_zone: TimeZone | None = Field(default=None, description="The zone whose days they are; the account's")


class PeriodListQuery(PeriodQuery, ListQuery):
    """Which days, and which page."""


#: What has changed since may be told a moment later; nobody else may keep it.
_CACHE = {"Cache-Control": "private, max-age=15"}


def period_of(request: Request[Any, Any]) -> Period:
    """The days that a request is about.

    Raises:
        MalformedInputError: they end before they begin, or are too many.
    """
    query = request.query
    return request.app.reports.period(query.from_, query.to, query.time_zone)


def reported(report: Any) -> Answer:
    """200 with a report."""
    return json_answer(200, report, **_CACHE)


def reported_page(page: Any) -> Answer:
    """200 with a page of a report."""
    answer = listed(page)
    return Answer(answer.status, answer.body, {**answer.headers, **_CACHE})
