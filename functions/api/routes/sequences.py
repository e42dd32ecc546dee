"""/v1/sequences, with their steps."""

from typing import Any

from pydantic import ConfigDict, Field, RootModel

from api.answer import Answer, created, deleted, followed, listed, shown
from api.operation import ListQuery, Request, Routes
from api.period import PeriodQuery, period_of, reported
from retention.deletion.service import Deleted
from retention.fields import Contract
from retention.figures.sequences import SequenceStats
from retention.jobs.model import Job
from retention.sequences.forecast import ResumeForecast
from retention.sequences.lifecycle import Moved
from retention.sequences.model import (
    MAX_STEPS,
    Resume,
    RetentionSequence,
    SequenceCreate,
    SequenceInput,
    SequenceStatus,
    SequenceStep,
    SequenceView,
    StepChange,
    StepInput,
    TriggerType,
)
from retention.sequences.service import SequenceFilter
from retention.table.listing import Page

routes = Routes("sequences", read="sequences:read", write="sequences:write")


class SequenceQuery(ListQuery):
    """Filters of the list of sequences."""

    status: SequenceStatus | None = Field(default=None, description="Only sequences with this status")
    trigger_type: TriggerType | None = Field(default=None, description="Only sequences with this trigger")


class StepOrder(Contract):
    """The steps of a sequence in the order in which they are to be taken."""

    step_ids: list[str] = Field(max_length=MAX_STEPS, description="Every step of the sequence, each once")


@routes(
    "POST",
    "/v1/sequences",
    created("/v1/sequences/{id}"),
    "Plan a sequence",
    body=SequenceCreate,
    answers={201: SequenceView},
)
def create_sequence(request: Request[Any, SequenceCreate]) -> SequenceView:
    """With its steps, up to 50; more can be added afterwards. A step without stepOrder takes its place in the list."""
    return request.app.sequences.create(request.body)


@routes("GET", "/v1/sequences", listed, "List sequences", query=SequenceQuery, answers={200: RetentionSequence})
def list_sequences(request: Request[SequenceQuery, None]) -> Page[RetentionSequence]:
    """Newest first, without their steps."""
    query = request.query
    wanted = SequenceFilter(status=query.status, trigger_type=query.trigger_type)
    return request.app.sequences.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/sequences/{id}", shown, "Read a sequence", answers={200: SequenceView})
def get_sequence(request: Request[Any, None]) -> SequenceView:
    """With its steps in the order in which they are taken: by (stepOrder, id). The ETag changes when a step does."""
    return request.app.sequences.get(request.path["id"])


@routes("PATCH", "/v1/sequences/{id}", shown, "Change a sequence", body=SequenceInput, answers={200: SequenceView})
def update_sequence(request: Request[Any, Any]) -> SequenceView:
    """A JSON merge patch. Steps have routes of their own; the status changes by activate, pause, resume and archive."""
    return request.app.sequences.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/sequences/{id}", deleted, "Delete a sequence", answers={204: None, 202: Job})
def delete_sequence(request: Request[Any, None]) -> Deleted:
    """Its steps, its enrollments and their executions go with it."""
    seen = request.app.sequences.own_revision(request.path["id"], if_match=request.if_match)
    return request.app.deletion.sequence(request.path["id"], if_match=seen)


# --- steps -----------------------------------------------------------------------------------------------------


@routes(
    "POST",
    "/v1/sequences/{id}/steps",
    created("/v1/sequences/{sequence_id}/steps/{id}"),
    "Add a step",
    body=StepInput,
    answers={201: SequenceStep},
)
def create_step(request: Request[Any, StepInput]) -> SequenceStep:
    """Without stepOrder it comes last. A sequence has at most 100 steps."""
    return request.app.steps.create(request.path["id"], request.body)


@routes("GET", "/v1/sequences/{id}/steps", listed, "List steps", query=ListQuery, answers={200: SequenceStep})
def list_steps(request: Request[ListQuery, None]) -> Page[SequenceStep]:
    """In the order in which they are taken: by (stepOrder, id)."""
    return request.app.steps.page(request.path["id"], limit=request.query.limit, position=request.position)


@routes(
    "PUT",
    "/v1/sequences/{id}/steps/order",
    shown,
    "Put the steps in order",
    body=StepOrder,
    answers={200: SequenceView},
)
def order_steps(request: Request[Any, StepOrder]) -> SequenceView:
    """All at once: the first step named gets stepOrder 0, the next 1, and so on. If-Match takes the sequence's ETag."""
    return request.app.steps.put_in_order(request.path["id"], request.body.step_ids, if_match=request.if_match)


