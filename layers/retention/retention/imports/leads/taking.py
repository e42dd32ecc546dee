"""Taking in a file of leads, chunk by chunk.

    row --cannot be read, or used--> rejected
     |  nobody known has its addresses: a new lead, whose id follows from the import and the row --> created
     |  one person has: skip --> skipped;  update, merge --> updated, or unchanged
     +--> two people have: rejected, with both

A row that is done again after a kill finds its own lead, by that id, and is created as before. The triggers look at the
new leads of a chunk before its end is saved, so that no arrival has to tell of them: a chunk that is done again has
them look again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from retention.errors import ContentionError, FieldError
from retention.ids import Ids
from retention.imports import files
from retention.imports.leads.changing import Changing
from retention.imports.leads.rows import Row
from retention.imports.leads.source import LeadFile
from retention.imports.model import UnusableFileError
from retention.imports.standing import Standing, as_lines, counted
from retention.leads.adding import Addition, added_together, addition, without_shared_addresses
from retention.leads.claims import Claims, Known
from retention.leads.contact import lead_key
from retention.leads.model import Lead
from retention.outbound.announcing import wake_deliveries
from retention.sequences.triggering import TriggerService

#: Rows of a chunk: a second or two of work.
CHUNK: Final = 500
#: How often a row is looked at again because its addresses changed hands at that moment.
TRIES: Final = 8

Line = dict[str, Any]
#: What is wrong with a row of a file that was begun before its person was erased. In a later file they come in stopped.
_ERASED: Final = FieldError("", "erased", "This person was erased after the import was begun.")


def line_of(row: Row, status: str, lead_id: str | None = None, errors: Sequence[FieldError] = ()) -> Line:
    """The line of the result for a row."""
    said: Line = {"row": row.number, "status": status, "errors": as_lines(errors)}
    return said if lead_id is None else {**said, "id": lead_id}


def two_people(owners: Sequence[str]) -> FieldError:
    """What is wrong with a row whose addresses are two people's."""
    detail = f"The e-mail address is that of lead {owners[0]}, the phone number that of lead {owners[1]}."
    return FieldError("", "two_leads", detail)


def refused_at_once(row: Row) -> Line | None:
    """The line of a row that says nothing, or that cannot be used whoever is known."""
    if row.errors:
        return line_of(row, "rejected", errors=row.errors)
    return line_of(row, "skipped") if row.is_empty or row.lead is None else None


def take_in(standing: Standing) -> Iterator[int]:
    """Take in the rows of a file from its place on.

    Raises:
        UnusableFileError, StorageError
    """
    taking = _Taking(standing)
    before = files.read_part(standing.core, standing.found.id, standing.found.how_far().done + 1)
    try:
        file = LeadFile(standing)
    except UnusableFileError:
        if standing.found.place is not None and (lines := taking.begun(before)):
            taking.end_chunk(lines)
        raise
    if standing.found.place is None:
        standing.save(place=file.place_before())
    for records in file.chunks(CHUNK):
        lines = taking.take([file.shaper.row_of(record) for record in records], before)
        before = []
        taking.end_chunk(lines, place=file.place_after(records[-1]))
        yield len(records)


