"""From an Authorization header to a caller, or to a reason to refuse."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from retention.access import credentials
from retention.access.caller import NEVER, Accepted, Refused
from retention.access.credentials import BOOTSTRAP_ID, PREFIX, Credential
from retention.access.model import ApiKey, BootstrapRetirement
from retention.access.scopes import ADMIN
from retention.clock import Clock
from retention.errors import SecretStoreError
from retention.jsontext import format_instant
from retention.keyring import Keyring
from retention.table.keys import key
from retention.table.store import Store

if TYPE_CHECKING:
    from retention.access.tokens import Tokens

#: Longest header that is looked at, in characters; the gateway lets about 10,000 pass.
MAX_HEADER: Final = 8192

_HOW: Final = "Send Authorization: Bearer followed by"
#: Said alike of a malformed key, an unknown one and one with a wrong secret: there is no difference to learn from.
_UNKNOWN: Final = Refused("This API key is not known.")


class Verifier:
    """Checks credentials. What it cannot check because a store is down it raises: no one is let in on a guess.

    Args:
        bootstrap_document: reads {"id": "bootstrap", "secret": "..."}; None where there is no bootstrap key.
        tokens: checks the tokens of the trusted issuer; None where tokens are not accepted.
        keys: whether API keys are accepted.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keyring: Keyring,
        *,
        bootstrap_document: Callable[[], str] | None,
        tokens: "Tokens | None" = None,
        keys: bool = True,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keyring = keyring
        self._bootstrap_document = bootstrap_document
        self._tokens = tokens
        self._keys = keys

    def verify(self, header: str | None) -> Accepted | Refused:
        """Who an Authorization header belongs to.

        Raises:
            SecretStoreError, IssuerUnavailableError: it could not be checked.
        """
        scheme, _, given = (header or "").strip().partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given or len(given) > MAX_HEADER:
            return Refused(f"{_HOW} {self._what_is_accepted()}.")
        if given.startswith(PREFIX):
            return self._key(given) if self._keys else Refused("API keys are not accepted here, only tokens.")
        if self._tokens is None:
            return Refused(f"This is no API key. {_HOW} {self._what_is_accepted()}.")
        return self._tokens.verify(given)

    def _what_is_accepted(self) -> str:
        accepted = ["an API key, rk_<id>_<secret>"] if self._keys else []
        accepted += ["a token of the configured issuer"] if self._tokens else []
        return ", or ".join(accepted)

    def _key(self, given: str) -> Accepted | Refused:
        credential = credentials.parse(given)
        if credential is None:
            return _UNKNOWN
        if credential.id == BOOTSTRAP_ID:
            return self._bootstrap(credential)
        found = self._store.find(ApiKey, key("ApiKey", id=credential.id))
        if found is None or not credentials.same(found.hash, credentials.hashed(self._keyring, credential)):
            return _UNKNOWN
        if found.revoked_at is not None:
            return Refused("This API key was revoked.")
        now = self._clock.now()
        if not found.is_live(now):
            return Refused("This API key has expired.")
        if not found.is_use_worth_noting(now):
            return Accepted(found.id, tuple(found.scopes))
        noted = NEVER if found.last_used_at is None else format_instant(found.last_used_at)
        return Accepted(found.id, tuple(found.scopes), noted)

    def _bootstrap(self, credential: Credential) -> Accepted | Refused:
        if self._bootstrap_document is None or not credentials.same(self._bootstrap_secret(), credential.secret):
            return _UNKNOWN
        if self._store.find(BootstrapRetirement, key("BootstrapRetirement")) is not None:
            return Refused("The bootstrap key was retired when an admin key was made: use an admin key.")
        return Accepted(BOOTSTRAP_ID, (ADMIN,))

    def _bootstrap_secret(self) -> str:
        assert self._bootstrap_document is not None
        try:
            secret = json.loads(self._bootstrap_document())["secret"]
        except (ValueError, KeyError, TypeError):
            secret = None
        if not isinstance(secret, str) or not secret:
            raise SecretStoreError("The bootstrap key's secret does not hold a key.")
        return secret
