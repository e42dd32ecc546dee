"""/v1/campaigns"""

from typing import Any

from pydantic import ConfigDict, Field, RootModel

from api.answer import Answer, created, deleted, followed, listed, shown
from api.operation import ListQuery, Request, Routes
from api.period import PeriodQuery, period_of, reported
from retention.attempts.model import ContactAttempt
from retention.campaigns.forecast import CampaignForecast
from retention.campaigns.lifecycle import Moved
from retention.campaigns.model import Campaign, CampaignCreate, CampaignInput, CampaignStatus
from retention.campaigns.service import CampaignFilter
from retention.conversions.model import Conversion
from retention.deletion.service import Deleted
from retention.experiments.model import ABTest
from retention.experiments.service import ABTestFilter
from retention.fields import Contract
from retention.figures.campaigns import CampaignStats
from retention.jobs.model import Job
from retention.scripts.model import Script
from retention.scripts.service import ScriptFilter
from retention.sequences.model import Resume
from retention.table.listing import Page

routes = Routes("campaigns", read="campaigns:read", write="campaigns:write")


class CampaignQuery(ListQuery):
    """Filters of the list of campaigns."""

    status: CampaignStatus | None = Field(default=None, description="Only campaigns with this status")


@routes(
    "POST",
    "/v1/campaigns",
    created("/v1/campaigns/{id}"),
    "Create a campaign",
    body=CampaignCreate,
    answers={201: Campaign},
)
def create_campaign(request: Request[Any, CampaignCreate]) -> Campaign:
    """A draft, unless a status is given."""
    return request.app.campaigns.create(request.body)


@routes("GET", "/v1/campaigns", listed, "List campaigns", query=CampaignQuery, answers={200: Campaign})
def list_campaigns(request: Request[CampaignQuery, None]) -> Page[Campaign]:
    """Newest first."""
    query = request.query
    return request.app.campaigns.page(CampaignFilter(status=query.status), limit=query.limit, position=request.position)


@routes("GET", "/v1/campaigns/{id}", shown, "Read a campaign", answers={200: Campaign})
def get_campaign(request: Request[Any, None]) -> Campaign:
    """As it is now."""
    return request.app.campaigns.get(request.path["id"])


@routes("PATCH", "/v1/campaigns/{id}", shown, "Change a campaign", body=CampaignInput, answers={200: Campaign})
def update_campaign(request: Request[Any, Any]) -> Campaign:
    """A JSON merge patch. The status changes by start, pause, resume and complete."""
    return request.app.campaigns.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/campaigns/{id}", deleted, "Delete a campaign", answers={204: None, 202: Job})
def delete_campaign(request: Request[Any, None]) -> Deleted:
    """Its assignments and A/B tests go with it; scripts, contact attempts and conversions stay, without it."""
    return request.app.deletion.campaign(request.path["id"], if_match=request.if_match)


# --- verbs -----------------------------------------------------------------------------------------------------


class DryRunQuery(Contract):
    """Parameters of starting and resuming."""

    model_config = {**Contract.model_config, "strict": False}

    dry_run: bool = Field(default=False, description="True: nothing is changed, and the answer says what would be")


class Going(RootModel[Any]):
    """The campaign; with `dryRun`, what would be done."""

    model_config = ConfigDict(defer_build=True)

    root: Campaign | CampaignForecast


def _moved(outcome: Moved | CampaignForecast) -> Answer:
    return shown(outcome) if isinstance(outcome, CampaignForecast) else followed(outcome.campaign, outcome.job_id)


