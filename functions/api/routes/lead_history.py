"""/v1/leads/{id}/...: what a lead has, and what happened to it."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import Field

from api.answer import JSON, Answer, accepted, listed
from api.operation import ListQuery, Request, Routes
from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt
from retention.attempts.service import AttemptFilter
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion
from retention.conversions.service import ConversionFilter
from retention.errors import InputTooLargeError
from retention.fields import Contract, ShortText
from retention.jobs.model import Job
from retention.leads.timeline import TimelineEntry, assignments, timeline
from retention.sequences.enrollments import EnrollmentFilter
from retention.sequences.model import SequenceEnrollment
from retention.table.listing import Page

routes = Routes("leads", read="leads:read", write="leads:write")

#: Bytes of a document that is answered at once. Source: Lambda quotas, 6 MB of an answer, in which it is a JSON text.
MOST_BYTES: Final = 5 * 1024 * 1024


class Erasure(Contract):
    """Why a person is erased."""

    reason: ShortText | None = Field(
        default=None, min_length=1, description="For the record, kept with the job for 30 days: it must not name them"
    )


class AccessBundle(Contract):
    """All that is known of one person. What has no value is left out; `internal` is what the service itself goes by."""

    about: dict[str, str] = Field(description="Whose it is, and when it was made")
    lead: dict[str, Any] = Field(description="The lead")
    contact: dict[str, Any] = Field(description="Whether the lead may be contacted, and when it was")
    campaigns: list[dict[str, Any]] = Field(description="Assignments to campaigns")
    campaign_contacts: list[dict[str, Any]] = Field(description="What campaigns do for the lead")
    sequences: list[dict[str, Any]] = Field(description="Enrollments in sequences")
    steps: list[dict[str, Any]] = Field(description="Executions of steps, with the decisions about them")
    contacts_by_hand: list[dict[str, Any]] = Field(description="Messages by hand that are owed or were made")
    contact_attempts: list[dict[str, Any]] = Field(description="Contacts that were made, and what was reported of them")
    transcripts: list[dict[str, Any]] = Field(description="What was said in calls")
    replies: list[dict[str, Any]] = Field(description="What the lead wrote back")
    tests: list[dict[str, Any]] = Field(description="What A/B tests have had of the lead")
    charges: list[dict[str, Any]] = Field(description="What its messages took of budgets")
    conversions: list[dict[str, Any]] = Field(description="Conversions, with the reports as they came")
    suppressions: list[dict[str, Any]] = Field(description="Suppressions of its addresses, in force and lifted")
    not_included: dict[str, str] = Field(description="What is not in here, and why")


def _document(text: str) -> Answer:
    return Answer(200, text, {"Content-Type": JSON, "Content-Disposition": 'attachment; filename="lead.json"'})


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
    is sent: the attempt that is answered stays PENDING until contact hours and caps allow the message, and while all
    sending is held (GET /v1/sending), and becomes FAILED with the reason where it cannot be sent. Refused at once with
    409 for a lead that is stopped, suppressed or converted."""
    return request.app.direct.send(request.path["id"], request.body)


@routes(
    "POST",
    "/v1/leads/{id}/erase",
    accepted("/v1/jobs/{id}"),
    "Erase a person",
    body=Erasure,
    answers={202: Job},
    conditional=True,
)
def erase_lead(request: Request[Any, Erasure]) -> Job:
    """The lead is gone at once, nobody at its addresses is contacted any more, and a job forgets the rest: what
    providers keep, everything under the lead, what its conversions say about it, kept answers, files. A keyed hash of
    each address stays, so that it is not contacted again. The `result` of the job ends with the search that proves
    it."""
    return request.app.erasing.erase(request.path["id"], request.body.reason, if_match=request.if_match)


@routes(
    "GET",
    "/v1/leads/{id}/export",
    _document,
    "Export what is known about a person",
    answers={200: AccessBundle},
    besides=("exports:read",),
)
def export_lead(request: Request[Any, None]) -> str:
    """One document with everything of the lead. Beyond 5 MB it is refused with 413: have it made by POST /v1/exports
    with `{"kind": "lead", "leadId": "..."}`."""
    from retention.erasure.bundle import bundle_pieces  # Loaded when it is first asked for.

    return _whole(bundle_pieces(request.app.core, request.path["id"]))


def _whole(pieces: Iterator[bytes]) -> str:
    """A document as the gateway carries it: within the answer of the function, as a text of JSON.

    Raises:
        InputTooLargeError: it is longer than that may be.
    """
    found: list[str] = []
    size = 0
    for piece in pieces:
        found.append(piece.decode())
        size += len(piece) + piece.count(b'"') + piece.count(b"\\") + piece.count(b"\n")
        if size > MOST_BYTES:
            raise InputTooLargeError(
                'This is more than 5 MB: have it made by POST /v1/exports with {"kind": "lead", "leadId": "..."}.'
            )
    return "".join(found)


def _existing(request: Request[Any, Any]) -> str:
    """The id of the lead that a request is about, which must be there."""
    return request.app.leads.get(request.path["id"]).id
