"""What the check of an Authorization header comes to."""

from typing import Final, NamedTuple

from retention.access.scopes import Scope

#: Stands for the last use of a key that was never used.
NEVER: Final = "never"


class Accepted(NamedTuple):
    """Somebody we know, and what they may do."""

    id: str
    scopes: tuple[Scope, ...]
    #: When this use of a key is to be noted: the use that was noted last, an instant as text or NEVER.
    noted: str | None = None


class Refused(NamedTuple):
    """Nobody we know, and why, in words for the caller."""

    why: str
