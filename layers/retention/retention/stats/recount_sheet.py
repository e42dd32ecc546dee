"""What a recount knows so far, and how it is kept: pieces first, then the sheet that names them, on a condition."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from retention.core import Core
from retention.stats.cells import Cells
from retention.stats.model import RecountPiece, RecountSheet
from retention.table.keys import key
from retention.table.store import raw_key
from retention.table.writes import Create, Put, Replace

#: Text of one piece. Source: an item holds 400 KB.
PIECE: Final = 300_000
#: How long a sheet stays that nobody goes on with.
KEPT: Final = timedelta(days=3)

#: A scope and a quarter of an hour.
Spot = tuple[str, str]


@dataclass
class Sums:
    """What has been added up."""

    #: The scopes that there were at the beginning.
    scopes: list[str] = field(default_factory=list)
    #: How often tallies were added to, before less after: even where nothing moved.
    moved: Cells = field(default_factory=Cells)
    #: What the items count for, less what the tallies say: even where the figures are right.
    off: Cells = field(default_factory=Cells)
    #: The cells that have to be looked at closely, with what they were off by.
    suspects: dict[int, int] = field(default_factory=dict)
    #: The numbers of these cells: what the items count for, and what the tallies say.
    right: dict[Spot, Counter[str]] = field(default_factory=dict)
    kept: dict[Spot, Counter[str]] = field(default_factory=dict)
    #: How often their tallies had been added to, before and after.
    before: Counter[Spot] = field(default_factory=Counter)
    after: Counter[Spot] = field(default_factory=Counter)
    #: Scopes of tallies that stand on nothing.
    strays: list[str] = field(default_factory=list)
    #: What has come of it.
    result: dict[str, Any] = field(default_factory=dict)

    def dump(self) -> str:
        """All of it as text."""
        whole = {
            "scopes": self.scopes,
            "moved": self.moved.dump(),
            "off": self.off.dump(),
            "suspects": list(self.suspects.items()),
            "right": [(*spot, numbers) for spot, numbers in self.right.items()],
            "kept": [(*spot, numbers) for spot, numbers in self.kept.items()],
            "before": [(*spot, changes) for spot, changes in self.before.items()],
            "after": [(*spot, changes) for spot, changes in self.after.items()],
            "strays": self.strays,
            "result": self.result,
        }
        return base64.b85encode(zlib.compress(json.dumps(whole).encode(), 1)).decode()

    @classmethod
    def load(cls, text: str) -> "Sums":
        """What `dump` has written."""
        whole = json.loads(zlib.decompress(base64.b85decode(text)))
        return cls(
            whole["scopes"],
            Cells.load(whole["moved"]),
            Cells.load(whole["off"]),
            dict(whole["suspects"]),
            {(scope, bucket): Counter(numbers) for scope, bucket, numbers in whole["right"]},
            {(scope, bucket): Counter(numbers) for scope, bucket, numbers in whole["kept"]},
            Counter({(scope, bucket): changes for scope, bucket, changes in whole["before"]}),
            Counter({(scope, bucket): changes for scope, bucket, changes in whole["after"]}),
            whole["strays"],
            whole["result"],
        )


class Book:
    """The sheet of one recount. Whoever has lost the lease of the job finds out when saving, and spoils nothing."""

    def __init__(self, core: Core, recount: str) -> None:
        self._core = core
        self._recount = recount
        self._sheet = core.store.find(RecountSheet, key("RecountSheet", recount=recount))
        self.sums = Sums() if self._sheet is None else self._read(self._sheet)

    @property
    def phase(self) -> str | None:
        """What is read now; None before anything was."""
        return None if self._sheet is None else self._sheet.phase

    @property
    def place(self) -> Any:
        """Where to go on reading."""
        return None if self._sheet is None else self._sheet.place

    def _read(self, sheet: RecountSheet) -> Sums:
        places = [key("RecountPiece", recount=sheet.recount, token=sheet.token, n=n) for n in range(sheet.pieces)]
        found = [self._core.store.find(RecountPiece, place) for place in places]
        return Sums.load("".join(piece.data for piece in found if piece is not None))

    def save(self, phase: str, place: Any) -> None:
        """Keep what is known so far.

        Raises:
            RefusedError: somebody else goes on with it.
        """
        token, leaves = self._core.ids.revision(), self._core.now() + KEPT
        pieces = list(self._pieces(token))
        for piece in pieces:
            self._core.store.write(Put(piece.model_copy(update={"expires_at": leaves})))
        fields = {"phase": phase, "place": place, "token": token, "pieces": len(pieces), "expires_at": leaves}
        before = self._sheet
        if before is None:
            after = RecountSheet(recount=self._recount, revision=self._core.ids.revision(), **fields)
            self._core.store.write(Create(after))
        else:
            after = self._core.changed(before, **fields)
            self._core.store.write(Replace(after, before=before))
            self._forget(before)
        self._sheet = after

    def _pieces(self, token: str) -> Iterator[RecountPiece]:
        text = self.sums.dump()
        for n, at in enumerate(range(0, len(text), PIECE)):
            yield RecountPiece(recount=self._recount, token=token, n=n, data=text[at : at + PIECE])

    def _forget(self, sheet: RecountSheet) -> None:
        gone = [key("RecountPiece", recount=sheet.recount, token=sheet.token, n=n) for n in range(sheet.pieces)]
        self._core.store.remove_unconditionally(gone)

    def tear_out(self) -> None:
        """Remove the sheet with all its pieces."""
        place = key("RecountSheet", recount=self._recount)
        self._core.store.remove_unconditionally([raw_key(row) for row in self._core.store.query(place.pk)])
