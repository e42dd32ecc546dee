"""The jobs of imports: a dry run, and the taking in. Chunk by chunk; a kill costs at most the chunk it falls into."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from retention.core import Core
from retention.imports import files
from retention.imports.cancelling import import_key, is_cancelled
from retention.imports.model import Import, Progress, UnusableFileError
from retention.imports.standing import Standing
from retention.jobs.runner import Chunk, Plan

#: What looks through a file of leads, or takes it in: yields after each chunk how many rows it was.
_Work = Callable[[Standing], Iterator[int]]


def inspect(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    """Look through a file; nothing but the import changes."""
    standing = _begun(core, target, "inspecting")
    if standing is None:
        return
    if standing.found.kind == "archive":
        from retention.imports.archive import applying

        yield from _archive(standing, lambda: applying.inspect(core, target, checkpoint))
    else:
        from retention.imports.leads import inspecting

        yield from _leads(standing, inspecting.inspect)


def take_in(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    """Take a file in."""
    standing = _begun(core, target, "running")
    if standing is None:
        return
    if standing.found.kind == "archive":
        from retention.imports.archive import applying

        yield from _archive(standing, lambda: applying.apply(core, target, checkpoint))
    else:
        from retention.imports.leads import taking

        yield from _leads(standing, taking.take_in)


def _begun(core: Core, target: Mapping[str, str], status: str) -> Standing | None:
    """The import, if it is still to be worked on in this way."""
    found = core.store.find(Import, import_key(target["id"]))
    return Standing(core, found) if found is not None and found.status == status else None


def _leads(standing: Standing, work: _Work) -> Iterator[Chunk]:
    try:
        for rows in work(standing):
            if standing.found.cancelling:
                break
            yield Chunk(changed=rows)
    except UnusableFileError as error:
        _fail(standing, error)
        return
    _end(standing)


def _archive(standing: Standing, work: Callable[[], Iterator[Chunk]]) -> Iterator[Chunk]:
    """The stages of an archive keep their place in the job; what they tell is copied to the import."""
    from retention.moving.archive import NotAnArchiveError

    try:
        for chunk in work():
            told = chunk.result or {}
            progress = Progress.model_validate(told.get("progress", standing.found.progress))
            inspection = told.get("inspection", standing.found.inspection)
            if (progress, inspection) != (standing.found.how_far(), standing.found.inspection):
                standing.save_progress(progress, inspection=inspection)
            yield chunk
            if chunk.left:
                return  # To be gone through again: not the end.
    except (UnusableFileError, NotAnArchiveError) as error:
        _fail(standing, error)
        return
    if is_cancelled(standing.core, standing.found.id):
        standing.save()  # Reads that it is to stop.
    _end(standing)


def _end(standing: Standing) -> None:
    _forget_secrets(standing)
    progress = standing.found.how_far()
    if standing.found.cancelling:
        standing.end("cancelled")
    elif standing.found.status == "running":
        standing.end("succeeded", progress.model_copy(update={"total": progress.done}))
    else:
        standing.save_progress(Progress(total=progress.done), status="inspected", place=None)
        files.drop_parts(standing.core, standing.found.id)


def _fail(standing: Standing, error: Exception) -> None:
    _forget_secrets(standing)
    if standing.found.status == "running":
        standing.end("failed", error=str(error))
    else:
        standing.save(status="failed", error=str(error), place=None, finished_at=standing.core.now())


def _forget_secrets(standing: Standing) -> None:
    """The secrets that came with an archive have been used, or are not going to be."""
    if standing.found.kind == "archive" and standing.found.status == "running":
        from retention.imports.archive import secrets

        secrets.forget(standing.core, standing.found.id)


def _finish(core: Core, target: Mapping[str, str]) -> None:
    return None


INSPECTION = Plan((inspect,), _finish)
TAKING_IN = Plan((take_in,), _finish)
