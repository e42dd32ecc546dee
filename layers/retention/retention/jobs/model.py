"""A job: resumable work, and how far it is."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from retention.entity import Dated
from retention.fields import Count, Instant

JobStatus = Literal["queued", "running", "waiting", "succeeded", "failed"]
#: What jobs do. The verbs of a sequence and of a campaign are followed through to its leads, the stop of a lead to what
#: is owed to it; evaluate finds the leads for a trigger, and whether a campaign is done; judge looks whether
#: an A/B test is decided; learn computes the figures of conversion rules; publish tells the webhooks function what
#: callers prove themselves with; recount compares the figures with what they count;
#: inspect and import read a file that was given, export makes one; erase forgets a person.
Task = Literal[
    "delete",
    "activate",
    "pause",
    "resume",
    "archive",
    "start",
    "complete",
    "stop",
    "evaluate",
    "judge",
    "learn",
    "publish",
    "recount",
    "inspect",
    "import",
    "export",
    "erase",
]


class Job(Dated):
    """Work that outlives a request."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="Identity, for ever")
    task: Task = Field(description="What is done")
    target: dict[str, str] = Field(description="What it is done to")
    status: JobStatus = Field(
        default="queued",
        description="waiting: what could be done is done; it goes on with latecomers, sends under way or a next round",
    )
    removed: Count = Field(default=0, description="Items removed so far")
    detached: Count = Field(default=0, description="Items that were kept and detached so far")
    changed: Count = Field(default=0, description="Items changed so far")
    error: str | None = Field(default=None, description="Why it failed, or failed last")
    finished_at: Instant | None = Field(default=None, description="When it ended")
    result: dict[str, Any] | None = Field(default=None, description="What it found, for a job that looks for something")
    #: Which part of the work is next, and where in it to go on.
    stage: int = Field(default=0, exclude=True)
    checkpoint: Any = Field(default=None, exclude=True)
    #: Items that this stage had to leave as they are for now: it is gone through again.
    left: int = Field(default=0, exclude=True)
    #: True once everything was done a first time; the next round is the last.
    last_round: bool = Field(default=False, exclude=True)
    #: Failures in a row.
    failures: int = Field(default=0, exclude=True)
    #: When it may run (again): at once, when a lease ends, or when a wait is over. None once it has ended.
    due_at: Instant | None = Field(default=None, exclude=True)
