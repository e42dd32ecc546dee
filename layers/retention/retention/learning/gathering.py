"""The numbers that rules are learned from, read from the figures: by scope, and of each by thirty days.

A piece is a second's work or two, whatever happened in it; what was read stays with the job, so that it goes on from
there wherever it is killed. What a deleted sequence or campaign has sent went with its figures.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any, Final, NamedTuple

from retention.core import Core
from retention.figures.days import Period
from retention.figures.reading import FigureReader
from retention.stats.contributing import ACCOUNT, test_scope
from retention.stats.scopes import all_scopes

#: Days that are learned from, today the last of them: long enough for samples, short enough to be of today.
DAYS: Final = 180
#: Days that are read at once.
PIECE: Final = 30
#: What is read: of which numbers, in the account and elsewhere, and what they tell.
_OF_ACCOUNT: Final = "hour:"
_OF_OTHERS: Final = "script:"
_TOLD: Final = (":sent", ":converted")


class Piece(NamedTuple):
    """Some days of a scope. Pieces have an order: a job that goes on leaves out those up to its last."""

    scope: str
    #: As YYYY-MM-DD.
    first: str
    last: str


@dataclass
class Gathered:
    """What has been read so far. It lies in the job's item: 25 KB for hours, and 100 bytes a script."""

    #: The last day that is learned from, as YYYY-MM-DD, whenever the job goes on.
    until: str
    #: The last piece that was read; none: nothing was.
    after: Piece | None = None
    #: `hour:214:SMS:sent`, `script:{id}:converted`, as tallies name them (stats/contributing).
    numbers: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, checkpoint: Any, core: Core) -> "Gathered":
        """From the place of a job; nothing where it begins."""
        if checkpoint is None:
            return cls(core.now().astimezone(UTC).date().isoformat())
        after = checkpoint["after"]
        return cls(checkpoint["until"], None if after is None else Piece(*after), Counter(checkpoint["numbers"]))

    def as_json(self) -> dict[str, Any]:
        """As the place of a job."""
        after = None if self.after is None else list(self.after)
        return {"until": self.until, "after": after, "numbers": dict(self.numbers)}

    def rest(self, core: Core) -> Iterator["Gathered"]:
        """Read what is missing, piece by piece."""
        reader = FigureReader(core)
        for piece in self._pieces(core):
            if self.after is None or piece > self.after:
                period = Period(date.fromisoformat(piece.first), date.fromisoformat(piece.last), "UTC")
                self.take(piece.scope, reader.total(piece.scope, period))
                self.after = piece
                yield self

    def take(self, scope: str, numbers: Counter[str]) -> None:
        """Add the numbers of a scope that rules are made of."""
        wanted = _OF_ACCOUNT if scope == ACCOUNT else _OF_OTHERS
        told = {name: n for name, n in numbers.items() if name.startswith(wanted) and name.endswith(_TOLD)}
        self.numbers.update(told)

    def _pieces(self, core: Core) -> list[Piece]:
        last = date.fromisoformat(self.until)
        ends = [last - timedelta(days=days) for days in range(0, DAYS, PIECE)]
        spans = [((end - timedelta(days=PIECE - 1)).isoformat(), end.isoformat()) for end in ends]
        # A test counts what its campaign counts already.
        scopes = [scope for scope in all_scopes(core) if not scope.startswith(test_scope(""))]
        return sorted(Piece(scope, *span) for scope in scopes for span in spans)