@routes(
    "POST",
    "/v1/campaigns/{id}/start",
    _moved,
    "Start a campaign",
    query=DryRunQuery,
    answers={200: Going},
    conditional=True,
    followed=True,
)
def start_campaign(request: Request[DryRunQuery, None]) -> Moved | CampaignForecast:
    """A draft begins to contact its leads, as soon as the contact rules allow and not before its start date: with at
    least one channel, and a script that can be chosen for each, else 409 says what is missing. A job goes through the
    leads. With `dryRun=true` nothing is changed; the answer counts, on up to 1,000 leads."""
    if request.query.dry_run:
        return request.app.campaign_forecaster.starting(request.path["id"])
    return request.app.campaign_lifecycle.start(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/campaigns/{id}/pause",
    _moved,
    "Pause a campaign",
    answers={200: Campaign},
    conditional=True,
    followed=True,
)
def pause_campaign(request: Request[Any, None]) -> Moved:
    """Nothing new is sent within a few seconds; what is being sent at this moment is finished. A job holds what is
    scheduled."""
    return request.app.campaign_lifecycle.pause(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/campaigns/{id}/resume",
    _moved,
    "Resume a campaign",
    query=DryRunQuery,
    body=Resume,
    answers={200: Going},
    conditional=True,
    followed=True,
)
def resume_campaign(request: Request[DryRunQuery, Resume]) -> Moved | CampaignForecast:
    """What is held is due again, and leads that were assigned meanwhile are contacted. With `dryRun=true` nothing is
    changed; the answer counts, on up to 1,000 leads."""
    if request.query.dry_run:
        return request.app.campaign_forecaster.resuming(request.path["id"])
    policy = request.body.policy
    return request.app.campaign_lifecycle.resume(request.path["id"], policy, if_match=request.if_match)


@routes(
    "POST",
    "/v1/campaigns/{id}/complete",
    _moved,
    "Complete a campaign",
    answers={200: Campaign},
    conditional=True,
    followed=True,
)
def complete_campaign(request: Request[Any, None]) -> Moved:
    """It ends for good: a job skips what is still to come. What is being sent at this moment is finished. A campaign
    that is done with all its leads, or past its end date, completes by itself."""
    return request.app.campaign_lifecycle.complete(request.path["id"], if_match=request.if_match)


@routes(
    "GET",
    "/v1/campaigns/{id}/stats",
    reported,
    "Figures of a campaign",
    query=PeriodQuery,
    answers={200: CampaignStats},
    scope="reports:read",
    tabular=True,
)
def get_campaign_stats(request: Request[PeriodQuery, None]) -> CampaignStats:
    """Leads by how far the campaign is with them, what was sent by channel and by script, and what has come of that by
    now. A rate is a share of what was sent in the period."""
    return request.app.reports.campaign(request.path["id"], period_of(request))


# --- what belongs to a campaign, beside its leads (campaign_leads.py) -----------------------------------------------


@routes(
    "GET",
    "/v1/campaigns/{id}/scripts",
    listed,
    "List the scripts of a campaign",
    query=ListQuery,
    scope="scripts:read",
    answers={200: Script},
)
def list_campaign_scripts(request: Request[ListQuery, None]) -> Page[Script]:
    """Newest first."""
    campaign = request.app.campaigns.get(request.path["id"])
    wanted = ScriptFilter(campaign_id=campaign.id)
    return request.app.scripts.page(wanted, limit=request.query.limit, position=request.position)


@routes(
    "GET",
    "/v1/campaigns/{id}/contact-attempts",
    listed,
    "List the contact attempts of a campaign",
    query=ListQuery,
    scope="attempts:read",
    answers={200: ContactAttempt},
)
def list_campaign_attempts(request: Request[ListQuery, None]) -> Page[ContactAttempt]:
    """Newest first."""
    return request.app.campaigns.attempts(request.path["id"], limit=request.query.limit, position=request.position)


@routes(
    "GET",
    "/v1/campaigns/{id}/conversions",
    listed,
    "List the conversions of a campaign",
    query=ListQuery,
    scope="conversions:read",
    answers={200: Conversion},
)
def list_campaign_conversions(request: Request[ListQuery, None]) -> Page[Conversion]:
    """Newest first."""
    return request.app.campaigns.conversions(request.path["id"], limit=request.query.limit, position=request.position)


@routes(
    "GET",
    "/v1/campaigns/{id}/ab-tests",
    listed,
    "List the A/B tests of a campaign",
    query=ListQuery,
    scope="ab-tests:read",
    answers={200: ABTest},
)
def list_campaign_ab_tests(request: Request[ListQuery, None]) -> Page[ABTest]:
    """Newest first."""
    campaign = request.app.campaigns.get(request.path["id"])
    wanted = ABTestFilter(campaign_id=campaign.id)
    return request.app.ab_tests.page(wanted, limit=request.query.limit, position=request.position)
