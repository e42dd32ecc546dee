"""Beginning a job within a request: a small one is finished before the answer, a large one goes on by itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from retention.clock import machine_time
from retention.core import Core
from retention.errors import RetentionError
from retention.jobs.model import Job, Task
from retention.jobs.runner import LEASE, Runner

#: Chunks that are worked off before the answer; what needs more goes on in the jobs function.
CHUNKS: Final = 6
#: Time that the answer may wait for them.
TIME: Final = timedelta(seconds=3)


def begun(core: Core, task: Task, target: Mapping[str, str]) -> Job:
    """A job whose lease is the caller's: to be written with what it follows from, and then gone on with.

    When the caller dies in between, the job is due when the lease ends.
    """
    job = queued(core, task, target)
    return job.model_copy(update={"status": "running", "due_at": job.created_at + machine_time(core.clock, LEASE)})


def queued(core: Core, task: Task, target: Mapping[str, str]) -> Job:
    """A job that is the jobs function's from the first piece on: to be written, and then woken."""
    now = core.now()
    return Job(
        id=core.ids.new(now),
        task=task,
        target=dict(target),
        created_at=now,
        updated_at=now,
        due_at=now,
        revision=core.ids.revision(),
    )


def work_a_moment(core: Core, runner: Runner, job: Job) -> Job:
    """Go on with a job for as long as an answer may wait; the job as it is then."""
    started, chunks = core.now(), 0

    def may_go_on() -> bool:
        nonlocal chunks
        chunks += 1
        return chunks < CHUNKS and core.now() - started < TIME

    try:
        return runner.go_on(job, may_go_on) or job
    except (BotoCoreError, ClientError, RetentionError):
        # The job is accepted, whatever befell its first steps: it is due again and carries on.
        return job
