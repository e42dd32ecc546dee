"""Files that name an erased person go: what came in and was too large for the queue, uploads, results, exports.

The whole file, since none is kept for long anyway: it passes through. One that is being worked on is waited for. Others
than the person lose nothing but the file: their data is in the table, and an export can be made again.
"""

from collections.abc import Iterator
from typing import Any, Final

from retention.core import Core
from retention.erasure.objects import Place, buckets, read_all
from retention.erasure.tombstone import Target, is_patient, traces_of
from retention.exports.files import is_piece
from retention.exports.model import Export
from retention.imports.files import upload_key
from retention.imports.model import Import
from retention.jobs.model import Job
from retention.jobs.runner import Chunk
from retention.moving.storage import Transfers
from retention.table import keys
from retention.table.keys import key
from retention.table.store import raw_key
from retention.table.writes import RefusedError, Replace

#: Whose a file is, by how its key begins; the id comes next.
_OWNERS: Final[dict[str, type[Import | Export]]] = {"uploads": Import, "results": Import, "exports": Export}
#: Statuses in which somebody reads or writes a file.
_AT_WORK: Final = frozenset({"inspecting", "queued", "running"})
#: What is said of an export, and of an import, whose file is gone.
_GONE: Final = "A person in it was erased, so the file was removed. Make it again."
_UPLOAD_GONE: Final = "The file was removed because a person in it was erased. Give it again without that person."
#: Statuses in which an import is still to read its file.
_TO_READ: Final = frozenset({"awaiting_upload", "inspected"})


def remove_files(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Read all files in the order of their names, and remove those that name the person."""
    traces = traces_of(core, target)
    if traces is None:
        return
    patient, place = is_patient(core, target), Place(*checkpoint or ())
    if checkpoint is None:
        # What an export writes down now may have been read while the person was still there.
        yield Chunk(left=int(patient and _exports_at_work(core)), checkpoint=tuple(place))
    for seen in read_all(core, traces, place):
        # Pieces of an export that was never finished cannot be read.
        goes = seen.found or (seen.found is False and is_piece(seen.key))
        if goes and patient and _is_at_work(core, _owner(core, seen.key)):
            yield Chunk(left=1, checkpoint=seen.place)
        else:
            yield Chunk(
                removed=_remove(core, buckets(core)[seen.bucket], seen.key) if goes else 0, checkpoint=seen.place
            )


def _owner(core: Core, name: str) -> Import | Export | None:
    """The import or export that a file belongs to."""
    kind, identifier = (*name.split("/"), "")[:2]
    entity = _OWNERS.get(kind)
    return None if entity is None else core.store.find(entity, key(entity.__name__, id=identifier))


def _is_at_work(core: Core, owner: Import | Export | None) -> bool:
    """Whether a job reads or writes its files; one that was given up does not, whatever stands on the item."""
    if owner is None or owner.status not in _AT_WORK:
        return False
    job = None if owner.job_id is None else core.store.find(Job, key(Job.__name__, id=owner.job_id))
    return job is not None and job.status != "failed"


def _exports_at_work(core: Core) -> bool:
    rows = [row for pk in keys.index_partitions("Export", "listing") for row in core.store.query(pk, index="listing")]
    return any(_is_at_work(core, one) for one in core.store.find_many([(Export, raw_key(row)) for row in rows]))


def _remove(core: Core, transfers: Transfers, name: str) -> int:
    owner = _owner(core, name)
    transfers.remove([name])
    told: dict[str, Any] = {}
    if isinstance(owner, Export) and owner.status == "succeeded":
        told = {"status": "failed", "error": _GONE}
    elif isinstance(owner, Import) and owner.status in _TO_READ and name == upload_key(owner.id):
        told = {"status": "failed", "error": _UPLOAD_GONE, "inspection": None, "finished_at": core.now()}
    if owner is not None and told:
        try:
            core.store.write(Replace(core.changed(owner, **told), before=owner))
        except RefusedError:
            return 1  # It is being deleted, or was begun at this moment: that says itself that the file is gone.
    return 1
