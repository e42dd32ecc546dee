"""/v1/reports"""

from typing import Any

from pydantic import Field

from api.answer import Answer, json_answer
from api.operation import Request, Routes
from api.period import PeriodListQuery, PeriodQuery, period_of, reported, reported_page
from retention.fields import Channel
from retention.figures.campaigns import CampaignRow
from retention.figures.channels import ChannelReport
from retention.figures.funnel import FunnelReport
from retention.figures.heatmap import HeatmapReport
from retention.figures.overview import Overview
from retention.figures.sequences import SequenceRow
from retention.figures.timeline import TimelineReport
from retention.jobs.model import Job
from retention.table.listing import Page

routes = Routes("reports", read="reports:read", write="jobs:write")


class HeatmapQuery(PeriodQuery):
    """Which days, and which channel."""

    channel: Channel | None = Field(default=None, description="Only messages of this channel")


@routes(
    "GET",
    "/v1/reports/overview",
    reported,
    "Everything at a glance",
    query=PeriodQuery,
    answers={200: Overview},
    tabular=True,
)
def report_overview(request: Request[PeriodQuery, None]) -> Overview:
    """Leads, messages by channel with their rates, conversions, revenue, cost and what it returned. A rate is a share
    of what was sent in the period: whatever comes of a message counts on the day on which it was sent."""
    return request.app.reports.overview(period_of(request))


@routes(
    "GET",
    "/v1/reports/channels",
    reported,
    "Channels side by side",
    query=PeriodQuery,
    answers={200: ChannelReport},
    tabular=True,
)
def report_channels(request: Request[PeriodQuery, None]) -> ChannelReport:
    """What was sent over each channel, and what has come of it."""
    return request.app.reports.channels(period_of(request))


@routes(
    "GET",
    "/v1/reports/campaigns",
    reported_page,
    "Campaigns side by side",
    query=PeriodListQuery,
    answers={200: CampaignRow},
)
def report_campaigns(request: Request[PeriodListQuery, None]) -> Page[CampaignRow]:
    """The newest first. A row has what the campaign sent in the period, and the leads that it was given in it."""
    query = request.query
    return request.app.reports.campaigns(period_of(request), limit=query.limit, position=request.position)


@routes(
    "GET",
    "/v1/reports/sequences",
    reported_page,
    "Sequences side by side",
    query=PeriodListQuery,
    answers={200: SequenceRow},
)
def report_sequences(request: Request[PeriodListQuery, None]) -> Page[SequenceRow]:
    """The newest first. A row has what the steps sent in the period, and the leads that were enrolled in it."""
    query = request.query
    return request.app.reports.sequences(period_of(request), limit=query.limit, position=request.position)


@routes(
    "GET",
    "/v1/reports/funnel",
    reported,
    "How far leads have come",
    query=PeriodQuery,
    answers={200: FunnelReport},
    tabular=True,
)
def report_funnel(request: Request[PeriodQuery, None]) -> FunnelReport:
    """Of the leads that came in the period, by where they stand now. Each stage is a part of the one before."""
    return request.app.reports.funnel(period_of(request))


@routes(
    "GET",
    "/v1/reports/timeline",
    reported,
    "Day by day",
    query=PeriodQuery,
    answers={200: TimelineReport},
    tabular=True,
)
def report_timeline(request: Request[PeriodQuery, None]) -> TimelineReport:
    """A row for every day, today included. What comes of a message counts on the day on which it was sent; conversions
    and their revenue on the day on which they were recorded."""
    return request.app.reports.timeline(period_of(request))


@routes(
    "GET",
    "/v1/reports/heatmap",
    reported,
    "Hours of the week",
    query=HeatmapQuery,
    answers={200: HeatmapReport},
    tabular=True,
)
def report_heatmap(request: Request[HeatmapQuery, None]) -> HeatmapReport:
    """At which hour of the week, by the clock where the lead lives, messages are answered; each rate beside the number
    of messages that it is a share of. The days of the period are those of `timeZone`."""
    return request.app.reports.heatmap(period_of(request), request.query.channel)


def _begun(job: Job) -> Answer:
    return json_answer(202, job, Location=f"/v1/jobs/{job.id}")


@routes("POST", "/v1/reports/recount", _begun, "Recount all figures", answers={202: Job})
def recount_figures(request: Request[Any, None]) -> Job:
    """Adds up everything anew and compares it with the figures of all reports, as it is done every night. The result of
    the job tells what was wrong and has been put right; that nothing was is what you should see."""
    return request.app.recounts.start()