@routes("GET", "/v1/sequences/{id}/steps/{stepId}", shown, "Read a step", answers={200: SequenceStep})
def get_step(request: Request[Any, None]) -> SequenceStep:
    """As it is now."""
    return request.app.steps.get(request.path["id"], request.path["stepId"])


@routes(
    "PATCH",
    "/v1/sequences/{id}/steps/{stepId}",
    shown,
    "Change a step",
    body=StepChange,
    answers={200: SequenceStep},
)
def update_step(request: Request[Any, Any]) -> SequenceStep:
    """A JSON merge patch. Executions that are scheduled already keep their time."""
    return request.app.steps.update(request.path["id"], request.path["stepId"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/sequences/{id}/steps/{stepId}", deleted, "Delete a step", answers={204: None, 202: Job})
def delete_step(request: Request[Any, None]) -> Deleted:
    """Its executions go with it. Leads that wait for it go on to the next step; what is being sent is finished."""
    step = request.app.steps.get(request.path["id"], request.path["stepId"])
    return request.app.deletion.step(step.sequence_id, step.id, if_match=request.if_match)


# --- verbs -----------------------------------------------------------------------------------------------------


class ResumeQuery(Contract):
    """Parameters of resuming."""

    model_config = {**Contract.model_config, "strict": False}

    dry_run: bool = Field(default=False, description="True: nothing is changed, and the answer says what would be")


class Resumed(RootModel[Any]):
    """The sequence; with `dryRun`, what resuming would do."""

    model_config = ConfigDict(defer_build=True)

    root: SequenceView | ResumeForecast


def _moved(outcome: Moved | ResumeForecast) -> Answer:
    return shown(outcome) if isinstance(outcome, ResumeForecast) else followed(outcome.sequence, outcome.job_id)


@routes(
    "POST",
    "/v1/sequences/{id}/activate",
    _moved,
    "Activate a sequence",
    answers={200: SequenceView},
    conditional=True,
    followed=True,
)
def activate_sequence(request: Request[Any, None]) -> Moved:
    """A draft begins to run: with at least one active step, and a script for each of them, else 409 says what is
    missing. Leads that were enrolled before begin now."""
    return request.app.lifecycle.activate(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/sequences/{id}/pause",
    _moved,
    "Pause a sequence",
    answers={200: SequenceView},
    conditional=True,
    followed=True,
)
def pause_sequence(request: Request[Any, None]) -> Moved:
    """Nothing new is sent within a few seconds; what is being sent at this moment is finished. Everybody keeps their
    place: a job holds what is scheduled."""
    return request.app.lifecycle.pause(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/sequences/{id}/resume",
    _moved,
    "Resume a sequence",
    query=ResumeQuery,
    body=Resume,
    answers={200: Resumed},
    conditional=True,
    followed=True,
)
def resume_sequence(request: Request[ResumeQuery, Resume]) -> Moved | ResumeForecast:
    """With `dryRun=true` nothing is changed; the answer counts, on up to 1,000 enrollments, what each policy would do.
    Enrollments that were paused one by one stay paused."""
    if request.query.dry_run:
        return request.app.forecaster.resuming(request.path["id"])
    return request.app.lifecycle.resume(request.path["id"], request.body.policy, if_match=request.if_match)


@routes(
    "POST",
    "/v1/sequences/{id}/archive",
    _moved,
    "Archive a sequence",
    answers={200: SequenceView},
    conditional=True,
    followed=True,
)
def archive_sequence(request: Request[Any, None]) -> Moved:
    """It ends for good: a job cancels its enrollments. What is being sent at this moment is finished."""
    return request.app.lifecycle.archive(request.path["id"], if_match=request.if_match)


@routes(
    "GET",
    "/v1/sequences/{id}/stats",
    reported,
    "Figures of a sequence",
    query=PeriodQuery,
    answers={200: SequenceStats},
    scope="reports:read",
    tabular=True,
)
def get_sequence_stats(request: Request[PeriodQuery, None]) -> SequenceStats:
    """Step by step: what came due in the period and what became of it, what was sent and what has come of that by now.
    A rate is a share of what was sent in the period. As CSV: the steps."""
    return request.app.reports.sequence(request.path["id"], period_of(request))
