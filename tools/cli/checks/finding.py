"""What one look shows: well or not, and what to do."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    #: What was looked at.
    what: str
    level: Level
    #: What was seen.
    seen: str
    #: What to do about it; empty when all is well.
    todo: str = ""


def ok(what: str, seen: str) -> Finding:
    """All is well."""
    return Finding(what, "ok", seen)


def warning(what: str, seen: str, todo: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(what, "warning", seen, todo)


def fault(what: str, seen: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(what, "fault", seen, todo)
