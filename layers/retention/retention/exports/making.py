"""The job that makes the file of an export."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention.core import Core
from retention.errors import NotFoundError
from retention.exports.ending import finished, put, under_way
from retention.exports.model import Export
from retention.jobs.runner import Chunk, Plan


def _make(core: Core, target: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    """Make the file. What makes it is loaded when it is needed: most jobs make none."""
    export = under_way(core, target["id"])
    if export is None:
        return
    for chunk in _chunks(core, export, checkpoint):
        yield chunk
        if under_way(core, export.id) is None:
            return


def _chunks(core: Core, export: Export, checkpoint: Any) -> Iterator[Chunk]:
    if export.kind == "archive":
        from retention.exports import archiving

        return archiving.make(core, export, checkpoint)
    if export.kind == "entity":
        from retention.exports import tables

        return tables.make(core, export, checkpoint)
    return _of_lead(core, export)


def _of_lead(core: Core, export: Export) -> Iterator[Chunk]:
    """All that is known of one person."""
    from retention.erasure.bundle import bundle_pieces

    try:
        said = yield from put(core, export, bundle_pieces(core, export.lead_id or ""), Chunk())
    except NotFoundError as error:
        finished(core, export, status="failed", error=str(error))
    else:
        finished(core, export, records=1, **said)


def _finish(_: Core, __: Mapping[str, str]) -> None:
    """Nothing is left to be done."""


PLANS: Final[Mapping[tuple[str, str], Plan]] = {("export", Export.__name__): Plan((_make,), _finish)}
