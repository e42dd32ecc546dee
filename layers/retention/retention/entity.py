"""What every stored thing has besides its own fields."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from retention.fields import Contract, Instant


class Entity(Contract):
    """Something that lives in the table.

    Fields marked `exclude` are ours alone: no answer shows them and no input may set them.
    """

    #: Names the state that was written last; the ETag of an answer and the guard of every change.
    revision: str = Field(default="", exclude=True)
    #: True from the moment a delete was accepted until its children are gone: invisible to readers, closed to children.
    deleting: bool = Field(default=False, exclude=True)
    #: When the item may vanish by itself (TTL, days late at times: readers compare it with the clock).
    expires_at: datetime | None = Field(default=None, exclude=True)

    #: Fields that a client may read but never set.
    server_owned: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "updated_at"})


class Dated(Entity):
    """An entity that tells when it was written first and last."""

    created_at: Instant = Field(description="When it was created")
    updated_at: Instant = Field(description="When it was last changed")
