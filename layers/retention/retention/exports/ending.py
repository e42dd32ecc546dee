"""How an export ends: with a file, or with the reason why there is none."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from retention.core import Core
from retention.exports.files import drop_all, drop_work, file_key
from retention.exports.model import Export
from retention.jobs.runner import Chunk
from retention.moving.storage import Transfers
from retention.table.keys import key
from retention.table.writes import RefusedError, Replace

#: How long a file can be fetched. The bucket ends every object a day later.
KEPT: Final = timedelta(days=7)


def under_way(core: Core, export_id: str) -> Export | None:
    """An export that is still to be made; None when it has ended or was deleted: what is left of its making then goes.

    Raises:
        StorageError
    """
    export = core.store.find(Export, key(Export.__name__, id=export_id))
    if export is None:
        drop_all(core, export_id)
        return None
    if export.finished_at is not None:
        drop_work(core, export_id)
        return None
    return export


def put(core: Core, export: Export, pieces: Iterator[bytes], so_far: Chunk) -> Generator[Chunk, None, dict[str, Any]]:
    """Put the file together. It is begun anew when it was interrupted.

    Args:
        so_far: what the job has done by now, said again and again, so that it keeps its lease.

    Returns:
        What there is to say of the file: its size and digest.

    Raises:
        StorageError
    """
    digest, size = sha256(), 0

    def digested() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    def steps() -> Iterator[None]:
        nonlocal size
        size = yield from Transfers(core).writing(file_key(export.id), digested())

    for _ in steps():
        yield so_far
    return {"size": size, "sha256": digest.hexdigest()}


def finished(core: Core, export: Export, **fields: Any) -> None:
    """Say what an export has come to, and tidy up. One that was deleted meanwhile stays deleted.

    Raises:
        StorageError
    """
    now = core.now()
    ended = {"status": "succeeded", "finished_at": now, "expires_on": now + KEPT, "expires_at": now + KEPT, **fields}
    with suppress(RefusedError):  # Deleted, or ended by a runner that took over.
        core.store.write(Replace(core.changed(export, **ended), before=export))
    under_way(core, export.id)
