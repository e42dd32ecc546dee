"""A tally: numbers with free names, on items that transactions add to. And what a recount of them keeps."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from retention.entity import Entity

#: The number of a tally that says how often it was added to: where it stands still, so do the others (recounting).
CHANGES: Final = "changes"
#: What is recounted, as the target of a job tells.
RECOUNTED: Final = "Figures"


class Tally(Entity):
    """A share of the numbers of one scope in one quarter of an hour. What their names mean: contributing."""

    scope: str = Field(description="ACCOUNT, SEQUENCE#{id}, CAMPAIGN#{id} or TEST#{id}")
    bucket: str = Field(description="The quarter of an hour, by its beginning")
    spread_by: str = Field(description="Picks the share: the id of a lead, or of a conversion without one")


class RecountSheet(Entity):
    """How far a recount is. It leaves by TTL when the job that counts dies for good."""

    recount: str = Field(description="Which recount")
    phase: str = Field(description="What is read now")
    place: Any = Field(default=None, description="Where to go on reading")
    #: Names the pieces that the sums are kept in, as they were then.
    token: str = Field(description="Which pieces")
    pieces: int = Field(description="How many")


class RecountPiece(Entity):
    """A piece of the sums of a recount, as they were when its sheet was written."""

    recount: str = Field(description="Which recount")
    token: str = Field(description="Which state of the sheet it belongs to")
    n: int = Field(description="Its place among the pieces")
    data: str = Field(description="A part of the sums, compressed")


class FigureRepair(Entity):
    """What a recount found wrong and put right: once for each state of the tallies, whoever else counts meanwhile."""

    scope: str = Field(description="Whose figures")
    bucket: str = Field(description="Which quarter of an hour")
    recount: str = Field(description="By which recount")
    changes: int = Field(description="How often these tallies had been added to")
    numbers: dict[str, dict[str, int]] = Field(description="What was kept, and what is right, by name")
    repaired_at: datetime = Field(description="When")
