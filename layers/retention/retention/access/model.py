"""What an API key is, and what a client may say about it."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from pydantic import Field

from retention.access.scopes import ADMIN, SCOPES, Scope
from retention.entity import Entity
from retention.fields import Contract, Instant, Name

#: How exactly the last use of a key is known. A write for each request would double what a read costs.
LAST_USE_PRECISION: Final = timedelta(hours=1)


class ApiKeyInput(Contract):
    """What a client says of a key that it wants."""

    name: Name = Field(description="For people: who or what uses the key")
    scopes: list[Scope] = Field(
        min_length=1, max_length=len(SCOPES), description="What the key may do; `admin` includes everything"
    )
    valid_until: Instant | None = Field(default=None, description="When it stops working; null: not by itself")


class Rotation(Contract):
    """How one key takes over from another."""

    valid_until: Instant | None = Field(
        default=None,
        description="When the new key stops working; left out: it lives as long as the old one was to live",
    )
    old_valid_until: Instant | None = Field(
        default=None, description="When the old key stops working; left out: 24 hours from now. Never later than before"
    )


class ApiKey(Entity):
    """A key to the API. The key itself is not kept, only a keyed hash of it."""

    server_owned: ClassVar[frozenset[str]] = Entity.server_owned | {"revoked_at", "last_used_at", "replaced_by"}

    id: str = Field(description="Identity; the second part of the key")
    name: str = Field(description="For people: who or what uses the key")
    scopes: list[Scope] = Field(description="What the key may do")
    valid_until: Instant | None = Field(default=None, description="When it stops working; null: not by itself")
    revoked_at: Instant | None = Field(default=None, description="When it was revoked")
    replaced_by: str | None = Field(default=None, description="The key that took over when this one was rotated")
    last_used_at: Instant | None = Field(default=None, description="When it was last used, to the hour")
    created_at: Instant = Field(description="When it was made")
    #: Keyed hash of the key. The pepper is not in the table.
    hash: str = Field(default="", exclude=True, repr=False)

    def is_live(self, now: datetime) -> bool:
        """Whether the key works."""
        return self.revoked_at is None and (self.valid_until is None or self.valid_until > now)

    def is_use_worth_noting(self, now: datetime) -> bool:
        """Whether a use at this instant is to be written down."""
        return self.last_used_at is None or now - self.last_used_at >= LAST_USE_PRECISION

    @property
    def is_admin(self) -> bool:
        """Whether the key may do everything."""
        return ADMIN in self.scopes


class IssuedApiKey(ApiKey):
    """A key as it is handed over: the only answer that holds the key itself."""

    key: str | None = Field(
        repr=False,
        description="The key itself, shown this once; null when an answer is repeated for its Idempotency-Key",
    )


class BootstrapRetirement(Entity):
    """The bootstrap key has done its duty: a real admin key was made. Without this item it opens the API."""

    retired_at: Instant
    #: The admin key whose making retired it (last).
    key_id: str
