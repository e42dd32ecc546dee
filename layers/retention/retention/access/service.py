"""What can be done with API keys: make, list, rotate, revoke, note their use."""

from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from retention.access import credentials
from retention.access.caller import NEVER
from retention.access.credentials import Credential
from retention.access.model import (
    LAST_USE_PRECISION,
    ApiKey,
    ApiKeyInput,
    BootstrapRetirement,
    IssuedApiKey,
    Rotation,
)
from retention.access.scopes import Scope, known
from retention.core import REVISE_TRIES, Core
from retention.errors import ConflictError, ContentionError, InvalidInputError, LastAdminKeyError, NotFoundError
from retention.fields import parse_instant
from retention.table import listing
from retention.table.keys import Key, key, key_of
from retention.table.listing import Page
from retention.table.writes import Change, Create, Put, RefusedError, Require, Write

#: How long the old key goes on working after a rotation, unless the caller says otherwise.
OVERLAP: Final = timedelta(hours=24)
#: How long a key that no longer works stays visible.
HISTORY: Final = timedelta(days=30)
#: Keys that are read at once when another admin key is looked for.
_PAGE: Final = 100
#: The last instant that is told.
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
#: Keys whose last use one process remembers.
_REMEMBERED: Final = 1000


class AccessService:
    """The use cases of API keys."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._noted: dict[str, datetime] = {}

    # --- making ------------------------------------------------------------------------------------------------

    def create(self, given: ApiKeyInput) -> IssuedApiKey:
        """Make a key. The first with the scope admin retires the bootstrap key, in the same transaction.

        Raises:
            InvalidInputError: it would have expired already.
        """
        self._require_future("/validUntil", given.valid_until)
        issued = self._issue(given.name, list(known(given.scopes)), given.valid_until)
        self._core.idempotency.commit(*self._writes(issued), outcome=issued)
        return issued

    def rotate(self, key_id: str, given: Rotation, *, if_match: str | None) -> IssuedApiKey:
        """Make a key with the same name and scopes; the old one goes on working for a while.

        Raises:
            InvalidInputError, NotFoundError, StaleError
            ConflictError: the key does not work any more, or was rotated already.
        """
        self._require_future("/validUntil", given.valid_until)
        self._require_future("/oldValidUntil", given.old_valid_until)
        now = self._core.now()
        old_end = given.old_valid_until or now + OVERLAP
        issued: list[IssuedApiKey] = []

        def change(old: ApiKey) -> tuple[ApiKey, list[Write]]:
            if not old.is_live(now):
                raise ConflictError("This key does not work any more: make a new one.")
            if old.replaced_by is not None:
                raise ConflictError(f"This key was rotated already: {old.replaced_by} took over from it.")
            lifetime = None if old.valid_until is None else _later(now, old.valid_until - old.created_at)
            issued[:] = [self._issue(old.name, old.scopes, given.valid_until or lifetime)]
            end = old_end if old.valid_until is None else min(old.valid_until, old_end)
            after = self._core.changed(old, valid_until=end, replaced_by=issued[0].id, expires_at=_later(end, HISTORY))
            return after, self._writes(issued[0])

        self._core.revise(lambda: self.get(key_id), change, if_match=if_match, show=lambda _: issued[0])
        return issued[0]

    def _issue(self, name: str, scopes: list[Scope], valid_until: datetime | None) -> IssuedApiKey:
        core, now = self._core, self._core.now()
        credential = Credential(core.ids.short(), core.ids.secret())
        return IssuedApiKey.model_construct(
            id=credential.id,
            name=name,
            scopes=scopes,
            valid_until=valid_until,
            created_at=now,
            hash=credentials.hashed(core.keyring, credential),
            key=credentials.write(credential),
            revision=core.ids.revision(),
            expires_at=None if valid_until is None else _later(valid_until, HISTORY),
        )

    def _writes(self, issued: IssuedApiKey) -> list[Write]:
        fields = {name: value for name, value in vars(issued).items() if name in ApiKey.model_fields}
        writes: list[Write] = [Create(ApiKey.model_construct(**fields))]
        if issued.is_admin:
            retired = BootstrapRetirement(
                retired_at=issued.created_at, key_id=issued.id, revision=self._core.ids.revision()
            )
            # Put, whatever is there: that the bootstrap key is retired can only become true.
            writes.append(Put(retired))
        return writes

    def _require_future(self, pointer: str, instant: datetime | None) -> None:
        if instant is not None and instant <= self._core.now():
            raise InvalidInputError.at(pointer, "not_in_future", "This instant has passed.")

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, key_id: str) -> ApiKey:
        """A key, also one that no longer works, for 30 days after its end.

        Raises:
            NotFoundError: none with this id.
        """
        found = self._core.store.find(ApiKey, _key(key_id))
        if found is None or self._is_forgotten(found):
            raise NotFoundError(f"There is no API key {key_id}.")
        return found

    def page(self, *, limit: int, position: str | None) -> Page[ApiKey]:
        """Keys, newest first, with those that no longer work."""
        return listing.page(
            self._core.store,
            ApiKey,
            listing.lanes("ApiKey", "listing", {}),
            limit=limit,
            position=position,
            keep=lambda one: not self._is_forgotten(one),
        )

    def _is_forgotten(self, one: ApiKey) -> bool:
        return one.expires_at is not None and one.expires_at <= self._core.now()

    # --- ending ------------------------------------------------------------------------------------------------

    def revoke(self, key_id: str, *, if_match: str | None, force: bool) -> None:
        """End a key now. The authorizer's answers are kept for 60 s, so that long it may still be let in.

        Args:
            force: revoke it even if no other admin key is left.

        Raises:
            NotFoundError, StaleError
            LastAdminKeyError: nobody could make keys any more.
        """

        def change(one: ApiKey) -> tuple[ApiKey, list[Write]]:
            now = self._core.now()
            if one.revoked_at is not None:
                return one, []
            after = self._core.changed(one, revoked_at=now, expires_at=now + HISTORY)
            if force or not one.is_admin or not one.is_live(now):
                return after, []
            return after, [self._another_admin(one.id, now)]

        for _ in range(REVISE_TRIES):
            try:
                self._core.revise(lambda: self.get(key_id), change, if_match=if_match, show=lambda _: True)
            except RefusedError:
                continue  # The other admin key was ended at the same moment: look for one again.
            return
        raise ContentionError

    def _another_admin(self, key_id: str, now: datetime) -> Require:
        """The part of a transaction that insists on an admin key besides this one: two may not end each other.

        Raises:
            LastAdminKeyError: there is none.
        """
        position: str | None = None
        while True:
            page = self.page(limit=_PAGE, position=position)
            for one in page.data:
                if one.id != key_id and one.is_admin and one.is_live(now):
                    return Require(ApiKey, key_of(one), equal={"revoked_at": None, "valid_until": one.valid_until})
            if page.position is None:
                raise LastAdminKeyError
            position = page.position

    # --- noting ------------------------------------------------------------------------------------------------

    def note_use(self, key_id: str, last_noted: str) -> None:
        """Write down that a key was used, unless somebody else just did. Costs one write unit a key and hour.

        Args:
            last_noted: what was noted last, an instant as text or NEVER, as the authorizer saw it up to 60 s ago.
        """
        now = self._core.now()
        if key_id in self._noted and now - self._noted[key_id] < LAST_USE_PRECISION:
            return
        if len(self._noted) >= _REMEMBERED:
            self._noted.clear()
        self._noted[key_id] = now
        before = None if last_noted == NEVER else parse_instant(last_noted)
        # Not a new revision: a use is no reason to refuse somebody's If-Match.
        change = Change(ApiKey, _key(key_id), set={"last_used_at": now}, equal={"last_used_at": before})
        try:
            self._core.store.write(change)
        except (RefusedError, ClientError, BotoCoreError):
            return  # Noted by another process, or not at all: no reason to fail the request.


def _later(instant: datetime, span: timedelta) -> datetime:
    """An instant later, or the last that there is."""
    return instant + span if instant < _LAST - span else _LAST


def _key(key_id: str) -> Key:
    return key("ApiKey", id=key_id)
