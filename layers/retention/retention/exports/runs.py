"""Sorting what does not fit into memory: sorted runs in the bucket, merged when all are there.

A run is an object with a section for each kind, each section sorted by where the items live. Beside it, its index says
where the sections begin and end. Source: Knuth, The Art of Computer Programming, volume 3, section 5.4.1.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from retention.moving.storage import Transfers
from retention.table.keys import Key

#: Bytes of a section that are read at once, where there are few runs, and at least.
READ: Final = 1024 * 1024
LEAST_READ: Final = 64 * 1024
#: Bytes that the readers of all runs take together, so that a thousand of them fit.
ALL_READ: Final = 64 * 1024 * 1024
_INDEX: Final = ".index"


class Row(NamedTuple):
    """An item on its way: where it lives, what it needs, and what is written of it."""

    key: Key
    #: Names (exports/names) of what must be there for it to be.
    needs: tuple[int, ...]
    #: Members that are left out when what they point to is not there, with its name.
    points: tuple[tuple[tuple[str, ...], int], ...]
    line: bytes

    def dump(self) -> bytes:
        """As a line of a run. JSON holds no tab."""
        return orjson.dumps([*self.key, self.needs, self.points]) + b"\t" + self.line

    @classmethod
    def load(cls, text: bytes) -> "Row":
        """Of a line of a run."""
        head, _, line = text.partition(b"\t")
        pk, sk, needs, points = orjson.loads(head)
        return cls(Key(pk, sk), tuple(needs), tuple((tuple(names), name) for names, name in points), line)


@dataclass
class Run:
    """Rows that are collected, to be written as one run."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    size: int = 0

    def add(self, kind: str, row: Row) -> None:
        """Add a row."""
        self.rows.setdefault(kind, []).append(row)
        self.size += len(row.line)

    def write(self, transfers: Transfers, name: str, extra: bytes = b"") -> None:
        """Write the run under a name: its index last, which makes it a run. `extra` is kept behind the rows.

        Raises:
            StorageError
        """
        content = bytearray()
        sections: dict[str, tuple[int, int]] = {}
        for kind, rows in self.rows.items():
            start = len(content)
            for row in sorted(rows, key=lambda row: row.key):
                content += row.dump()
            sections[kind] = start, len(content)
        index = {"sections": sections, "extra": (len(content), len(content) + len(extra))}
        transfers.put(name, bytes(content) + extra)
        transfers.put(name + _INDEX, orjson.dumps(index))


def index_of(transfers: Transfers, run: str) -> Mapping[str, Any]:
    """What the index of a run says.

    Raises:
        FileNotFoundError: there is no such run.
        StorageError
    """
    found = transfers.get(run + _INDEX)
    if found is None:
        raise FileNotFoundError(run)
    index: Mapping[str, Any] = orjson.loads(found)
    return index


def extra_of(transfers: Transfers, run: str, index: Mapping[str, Any]) -> bytes:
    """What is kept behind the rows of a run.

    Raises:
        StorageError
    """
    start, end = index["extra"]
    return transfers.part(run, start, end - 1) if end > start else b""


class Merge:
    """The rows of one kind from all runs, in the order of their keys.

    A row that several runs have is taken once: as the latest of them has it.
    """

    def __init__(
        self, transfers: Transfers, runs: Sequence[str], indexes: Sequence[Mapping[str, Any]], kind: str
    ) -> None:
        self._transfers = transfers
        self._kind = kind
        self._sections = [
            (run, *index["sections"][kind])
            for run, index in zip(runs, indexes, strict=True)
            if kind in index["sections"]
        ]
        self._places = [start for _, start, _ in self._sections]
        self._last: Key | None = None

    @property
    def place(self) -> dict[str, Any]:
        """Behind the row that came last; as it can be kept."""
        return {"places": list(self._places), "last": self._last and list(self._last)}

    def rows(self, place: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """The rows, from the beginning or from a place on."""
        if place is not None:
            self._places = list(place["places"])
            self._last = None if place["last"] is None else Key(*place["last"])
        block = max(min(READ, ALL_READ // max(len(self._sections), 1)), LEAST_READ)
        sources = [
            _lines(self._transfers, run, place, end, block)
            for (run, _, end), place in zip(self._sections, self._places, strict=True)
        ]
        # By key; of equal keys the latest run first.
        heap = [(row.key, -at, len(line), row) for at, source in enumerate(sources) for line, row in _next(source)]
        heapq.heapify(heap)
        while heap:
            key, negative, size, row = heap[0]
            at = -negative
            self._places[at] += size
            following = next(iter(_next(sources[at])), None)
            if following is None:
                heapq.heappop(heap)
            else:
                line, after = following
                heapq.heapreplace(heap, (after.key, negative, len(line), after))
            if key != self._last:
                self._last = key
                yield row


def _next(source: Iterator[bytes]) -> Iterator[tuple[bytes, Row]]:
    """The next line of a section with its row, if there is one."""
    for line in source:
        yield line, Row.load(line)
        return


def _lines(transfers: Transfers, run: str, start: int, end: int, block: int) -> Iterator[bytes]:
    """The lines of a part of an object."""
    rest = b""
    while start < end:
        content = transfers.part(run, start, min(start + block, end) - 1)
        start += len(content)
        *lines, rest = (rest + content).split(b"\n")
        for line in lines:
            yield line + b"\n"
