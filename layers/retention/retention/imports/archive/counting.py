"""How far an archive has been gone through: it goes into the place that is kept, so that a kill loses none of it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from retention.imports.archive.judging import CREATED, REJECTED, UNCHANGED
from retention.imports.archive.records import Record
from retention.moving.archive import ArchiveReader

#: Refused records that a dry run shows.
SHOWN: Final = 20


@dataclass
class Course:
    """The place in an archive, and what came of what is before it."""

    kind: str = ""
    #: Records of this kind that are done.
    done: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: Refused ones that differ from what is here.
    different: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def at(cls, checkpoint: Any) -> Self:
        """The course that was kept; from the beginning where none was."""
        return cls(**checkpoint) if checkpoint else cls()

    def kept(self) -> dict[str, Any]:
        """What is kept of it."""
        return asdict(self)

    def count(self, record: Record, status: str) -> None:
        """One more is done."""
        self.done += 1
        if status == CREATED:
            self.created += 1
        elif status == UNCHANGED:
            self.unchanged += 1
        elif status == REJECTED:
            self.rejected += 1
            self.different += any(one.code == "different" for one in record.errors)
            room = SHOWN - len(self.errors)
            self.errors += [
                {"row": record.row, "kind": record.kind, "id": record.id, **asdict(one)} for one in record.errors[:room]
            ]

    def progress(self, reader: ArchiveReader) -> dict[str, Any]:
        """How far it is, as an import tells it."""
        return {
            "done": self.created + self.unchanged + self.rejected,
            "total": sum(count for _, count in reader.kinds),
            "created": self.created,
            "updated": 0,
            "unchanged": self.unchanged,
            "skipped": 0,
            "rejected": self.rejected,
        }

    def inspection(self, reader: ArchiveReader, warnings: list[str]) -> dict[str, Any]:
        """What a dry run has found."""
        return {
            "records": dict(reader.kinds),
            "new": self.created,
            "unchanged": self.unchanged,
            "different": self.different,
            "rejected": self.rejected - self.different,
            "errors": self.errors,
            "warnings": warnings,
        }
