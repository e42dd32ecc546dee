"""/v1/executions"""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from api.answer import listed, shown
from api.operation import ListQuery, Request, Routes
from retention.attempts.resolving import Resolution
from retention.engine.obligation import ExecutionStatus
from retention.engine.reasons import Reason
from retention.fields import Identifier, Instant, RootId
from retention.sequences.executions import ExecutionFilter
from retention.sequences.model import SequenceStepExecution
from retention.table.listing import Page

routes = Routes("executions", read="executions:read", write="enrollments:write")

#: A reason, by its code; written out, since a parameter has no references.
ReasonCode = Annotated[Reason, WithJsonSchema({"type": "string", "enum": [reason.value for reason in Reason]})]


class ExecutionQuery(ListQuery):
    """Filters of the list of executions."""

    enrollment_id: Identifier | None = Field(default=None, description="Only executions of this enrollment")
    step_id: RootId | None = Field(default=None, description="Only executions of this step")
    status: ExecutionStatus | None = Field(default=None, description="Only executions with this status")
    reason: ReasonCode | None = Field(default=None, description="Only executions that ended for this reason")
    scheduled_from: Instant | None = Field(default=None, description="Only what is scheduled at this instant or later")
    scheduled_to: Instant | None = Field(default=None, description="Only what is scheduled before this instant")


@routes("GET", "/v1/executions", listed, "List executions", query=ExecutionQuery, answers={200: SequenceStepExecution})
def list_executions(request: Request[ExecutionQuery, None]) -> Page[SequenceStepExecution]:
    """One of `enrollmentId`, `stepId`, `status=FAILED` and `status=SCHEDULED` is needed, else the answer is 400 with
    the code `anchor_needed`. Of an enrollment: the latest first. SCHEDULED: the soonest first. Of a step: what was
    executed, newest first; what still waits for it comes with `status=SCHEDULED` beside `stepId`. FAILED: newest
    first; with `reason=outcome_unknown` those that wait for somebody to resolve them."""
    query = request.query
    wanted = ExecutionFilter(
        enrollment_id=query.enrollment_id,
        step_id=query.step_id,
        status=query.status,
        reason=query.reason,
        scheduled_from=query.scheduled_from,
        scheduled_to=query.scheduled_to,
    )
    return request.app.executions.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/executions/{id}", shown, "Read an execution", answers={200: SequenceStepExecution})
def get_execution(request: Request[Any, None]) -> SequenceStepExecution:
    """As it is now."""
    return request.app.executions.get(request.path["id"])


@routes(
    "POST",
    "/v1/executions/{id}/resolve",
    shown,
    "Resolve an unknown outcome",
    body=Resolution,
    answers={200: SequenceStepExecution},
    sends=True,
)
def resolve_execution(request: Request[Any, Resolution]) -> SequenceStepExecution:
    """For an execution that is FAILED with `outcome_unknown`, and once; 409 for any other. With `send_again` the
    step's script goes out as a contact by hand, `result.resolution.contactAttemptId`; a call is never placed again."""
    return request.app.resolving.execution(request.path["id"], request.body, by=request.caller.id)
