"""The account as an archive: the stage of the job that makes it.

    collect   the table is read once, into sorted runs (collecting); what is going away is left out
    merge     the runs of each kind are merged, and deflated block by block. What needs something that is not in the
              archive is left out, and what points to such a thing is detached, as deleting that would have done
    join      the blocks become the file

Each may be killed anywhere: its place is kept with the job, pieces are written before they are named in it, and nothing
but pieces that are named counts. Merging and joining need a few megabytes for every thousand runs, and eight bytes for
every item that others need (names).
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Final

from retention.core import Core
from retention.entity import Entity
from retention.exports.collecting import collect
from retention.exports.ending import finished, put
from retention.exports.files import piece_key
from retention.exports.model import Export
from retention.exports.names import Names, name_of, to_bytes
from retention.exports.runs import Merge, Row, extra_of, index_of
from retention.jobs.runner import Chunk
from retention.leads.model import Lead
from retention.moving.archive import ArchiveWriter, Digest, Told, blocks_of
from retention.moving.carrying import carried
from retention.moving.kinds import CARRIED
from retention.moving.parents import PARENTS, parents_of
from retention.moving.pointing import pointers_of, without
from retention.moving.records import line_of
from retention.moving.storage import Transfers
from retention.moving.zipping import packed, unpacked
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.table.keys import key_of

_SUPPRESSING: Final = (Suppression.__name__, LiftedSuppression.__name__)


def make(core: Core, export: Export, checkpoint: Any) -> Iterator[Chunk]:
    """Make an archive, from a checkpoint on: {"collected": place} first, then {"runs", "merged": [...], ...}."""
    state: dict[str, Any] = dict(checkpoint or {})
    if "merging" not in state:
        for place in collect(core, export.id, CARRIED, rows_of, state.get("collected")):
            state = {"collected": place}
            yield _chunk(state)
        place = state["collected"]
        state = {"runs": place["runs"], "rows": place["rows"], "merging": [], "left_out": {}, "detached": 0}
    merging = _Merging(core, export.id, state)
    for _ in merging.steps():
        yield _chunk(merging.state)
    yield from _join(core, export, merging.state)


def _chunk(state: Mapping[str, Any]) -> Chunk:
    rows = state["rows"] if "rows" in state else state["collected"]["rows"]
    return Chunk(checkpoint=dict(state), result={"records": rows})


def rows_of(entities: Sequence[Entity]) -> Iterator[Row]:
    """Items as rows of an archive."""
    for entity in entities:
        needs = tuple(name_of(place) for _, place in parents_of(entity))
        points = tuple((members, name_of(place)) for (_, place), members in pointers_of(entity))
        yield Row(key_of(entity), needs, points, line_of(carried(entity)))


class _Merging:
    """The second part: from runs to deflated blocks, each kind in turn.

    The state holds for each kind that was begun {"kind", "blocks": [names], "names": [names], "place", "told"};
    a place of None says that the kind is done, and `told` what the archive says of it.
    """

    def __init__(self, core: Core, export_id: str, state: dict[str, Any]) -> None:
        self._core = core
        self._transfers = Transfers(core)
        self._export_id = export_id
        self.state = state
        self._runs = [piece_key(export_id, name) for name in state["runs"]]
        self._indexes = core.store.parallel(lambda run: index_of(self._transfers, run), self._runs)
        self._contacts, self._there = Names(), Names()

    def steps(self) -> Iterator[None]:
        """Merge what is left to be merged; a step is a block."""
        self._remember()
        done = {one["kind"] for one in self.state["merging"] if one["place"] is None}
        for kind in CARRIED:
            if kind not in done and any(kind in index["sections"] for index in self._indexes):
                yield from self._merge(kind)

    def _digest_of(self, entry: Mapping[str, Any]) -> Digest:
        """The digest of a kind that was begun: what a runner before has made of it is read again."""
        digest = Digest()
        for name in entry["blocks"]:
            digest.add(unpacked(self._piece(name)))
        return digest

    def _remember(self) -> None:
        """Take up what a runner before has found out."""
        extras = zip(self._runs, self._indexes, strict=True)
        for content in self._core.store.parallel(lambda one: extra_of(self._transfers, *one), extras):
            self._contacts.load(content)
        self._contacts.settle()
        kept = [name for entry in self.state["merging"] for name in entry["names"]]
        for found in self._core.store.parallel(self._piece, kept):
            self._there.load(found)
        self._there.settle()

    def _merge(self, kind: str) -> Iterator[None]:
        before: list[dict[str, Any]] = list(self.state["merging"])
        entry = before.pop() if before and before[-1]["kind"] == kind else None
        entry = entry or {"kind": kind, "blocks": [], "names": [], "place": {}}
        digest = self._digest_of(entry)
        merge = Merge(self._transfers, self._runs, self._indexes, kind)
        names = array("Q")
        tally = {"left_out": 0, "detached": 0}
        lines = self._lines(kind, merge.rows(entry["place"] or None), names, tally)
        for block in blocks_of(lines):
            digest.add(block)
            entry = {
                **entry,
                "blocks": [*entry["blocks"], self._keep(packed(block))],
                "names": [*entry["names"], *([self._keep(to_bytes(names))] if names else [])],
                "place": merge.place,
            }
            self._note(before, entry, tally)
            del names[:]
            yield
        self._note(before, {**entry, "place": None, "told": list(digest.told())}, tally)
        self._there.settle()
        yield

    def _note(self, before: list[dict[str, Any]], entry: dict[str, Any], tally: dict[str, int]) -> None:
        """Write down how far the merging is."""
        left_out = dict(self.state["left_out"])
        if tally["left_out"]:
            left_out[entry["kind"]] = left_out.get(entry["kind"], 0) + tally["left_out"]
        detached = self.state["detached"] + tally["detached"]
        self.state = {**self.state, "merging": [*before, entry], "left_out": left_out, "detached": detached}
        tally.update(left_out=0, detached=0)

    def _keep(self, content: bytes) -> str:
        name = self._core.ids.revision()
        self._transfers.put(piece_key(self._export_id, name), content)
        return name

    def _piece(self, name: str) -> bytes:
        return self._transfers.get(piece_key(self._export_id, name)) or b""

    def _lines(self, kind: str, rows: Iterator[Row], names: "array[int]", tally: dict[str, int]) -> Iterator[bytes]:
        """The records of a kind that are to be in the archive; the names of those that others need are added."""
        for row in rows:
            name = name_of(row.key)
            if any(need not in self._there for need in row.needs):
                tally["left_out"] += 1
                continue
            if kind == Lead.__name__ and name not in self._contacts:
                tally["left_out"] += 1
                continue
            lost = {member for members, point in row.points if point not in self._there for member in members}
            tally["detached"] += bool(lost)
            if kind in PARENTS:
                names.append(name)
                self._there.add(name)
            yield without(row.line, lost) if lost else row.line


def _join(core: Core, export: Export, state: Mapping[str, Any]) -> Iterator[Chunk]:
    """Make one file of the blocks. Cheap beside the rest: it is begun anew when it was interrupted."""
    transfers, entries = Transfers(core), [one for one in state["merging"] if one["blocks"]]
    out = BytesIO()
    writer = ArchiveWriter(out)

    def written() -> bytes:
        content = out.getvalue()
        out.seek(0)
        out.truncate()
        return content

    def pieces() -> Iterator[bytes]:
        for entry in entries:
            writer.begin(entry["kind"])
            for name in entry["blocks"]:
                writer.block(transfers.get(piece_key(export.id, name)) or b"")
                yield written()
            writer.end(entry["kind"], Told(*entry["told"]))
        writer.close(**_about(core, entries))
        yield written()

    said = yield from put(core, export, pieces(), _chunk(state))
    counts = {entry["kind"]: Told(*entry["told"]).records for entry in entries}
    about = {"records": counts, "leftOut": state["left_out"], "detached": state["detached"]}
    finished(core, export, records=sum(counts.values()), about=about, **said)


def _about(core: Core, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the manifest says besides: under which key addresses are suppressed, if any are."""
    if not any(entry["kind"] in _SUPPRESSING for entry in entries):
        return {}
    from retention.suppressions.adopting import key_text

    return {"suppressionKey": key_text(core)}
