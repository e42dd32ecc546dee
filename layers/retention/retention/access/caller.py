"""What the check of an Authorization header comes to."""

from dataclasses import dataclass
from typing import Final

from retention.access.scopes import Scope

#: Stands for the last use of a key that was never used.
NEVER: Final = "never"


@dataclass(frozen=True)
class Accepted:
    """Somebody we know, and what they may do."""

    id: str
    scopes: tuple[Scope, ...]
    #: When this use of a key is to be noted: the use that was noted last, an instant as text or NEVER.
    noted: str | None = None


@dataclass(frozen=True)
class Refused:
    """Nobody we know, and why, in words for the caller."""

    why: str