class _Taking:
    """Takes in rows."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._core = standing.core
        self._import = standing.found
        self._triggers = TriggerService.of(standing.core)
        self._claims = Claims(standing.core)
        #: The new leads of this chunk that this runner has made, by their ids.
        self._new: dict[str, Lead] = {}
        self._changing = Changing(standing.core, standing.found.options.get("onDuplicate", "skip"))

    def take(self, rows: Sequence[Row], before: Sequence[Line]) -> list[Line]:
        """Take in some rows; the lines of the result, in their order.

        Args:
            before: lines that were kept when these rows were last begun: of changes that were about to be made.
        """
        results = {row.number: line for row in rows if (line := refused_at_once(row)) is not None}
        todo = {row.number: row for row in rows if row.number not in results}
        made = {line["row"] for line in before if line["status"] == "updated"}
        tries = 0
        while todo and tries < TRIES:
            decided = self._wave(rows, todo, results, made)
            tries = 0 if decided else tries + 1
            results |= decided
            todo = {number: row for number, row in todo.items() if number not in results}
        for row in todo.values():
            error = ContentionError()
            results[row.number] = line_of(row, "rejected", errors=[FieldError("", error.code, str(error))])
        return [results[row.number] for row in rows]

    def end_chunk(self, lines: Sequence[Line], **fields: Any) -> None:
        """Have the triggers look at the new leads of a chunk, and save what became of its rows."""
        made = [line["id"] for line in lines if line["status"] == "created"]
        before = self._core.store.find_many([(Lead, lead_key(one)) for one in made if one not in self._new])
        self._triggers.look_at_new([*self._new.values(), *(lead for lead in before if lead is not None)])
        self._new.clear()
        progress = self._standing.found.how_far()
        files.write_part(self._core, self._import.id, progress.done + 1, lines)
        self._standing.save_progress(counted(progress, (line["status"] for line in lines)), **fields)

    def begun(self, before: Sequence[Line]) -> list[Line]:
        """The lines of a chunk that a runner had begun and nobody can go on with, as far as they can still be told."""
        done = self._standing.found.how_far().done
        mine = {number: self._own_id(number) for number in range(done + 1, done + CHUNK + 1)}
        leads = self._core.store.find_many([(Lead, lead_key(one)) for one in mine.values()])
        made = [line_of(Row(number), "created", mine[number]) for number, lead in zip(mine, leads, strict=True) if lead]
        lines = {line["row"]: line for line in [*before, *made]}
        return [lines[number] for number in sorted(lines)]

    def _wave(
        self, rows: Sequence[Row], todo: Mapping[int, Row], results: Mapping[int, Line], made: set[int]
    ) -> dict[int, Line]:
        """Deal with the rows that share no address with an earlier one; those whose addresses moved are left."""
        wave = without_shared_addresses({number: row.lead for number, row in todo.items() if row.lead is not None})
        known = dict(zip(wave, self._claims.look_up(list(wave.values())), strict=True))
        mine = {number: self._own_id(number) for number in wave}
        decided: dict[int, Line] = {}
        new: dict[int, Addition] = {}
        changed: dict[int, str] = {}
        for number, one in known.items():
            row, owners = todo[number], one.owners
            if mine[number] in owners:
                decided[number] = line_of(row, "created", mine[number])
            elif len(owners) > 1:
                decided[number] = line_of(row, "rejected", errors=[two_people(owners)])
            elif owners and self._changing.rule == "skip":
                decided[number] = line_of(row, "skipped", owners[0])
            elif owners:
                # Two rows about one lead: one after the other, in the order of the file.
                if owners[0] not in changed.values():
                    changed[number] = owners[0]
            elif one.erased_at is not None and self._import.created_at < one.erased_at:
                decided[number] = line_of(row, "rejected", errors=[_ERASED])
            elif row.missing:
                decided[number] = line_of(row, "rejected", errors=row.missing)
            else:
                new[number] = self._addition(row, one, mine[number])
        decided |= self._create(todo, new)
        if changed:
            decided |= self._change(rows, todo, changed, {**results, **decided}, made)
        return decided

    def _own_id(self, number: int) -> str:
        return Ids.derived(self._import.created_at, self._import.id, number)

    def _addition(self, row: Row, known: Known, identity: str) -> Addition:
        assert row.lead is not None
        return addition(self._core, self._claims, row.lead, known.stop, identity)

    def _create(self, todo: Mapping[int, Row], new: Mapping[int, Addition]) -> dict[int, Line]:
        outcomes = added_together(self._core, new)
        written = [new[number] for number, refusal in outcomes.items() if refusal is None]
        self._new |= {one.view.id: one.view for one in written}
        wake_deliveries(self._core, [told for one in written for told in one.told])
        return {
            number: line_of(todo[number], "created", new[number].view.id)
            for number, refusal in outcomes.items()
            # The lead itself is there: this row was done before.
            if refusal is None or refusal.concerns(Lead)
        }

    def _change(
        self,
        rows: Sequence[Row],
        todo: Mapping[int, Row],
        owners: Mapping[int, str],
        results: Mapping[int, Line],
        made: set[int],
    ) -> dict[int, Line]:
        """Change the leads that are known. What is about to be done is kept first: a change that is there already when
        it is done again was made by this row.
        """
        patches = self._changing.patches({number: (todo[number], owner) for number, owner in owners.items()})
        made |= {number for number, patch in patches.items() if patch}
        intended = {
            number: line_of(todo[number], "updated", owners[number]) for number in made & todo.keys() & owners.keys()
        }
        planned = {**results, **intended}
        files.write_part(
            self._core, self._import.id, rows[0].number, [planned[row.number] for row in rows if row.number in planned]
        )

        def one(number: int) -> tuple[int, Line | None]:
            patch = patches[number]
            errors = self._changing.change(owners[number], patch) if patch else ()
            if errors is None:
                return number, None
            if errors:
                return number, line_of(todo[number], "rejected", owners[number], errors)
            return number, line_of(todo[number], "updated" if number in made else "unchanged", owners[number])

        done = self._core.store.parallel(one, [number for number, patch in patches.items() if patch is not None])
        return {number: line for number, line in done if line is not None}
