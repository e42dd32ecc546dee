"""/v1/leads/{id}/...: what a lead has, and what happened to it."""

from typing import Any, NoReturn

from pydantic import Field

from api.answer import listed, shown
from api.operation import ListQuery, Request, Routes
from retention.attempts.model import ContactAttempt
from retention.attempts.service import AttemptFilter
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion
from retention.conversions.service import ConversionFilter
from retention.errors import NotAvailableError
from retention.fields import Channel, Contract, RootId, Text
from retention.leads.timeline import TimelineEntry, assignments, timeline
from retention.scripts.model import EmailContent
from retention.sequences.enrollments import EnrollmentFilter
from retention.sequences.model import SequenceEnrollment
from retention.table.listing import Page

routes = Routes("leads", read="leads:read", write="leads:write")


class ContactNow(Contract):
    """One message to one lead, now."""

    channel: Channel = Field(description="The channel")
    script_id: RootId | None = Field(default=None, description="The script to use")
    content: Text | EmailContent | None = Field(default=None, description="What to say, instead of a script")


@routes(
    "GET",
    "/v1/leads/{id}/timeline",
    listed,
    "Read a lead's timeline",
    query=ListQuery,
    answers={200: TimelineEntry},
)
def list_lead_timeline(request: Request[ListQuery, None]) -> Page[TimelineEntry]:
    """Every assignment, enrollment, execution, contact attempt and conversion of the lead; the latest first, which may
    be still to come."""
    query = request.query
    return timeline(request.app.core, request.path["id"], limit=query.limit, position=request.position)


@routes(
    "GET",
    "/v1/leads/{id}/campaigns",
    listed,
    "List a lead's campaigns",
    query=ListQuery,
    answers={200: CampaignLead},
    scope="campaigns:read",
)
def list_lead_campaigns(request: Request[ListQuery, None]) -> Page[CampaignLead]:
    """The assignments of the lead to campaigns, newest first."""
    query = request.query
    return assignments(request.app.core, _existing(request), limit=query.limit, position=request.position)


@routes(
    "GET",
    "/v1/leads/{id}/enrollments",
    listed,
    "List a lead's enrollments",
    query=ListQuery,
    answers={200: SequenceEnrollment},
    scope="enrollments:read",
)
def list_lead_enrollments(request: Request[ListQuery, None]) -> Page[SequenceEnrollment]:
    """The enrollments of the lead in sequences, newest first."""
    wanted = EnrollmentFilter(lead_id=_existing(request))
    return request.app.enrollments.page(wanted, limit=request.query.limit, position=request.position)


@routes(
    "GET",
    "/v1/leads/{id}/contact-attempts",
    listed,
    "List a lead's contact attempts",
    query=ListQuery,
    answers={200: ContactAttempt},
    scope="attempts:read",
)
def list_lead_contact_attempts(request: Request[ListQuery, None]) -> Page[ContactAttempt]:
    """The contacts with the lead, the one that began last first."""
    wanted = AttemptFilter(lead_id=_existing(request))
    return request.app.attempts.page(wanted, limit=request.query.limit, position=request.position)


@routes(
    "GET",
    "/v1/leads/{id}/conversions",
    listed,
    "List a lead's conversions",
    query=ListQuery,
    answers={200: Conversion},
    scope="conversions:read",
)
def list_lead_conversions(request: Request[ListQuery, None]) -> Page[Conversion]:
    """The conversions of the lead, newest first."""
    wanted = ConversionFilter(lead_id=_existing(request))
    return request.app.conversions.page(wanted, limit=request.query.limit, position=request.position)


@routes(
    "POST",
    "/v1/leads/{id}/contact",
    shown,
    "Send one message now",
    body=ContactNow,
    answers={},
    coming=True,
)
def contact_lead(request: Request[Any, ContactNow]) -> NoReturn:
    """Not available in this version."""
    _refuse(request, "Sending comes with the engine, in a later version.")


@routes("POST", "/v1/leads/{id}/erase", shown, "Erase a person", answers={}, coming=True)
def erase_lead(request: Request[Any, None]) -> NoReturn:
    """Not available in this version."""
    _refuse(request, "Erasure comes with data protection, in a later version. DELETE removes the lead.")


@routes("GET", "/v1/leads/{id}/export", shown, "Export what is known about a person", answers={}, coming=True)
def export_lead(request: Request[Any, None]) -> NoReturn:
    """Not available in this version."""
    _refuse(request, "Exports come with data protection, in a later version.")


def _existing(request: Request[Any, Any]) -> str:
    """The id of the lead that a request is about, which must be there."""
    return request.app.leads.get(request.path["id"]).id


def _refuse(request: Request[Any, Any], why: str) -> NoReturn:
    _existing(request)
    raise NotAvailableError(why)
