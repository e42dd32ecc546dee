"""/v1/campaigns"""

from typing import Any, NoReturn

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign, CampaignCreate, CampaignInput, CampaignStatus
from retention.campaigns.service import CampaignFilter
from retention.conversions.model import Conversion
from retention.deletion.service import Deleted
from retention.errors import NotAvailableError
from retention.experiments.model import ABTest
from retention.experiments.service import ABTestFilter
from retention.jobs.model import Job
from retention.scripts.model import Script
from retention.scripts.service import ScriptFilter
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


def _not_yet(request: Request[Any, None], what: str) -> NoReturn:
    request.app.campaigns.get(request.path["id"])
    raise NotAvailableError(f"{what} a campaign comes with the engine, in a later version.")


@routes("POST", "/v1/campaigns/{id}/start", shown, "Start a campaign", answers={200: Campaign}, coming=True)
def start_campaign(request: Request[Any, None]) -> Campaign:
    """Not available yet."""
    _not_yet(request, "Starting")


@routes("POST", "/v1/campaigns/{id}/pause", shown, "Pause a campaign", answers={200: Campaign}, coming=True)
def pause_campaign(request: Request[Any, None]) -> Campaign:
    """Not available yet."""
    _not_yet(request, "Pausing")


@routes("POST", "/v1/campaigns/{id}/resume", shown, "Resume a campaign", answers={200: Campaign}, coming=True)
def resume_campaign(request: Request[Any, None]) -> Campaign:
    """Not available yet."""
    _not_yet(request, "Resuming")


@routes("POST", "/v1/campaigns/{id}/complete", shown, "Complete a campaign", answers={200: Campaign}, coming=True)
def complete_campaign(request: Request[Any, None]) -> Campaign:
    """Not available yet."""
    _not_yet(request, "Completing")


@routes("GET", "/v1/campaigns/{id}/stats", shown, "Figures of a campaign", answers={}, coming=True)
def get_campaign_stats(request: Request[Any, None]) -> NoReturn:
    """Not available yet."""
    request.app.campaigns.get(request.path["id"])
    raise NotAvailableError("The figures of a campaign come with the reports, in a later version.")


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
