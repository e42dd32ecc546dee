"""/v1/leads/{id}/...: what a lead has, and what happened to it."""

from typing import Any, NoReturn

from api.answer import accepted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt
from retention.attempts.service import AttemptFilter
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion
from retention.conversions.service import ConversionFilter
from retention.errors import NotAvailableError
from retention.leads.timeline import TimelineEntry, assignments, timeline
from retention.sequences.enrollments import EnrollmentFilter
from retention.sequences.model import SequenceEnrollment
from retention.table.listing import Page

routes = Routes("leads", read="leads:read", write="leads:write")


@routes(
    "GET",
    "/v1/leads/{id}/timeline",
    listed,
    "Read a lead's timeline",
    query=ListQuery,
    answers={200: TimelineEntry},
)
def list_lead_timeline(request: Request[ListQuery, None]) -> Page[TimelineEntry]:
    """Every assignment, enrollment, execution, contact attempt, contact by hand and conversion of the lead, with every
    decision about them, every change of an enrollment, what providers reported, and the stop of all contact; the latest
    first, which may be still to come. An execution and a contact by hand stand once, at their end or at the time when
    they are due, with the decision that ended them; the decisions before it are entries of their own."""
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
    accepted("/v1/contact-attempts/{id}"),
    "Send one message now",
    body=ContactNow,
    answers={202: ContactAttempt},
    scope="attempts:write",
    sends=True,
)
def contact_lead(request: Request[Any, ContactNow]) -> ContactAttempt:
    """A script, or words of its own, which may be templates like a script's. The same rules hold as for everything that
    is sent: the attempt that is answered stays PENDING until contact hours and caps allow the message, and becomes
    FAILED with the reason where it cannot be sent. Refused at once with 409 for a lead that is stopped, suppressed or
    converted."""
    return request.app.direct.send(request.path["id"], request.body)


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
