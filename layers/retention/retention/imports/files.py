"""The files of an import in the bucket: what was given, and a line for each row of what became of it.

The lines are written chunk by chunk as parts, each named by its first row: a chunk that is done again after a kill
writes the same part again. At the end they are joined.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from retention import jsontext
from retention.core import Core
from retention.moving.storage import Transfers

#: Parts that are read side by side when they are joined: a few megabytes.
_AT_ONCE: Final = 32


def upload_key(import_id: str) -> str:
    """Where the file is put."""
    return f"uploads/{import_id}"


def result_key(import_id: str) -> str:
    """Where the result is, a line for each row."""
    return f"results/{import_id}/rows.jsonl"


def seen_key(import_id: str, rows: int) -> str:
    """Where a dry run keeps what it has met in so many rows: addresses, or parents of what comes later."""
    return f"{_seen(import_id)}{rows:010}"


def _seen(import_id: str) -> str:
    return f"results/{import_id}/seen-"


def part_key(import_id: str, first_row: int) -> str:
    """Where the lines of a chunk are."""
    return f"{_parts(import_id)}{first_row:010}.jsonl"


def _parts(import_id: str) -> str:
    return f"results/{import_id}/part-"


def write_part(core: Core, import_id: str, first_row: int, lines: Sequence[Mapping[str, Any]]) -> None:
    """Keep the lines of a chunk; nothing where there are none.

    Raises:
        StorageError
    """
    if lines:
        content = b"".join(jsontext.dump_bytes(line) + b"\n" for line in lines)
        Transfers(core).put(part_key(import_id, first_row), content)


def read_part(core: Core, import_id: str, first_row: int) -> list[dict[str, Any]]:
    """The lines of a chunk as they were kept; none where it was never come to.

    Raises:
        StorageError
    """
    content = Transfers(core).get(part_key(import_id, first_row)) or b""
    return [jsontext.loads(line) for line in content.decode().split("\n") if line]


def write_seen(core: Core, import_id: str, first_row: int, content: bytes) -> None:
    """Keep what a dry run has met in a chunk.

    Raises:
        StorageError
    """
    Transfers(core).put(seen_key(import_id, first_row), content)


def read_seen(core: Core, import_id: str) -> list[bytes]:
    """What a dry run has kept, chunk by chunk.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    return [found or b"" for found in core.store.parallel(transfers.get, transfers.keys(_seen(import_id)))]


def join_parts(core: Core, import_id: str) -> None:
    """Make one result of the parts, which stay until the import has ended (`drop_parts`): it can be done again.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    parts = transfers.keys(_parts(import_id))

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(parts), _AT_ONCE):
            yield from (piece or b"" for piece in core.store.parallel(transfers.get, parts[at : at + _AT_ONCE]))

    transfers.write(result_key(import_id), pieces())


def drop_parts(core: Core, import_id: str) -> None:
    """Remove what has been joined, and what a dry run has kept.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    doomed = [*transfers.keys(_parts(import_id)), *transfers.keys(_seen(import_id))]
    core.store.parallel(lambda key: transfers.remove([key]), doomed)


def remove_files(core: Core, import_id: str) -> None:
    """Remove all that is kept of an import.

    Raises:
        StorageError
    """
    transfers = Transfers(core)
    doomed = [upload_key(import_id), *transfers.keys(f"results/{import_id}/")]
    core.store.parallel(lambda key: transfers.remove([key]), doomed)
