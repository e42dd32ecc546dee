"""The files of an export in the bucket: what is fetched, and what is only there while it is made."""

from fnmatch import fnmatchcase
from typing import Final

from retention.core import Core
from retention.moving.storage import Transfers

_ROOT: Final = "exports"
_PIECES: Final = "pieces"


def file_key(export_id: str) -> str:
    """Where the finished file is."""
    return f"{_ROOT}/{export_id}/file"


def work_prefix(export_id: str) -> str:
    """What the names of pieces begin with that are only there while the file is made."""
    return f"{_ROOT}/{export_id}/{_PIECES}/"


def is_piece(key: str) -> bool:
    """Whether an object is such a piece, of whichever export."""
    return fnmatchcase(key, work_prefix("*") + "*")


def piece_key(export_id: str, name: str) -> str:
    """Where a piece is. Its name was never used before (`Ids.revision`): whoever has lost the lease of a job cannot
    spoil what others have made."""
    return work_prefix(export_id) + name


def drop_work(core: Core, export_id: str) -> None:
    """Remove what was only there while the file was made.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    _remove(core, transfers, transfers.keys(work_prefix(export_id)))


def drop_all(core: Core, export_id: str) -> None:
    """Remove the file, and whatever is left of its making.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    _remove(core, transfers, [file_key(export_id), *transfers.keys(work_prefix(export_id))])


def _remove(core: Core, transfers: Transfers, doomed: list[str]) -> None:
    core.store.parallel(lambda key: transfers.remove([key]), doomed)
