"""/v1/jobs"""

from typing import Any

from pydantic import Field

from api.answer import Answer, json_answer, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.fields import Contract
from retention.jobs.model import Job, JobStatus
from retention.table.listing import Page

routes = Routes("jobs", read="jobs:read", write="jobs:write")


class JobQuery(ListQuery):
    """Filters of the list of jobs."""

    status: JobStatus | None = Field(default=None, description="Only jobs with this status")


class Redriven(Contract):
    """How many jobs are tried again."""

    redriven: int = Field(description="Failed jobs that are tried again now")
    more: bool = Field(description="Whether failed jobs are left: ask again")


def _accepted(job: Job) -> Answer:
    return json_answer(202, job, Location=f"/v1/jobs/{job.id}")


def _redriven(outcome: tuple[int, bool]) -> Answer:
    return json_answer(202, Redriven(redriven=outcome[0], more=outcome[1]))


@routes("GET", "/v1/jobs", listed, "List jobs", query=JobQuery, answers={200: Job})
def list_jobs(request: Request[JobQuery, None]) -> Page[Job]:
    """Newest first. A job that succeeded is kept for 30 days, one that failed until it is tried again."""
    query = request.query
    return request.app.jobs.page(query.status, limit=query.limit, position=request.position)


@routes("GET", "/v1/jobs/{id}", shown, "Read a job", answers={200: Job})
def get_job(request: Request[Any, None]) -> Job:
    """How far it is, and why it failed last."""
    return request.app.jobs.get(request.path["id"])


@routes("POST", "/v1/jobs/{id}/redrive", _accepted, "Try a failed job again", answers={202: Job})
def redrive_job(request: Request[Any, None]) -> Job:
    """It goes on where it was. A job that has not failed is refused with 409."""
    return request.app.jobs.redrive(request.path["id"])


@routes("POST", "/v1/jobs/redrive", _redriven, "Try all failed jobs again", answers={202: Redriven})
def redrive_jobs(request: Request[Any, None]) -> tuple[int, bool]:
    """Up to 500 of them a request, oldest first."""
    return request.app.jobs.redrive_all()
