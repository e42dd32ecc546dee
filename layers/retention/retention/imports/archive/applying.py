"""The stages of an archive's import: looking it through, which changes nothing, and taking it in.

    archive --kind by kind, some hundred records at a time--> judged against the table --> transactions --> result lines

Each record is created on the condition that nothing is there, so doing it again does no harm. The result of a chunk is
written before its transactions as what is about to happen, and again where it came otherwise: whoever does the chunk
again after a kill finds in it what was his own.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from retention.core import Core
from retention.deletion.plans import PLANS as DELETIONS
from retention.imports.archive import writing
from retention.imports.archive.arriving import Arriving
from retention.imports.archive.counting import Course
from retention.imports.archive.going import NAMING, set_going
from retention.imports.archive.held import Held
from retention.imports.archive.judging import CREATED, REJECTED, UNCHANGED, judge
from retention.imports.archive.naming import Naming, holds_suppressions, key_in, naming_of
from retention.imports.archive.order import ORDER
from retention.imports.archive.records import Record, read
from retention.imports.archive.warning import warnings_of
from retention.imports.cancelling import import_key, is_cancelled
from retention.imports.files import drop_parts, read_part, read_seen, upload_key, write_part, write_seen
from retention.imports.model import Import, UnusableFileError
from retention.jobs.runner import Chunk
from retention.moving.archive import ArchiveReader
from retention.moving.parents import PARENTS
from retention.moving.storage import Transfers
from retention.outbound.switching import bring_up
from retention.suppressions import adopting
from retention.table.keys import key_of

#: Records that are dealt with together: a second of work.
CHUNK: Final = 500

#: Kinds of parents that need not be looked for where they were created by this very import (order, arriving). Others
#: are looked at for each chunk: a delete of them goes over their children once more after longer than a chunk takes.
_KEPT: Final = PARENTS - {kind for kind, plan in DELETIONS.items() if plan.settles}

Target = Mapping[str, str]


def inspect(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """See what would become of each record.

    Raises:
        UnusableFileError, NotAnArchiveError: it cannot be taken in at all.
    """
    reader = _opened(core, target["id"])
    course, held, naming = Course.at(checkpoint), Held(), naming_of(core, reader, foreseen=True)
    if checkpoint is None:
        drop_parts(core, target["id"])
    else:
        held.load(read_seen(core, target["id"]))
    for kind in ORDER:
        for records in _chunks(reader, kind, _skip(course, kind), naming):
            new = {record.row for record in judge(core, records, held).new}
            if kind in PARENTS:
                there = [key_of(one.entity) for one in records if one.entity is not None and not one.errors]
                write_seen(core, target["id"], records[0].row, held.add(there))
            _advance(course, kind)
            for record in records:
                course.count(record, REJECTED if record.errors else CREATED if record.row in new else UNCHANGED)
            if is_cancelled(core, target["id"]):
                return
            yield Chunk(checkpoint=course.kept(), result={"progress": course.progress(reader)})
        held.close()
    inspection = course.inspection(reader, warnings_of(core, reader))
    yield Chunk(checkpoint=course.kept(), result={"progress": course.progress(reader), "inspection": inspection})


def apply(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Take each record in that is not there yet.

    Raises:
        UnusableFileError, NotAnArchiveError: it cannot be taken in at all; nothing was changed then.
    """
    import_id = target["id"]
    reader = _opened(core, import_id)
    course = Course.at(checkpoint)
    if checkpoint is None:
        for kind, _ in reader.kinds:
            reader.check(kind)
            yield Chunk()
        if not _has_its_key(core, import_id, reader):
            yield Chunk(left=1)
            return
    naming = naming_of(core, reader)
    yield from _take_all_in(core, import_id, reader, course, naming)
    # Also after a cancellation: what has come in is to go on.
    bring_up(core)
    for kind in NAMING:
        for records in _chunks(reader, kind, 0, naming):
            set_going(core, [one.entity for one in records if one.entity is not None])
            yield Chunk(checkpoint=course.kept())


