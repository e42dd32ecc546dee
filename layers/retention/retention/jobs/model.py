"""A job: resumable work, and how far it is."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from retention.entity import Dated
from retention.fields import Count, Instant

JobStatus = Literal["queued", "running", "waiting", "succeeded", "failed"]


class Job(Dated):
    """Work that outlives a request."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    task: Literal["delete"] = Field(description="What is done")
    target: dict[str, str] = Field(description="What it is done to")
    status: JobStatus = Field(
        default="queued",
        description="waiting: the work is done, and what was deleted is watched for latecomers a while longer",
    )
    removed: Count = Field(default=0, description="Items removed so far")
    detached: Count = Field(default=0, description="Items that were kept and detached so far")
    error: str | None = Field(default=None, description="Why it failed, or failed last")
    finished_at: Instant | None = Field(default=None, description="When it ended")
    #: Which part of the work is next, and where in it to go on.
    stage: int = Field(default=0, exclude=True)
    checkpoint: Any = Field(default=None, exclude=True)
    #: True once everything was done a first time; the next round is the last.
    last_round: bool = Field(default=False, exclude=True)
    #: Failures in a row.
    failures: int = Field(default=0, exclude=True)
    #: When it may run (again): at once, when a lease ends, or when a wait is over. None once it has ended.
    due_at: Instant | None = Field(default=None, exclude=True)
