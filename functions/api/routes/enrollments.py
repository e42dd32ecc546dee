"""/v1/enrollments, and the enrollments of a sequence."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from api.answer import Answer, created, deleted, listed, shown
from api.bulk import LeadRows, OneOrManyLeads, rows_answer
from api.operation import BULK_LIMIT, ListQuery, Request, Routes
from retention.bulk import RowResult
from retention.deletion.service import Deleted
from retention.engine.obligation import ExecutionStatus
from retention.explaining.model import Explanation
from retention.fields import Meta, RootId
from retention.jobs.model import Job
from retention.sequences.enrolling import Enrolled
from retention.sequences.enrollments import EnrollmentFilter
from retention.sequences.model import (
    EnrollmentInput,
    EnrollmentStatus,
    Resume,
    SequenceEnrollment,
    SequenceStepExecution,
)
from retention.table.listing import Page

routes = Routes("enrollments", read="enrollments:read", write="enrollments:write")


class SequenceEnrollmentQuery(ListQuery):
    """Filters of the list of a sequence's enrollments."""

    status: EnrollmentStatus | None = Field(default=None, description="Only enrollments with this status")


class EnrollmentQuery(SequenceEnrollmentQuery):
    """Filters of the list of enrollments."""

    sequence_id: RootId | None = Field(default=None, description="Only enrollments in this sequence")
    lead_id: RootId | None = Field(default=None, description="Only enrollments of this lead")


class EnrollmentExecutionQuery(ListQuery):
    """Filters of the list of an enrollment's executions."""

    status: ExecutionStatus | None = Field(default=None, description="Only executions with this status")


class Enroll(OneOrManyLeads):
    """One lead, or many: exactly one of leadId and leadIds."""

    on_existing: Literal["refuse", "return"] = Field(
        default="refuse",
        description="With leadId: what to do when the lead is in the sequence already, or has been and may not come "
        "again: answer 409, or the enrollment",
    )
    meta: Meta = Field(default_factory=dict, description="Free data of each new enrollment")


class EnrolledAlready(RootModel[Any]):
    """For leadId with `onExisting: return`, the enrollment that was there; for leadIds, a result for each."""

    model_config = ConfigDict(defer_build=True)

    root: SequenceEnrollment | LeadRows


def _enrolled(outcome: Enrolled | list[RowResult]) -> Answer:
    if isinstance(outcome, Enrolled):
        return shown(outcome.enrollment) if outcome.existing else created("/v1/enrollments/{id}")(outcome.enrollment)
    return rows_answer(outcome)


# --- of a sequence ---------------------------------------------------------------------------------------------


@routes(
    "POST",
    "/v1/sequences/{id}/enrollments",
    _enrolled,
    "Enroll leads",
    body=Enroll,
    body_limit=BULK_LIMIT,
    answers={201: SequenceEnrollment, 200: EnrolledAlready},
)
def enroll_leads(request: Request[Any, Enroll]) -> Enrolled | list[RowResult]:
    """With `leadId` the answer is 201 with the enrollment, or 409 where it exists, or 200 with the one that is there if
    `onExisting` says so. With `leadIds`, up to 1,000, it is 200 with a result for each: created, existing, or rejected
    with its errors. The first active step is scheduled at once if the sequence is active. Stopped and converted leads
    are refused. A lead that has been through the sequence comes again if `settings.reentry` of the sequence allows it:
    201, too."""
    sequence_id, body = request.path["id"], request.body
    if body.lead_id is not None:
        return request.app.enrolling.enroll(
            sequence_id, body.lead_id, meta=body.meta, return_existing=body.on_existing == "return"
        )
    return request.app.enrolling.enroll_many(sequence_id, body.lead_ids or [], meta=body.meta)


@routes(
    "GET",
    "/v1/sequences/{id}/enrollments",
    listed,
    "List the enrollments of a sequence",
    query=SequenceEnrollmentQuery,
    answers={200: SequenceEnrollment},
)
def list_sequence_enrollments(request: Request[SequenceEnrollmentQuery, None]) -> Page[SequenceEnrollment]:
    """Newest first."""
    sequence = request.app.sequences.get(request.path["id"])
    wanted = EnrollmentFilter(sequence_id=sequence.id, status=request.query.status)
    return request.app.enrollments.page(wanted, limit=request.query.limit, position=request.position)


