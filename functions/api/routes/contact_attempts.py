"""/v1/contact-attempts"""

from typing import Any

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.attempts.model import AttemptChange, AttemptInput, AttemptStatus, ContactAttempt
from retention.attempts.resolving import Resolution
from retention.attempts.service import AttemptFilter
from retention.deletion.service import Deleted
from retention.fields import Channel, RootId
from retention.jobs.model import Job
from retention.reports.transcripts import Transcript, find_transcript
from retention.table.listing import Page

routes = Routes("contact-attempts", read="attempts:read", write="attempts:write")


class AttemptQuery(ListQuery):
    """Filters of the list of contact attempts."""

    lead_id: RootId | None = Field(default=None, description="Only contacts with this lead")
    campaign_id: RootId | None = Field(default=None, description="Only contacts made for this campaign")
    channel: Channel | None = Field(default=None, description="Only contacts through this channel")
    status: AttemptStatus | None = Field(default=None, description="Only contacts with this status")
    unknown: bool | None = Field(
        default=None, description="Only contacts of which nobody can say whether they were sent; false: only the others"
    )


@routes(
    "POST",
    "/v1/contact-attempts",
    created("/v1/contact-attempts/{id}"),
    "Record a contact",
    body=AttemptInput,
    answers={201: ContactAttempt},
)
def create_contact_attempt(request: Request[Any, AttemptInput]) -> ContactAttempt:
    """A contact that was made by hand, or elsewhere; nothing is sent. Began now, unless `startedAt` is given."""
    return request.app.attempts.create(request.body)


@routes(
    "GET", "/v1/contact-attempts", listed, "List contact attempts", query=AttemptQuery, answers={200: ContactAttempt}
)
def list_contact_attempts(request: Request[AttemptQuery, None]) -> Page[ContactAttempt]:
    """The one that began last first. A page may be short, also empty, with a cursor to go on, when few match. With
    `unknown=true` those that wait for somebody to resolve them, the one that was given up last first; of a lead, the
    one that began last."""
    query = request.query
    wanted = AttemptFilter(query.lead_id, query.campaign_id, query.channel, query.status, query.unknown)
    return request.app.attempts.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/contact-attempts/{id}", shown, "Read a contact attempt", answers={200: ContactAttempt})
def get_contact_attempt(request: Request[Any, None]) -> ContactAttempt:
    """One contact with one lead."""
    return request.app.attempts.get(request.path["id"])


@routes(
    "GET",
    "/v1/contact-attempts/{id}/transcript",
    shown,
    "Read the transcript of a call",
    answers={200: Transcript},
)
def get_transcript(request: Request[Any, None]) -> Transcript:
    """What was said in a call, from its report. 404 where nobody talked, and until the report has come."""
    return find_transcript(request.app.core, request.path["id"])


@routes(
    "PATCH",
    "/v1/contact-attempts/{id}",
    shown,
    "Change a contact attempt",
    body=AttemptChange,
    answers={200: ContactAttempt},
)
def update_contact_attempt(request: Request[Any, Any]) -> ContactAttempt:
    """A JSON merge patch on status, result and notes. The status goes PENDING, IN_PROGRESS, then to one of SUCCESS,
    NO_ANSWER and FAILED, and never back; that end sets `completedAt` where it is not set."""
    return request.app.attempts.update(request.path["id"], request.body, if_match=request.if_match)


@routes(
    "POST",
    "/v1/contact-attempts/{id}/resolve",
    shown,
    "Resolve the unknown outcome of a contact",
    body=Resolution,
    answers={200: ContactAttempt},
    sends=True,
)
def resolve_contact_attempt(request: Request[Any, Resolution]) -> ContactAttempt:
    """For a contact of a campaign, of a step or by hand that ended with `outcome_unknown`, and once; 409 for any other,
    and where what it was sent for was deleted. With `send_again` the same goes out as a contact by hand; a call is
    never placed again."""
    return request.app.resolving.attempt(request.path["id"], request.body, by=request.caller.id)


@routes("DELETE", "/v1/contact-attempts/{id}", deleted, "Delete a contact attempt", answers={204: None, 202: Job})
def delete_contact_attempt(request: Request[Any, None]) -> Deleted:
    """Executions and conversions that name it stay, without it. A message by hand that has not gone out yet is
    withdrawn; 409 while it is being sent."""
    attempt = request.app.attempts.get(request.path["id"])
    return request.app.deletion.attempt(attempt, if_match=request.if_match)