def _take_all_in(core: Core, import_id: str, reader: ArchiveReader, course: Course, naming: Naming) -> Iterator[Chunk]:
    held, repeated = Held(), True
    for kind in ORDER:
        for records in _chunks(reader, kind, _skip(course, kind), naming):
            if is_cancelled(core, import_id):
                return
            _advance(course, kind)
            before = read_part(core, import_id, records[0].row) if repeated else []
            repeated = bool(before)
            changed = _taken_in(core, import_id, records, before, course, held)
            yield Chunk(changed=changed, checkpoint=course.kept(), result={"progress": course.progress(reader)})
        held.close()


def _taken_in(
    core: Core, import_id: str, records: list[Record], before: list[dict[str, Any]], course: Course, held: Held
) -> int:
    """Deal with a chunk; how many records were created.

    Args:
        before: what the result says of it already: a runner that was killed came as far as that.
        held: what is known to be there; gets to know what is there now.
    """
    own = {line["row"] for line in before if line["status"] == CREATED}
    judged = judge(core, records, held)
    new = {record.row for record in judged.new}

    def lines() -> list[tuple[Record, str]]:
        def status(record: Record) -> str:
            if record.errors:
                return REJECTED
            return CREATED if (record.row in new and not record.was_there) or record.row in own else UNCHANGED

        return [(record, status(record)) for record in records]

    intended = lines()
    write_part(core, import_id, records[0].row, [record.line(status) for record, status in intended])
    writing.write(core, judged.new, Arriving(core, import_id, judged.new, judged.parents))
    become = lines()
    if [status for _, status in become] != [status for _, status in intended]:
        write_part(core, import_id, records[0].row, [record.line(status) for record, status in become])
    for record, status in become:
        course.count(record, status)
    there = [one.entity for one, status in become if one.kind in _KEPT and status == CREATED]
    held.add([key_of(entity) for entity in there if entity is not None])
    return sum(status == CREATED for _, status in become)


def _opened(core: Core, import_id: str) -> ArchiveReader:
    try:
        return ArchiveReader(Transfers(core).read(upload_key(import_id)))
    except FileNotFoundError:
        raise UnusableFileError("No file was put where the import said.") from None


def _chunks(reader: ArchiveReader, kind: str, skip: int, naming: Naming) -> Iterator[list[Record]]:
    """The records of a kind, some at a time."""
    if skip >= dict(reader.kinds).get(kind, 0):
        return
    first = _first_row(reader, kind) + skip
    records = (read(kind, row, line, naming) for row, line in enumerate(reader.lines(kind, skip), first))
    while chunk := list(islice(records, CHUNK)):
        yield chunk


def _first_row(reader: ArchiveReader, kind: str) -> int:
    """The place of the first record of a kind in the archive, from 1."""
    row = 1
    for one, count in reader.kinds:
        if one == kind:
            return row
        row += count
    return row


def _skip(course: Course, kind: str) -> int:
    """Records of a kind that are done."""
    if course.kind == kind:
        return course.done
    return 0 if not course.kind or ORDER.index(kind) > ORDER.index(course.kind) else _ALL


#: More records than any archive has.
_ALL: Final = 2**62


def _advance(course: Course, kind: str) -> None:
    if course.kind != kind:
        course.kind, course.done = kind, 0


def _has_its_key(core: Core, import_id: str, reader: ArchiveReader) -> bool:
    """See to the key that the archive's suppressions are named under; False while it must be waited for.

    Raises:
        UnusableFileError: a lead or a suppression came while the key was taken over.
        SecretStoreError
    """
    theirs = key_in(reader)
    if theirs is None or not holds_suppressions(reader):
        return True
    if core.keyring.key("suppression") != theirs and adopting.is_empty(core):
        adopting.take_over(core, theirs)
    if adopting.settles_in(core):
        return False
    imported = core.store.find(Import, import_key(import_id))
    begun = bool(reader.kinds) and bool(read_part(core, import_id, 1))
    if imported is not None and not begun and adopting.is_crossed(core, imported.created_at):
        raise UnusableFileError(
            "A lead or a suppression came in while the suppression key of the archive was taken over. Nothing of the "
            "archive was taken in. Delete what has come in, import again, and then add it again."
        )
    return True