# --- all -------------------------------------------------------------------------------------------------------


@routes("GET", "/v1/enrollments", listed, "List enrollments", query=EnrollmentQuery, answers={200: SequenceEnrollment})
def list_enrollments(request: Request[EnrollmentQuery, None]) -> Page[SequenceEnrollment]:
    """Newest first."""
    query = request.query
    wanted = EnrollmentFilter(sequence_id=query.sequence_id, lead_id=query.lead_id, status=query.status)
    return request.app.enrollments.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/enrollments/{id}", shown, "Read an enrollment", answers={200: SequenceEnrollment})
def get_enrollment(request: Request[Any, None]) -> SequenceEnrollment:
    """As it is now."""
    return request.app.enrollments.get(request.path["id"])


@routes(
    "PATCH",
    "/v1/enrollments/{id}",
    shown,
    "Change an enrollment",
    body=EnrollmentInput,
    answers={200: SequenceEnrollment},
)
def update_enrollment(request: Request[Any, Any]) -> SequenceEnrollment:
    """A JSON merge patch of `meta`. The status changes by pause, resume and cancel."""
    return request.app.enrollments.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/enrollments/{id}", deleted, "Delete an enrollment", answers={204: None, 202: Job})
def delete_enrollment(request: Request[Any, None]) -> Deleted:
    """Its executions go with it; contact attempts stay. The lead may be enrolled again, and begins anew."""
    return request.app.deletion.enrollment(request.path["id"], if_match=request.if_match)


@routes(
    "GET",
    "/v1/enrollments/{id}/executions",
    listed,
    "List the executions of an enrollment",
    query=EnrollmentExecutionQuery,
    scope="executions:read",
    answers={200: SequenceStepExecution},
)
def list_enrollment_executions(request: Request[EnrollmentExecutionQuery, None]) -> Page[SequenceStepExecution]:
    """The latest first; what has no time yet comes before all."""
    status = request.query.status
    return request.app.enrollments.executions(
        request.path["id"],
        lambda execution: status is None or execution.status == status,
        limit=request.query.limit,
        position=request.position,
    )


# --- verbs -----------------------------------------------------------------------------------------------------


@routes("GET", "/v1/enrollments/{id}/explain", shown, "Explain an enrollment", answers={200: Explanation})
def explain_enrollment(request: Request[Any, None]) -> Explanation:
    """For each step exactly one answer: where it stands, why (a reason code, in words, with the rule and what it went
    by), and what was decided before; for what is scheduled also what would be decided at its time, by what is known
    now. And what comes next, and when. Reads only."""
    return request.app.explaining.explain(request.path["id"])


@routes(
    "POST",
    "/v1/enrollments/{id}/pause",
    shown,
    "Pause an enrollment",
    answers={200: SequenceEnrollment},
    conditional=True,
)
def pause_enrollment(request: Request[Any, None]) -> SequenceEnrollment:
    """At once. What is being sent at this moment is finished. 409 for one that has ended."""
    return request.app.interventions.pause(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/enrollments/{id}/resume",
    shown,
    "Resume an enrollment",
    body=Resume,
    answers={200: SequenceEnrollment},
    conditional=True,
)
def resume_enrollment(request: Request[Any, Resume]) -> SequenceEnrollment:
    """While its sequence is not active, what it waits for stays held. 409 for one that has ended."""
    return request.app.interventions.resume(request.path["id"], request.body.policy, if_match=request.if_match)


@routes(
    "POST",
    "/v1/enrollments/{id}/cancel",
    shown,
    "Cancel an enrollment",
    answers={200: SequenceEnrollment},
    conditional=True,
)
def cancel_enrollment(request: Request[Any, None]) -> SequenceEnrollment:
    """It ends with what it waits for. What is being sent at this moment is finished, and nothing follows. 409 for one
    that has ended otherwise."""
    return request.app.interventions.cancel(request.path["id"], if_match=request.if_match)
