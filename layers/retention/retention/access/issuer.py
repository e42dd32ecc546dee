"""The public keys of a token issuer, found by its OpenID configuration and kept for a while.

Source: OpenID Connect Discovery 1.0, section 4; RFC 7517 (JWK sets).
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

from retention.clock import Clock

#: Signatures that are accepted: asymmetric ones only, so that no public key can be taken for a shared secret.
ALGORITHMS: Final = ("RS256", "ES256")
#: How long keys are used before they are asked for again.
LIFETIME: Final = timedelta(minutes=10)
#: How long they are used when the issuer does not answer.
LIFETIME_AT_MOST: Final = timedelta(hours=1)
#: Shortest time between two requests for a key that is not among those we have: strangers must not make us ask.
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
#: Time that both requests to the issuer may take together.
PATIENCE: Final = timedelta(seconds=3)
#: Largest document that is read, in bytes.
MAX_DOCUMENT: Final = 256 * 1024

#: Reads the document at an https address within so many seconds; raises OSError when it cannot be had.
Fetch = Callable[[str, float], bytes]


class IssuerUnavailableError(Exception):
    """The token issuer does not publish its keys as it should: no token can be checked. No caller hears of it."""


def https_get(url: str, seconds: float) -> bytes:
    """Read a document over https; redirects are not followed.

    Raises:
        OSError: it cannot be had.
    """
    # Needed by teams with an issuer only, and then once in ten minutes.
    from http.client import HTTPException
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    if not url.startswith("https://"):
        raise OSError("not https")
    request = Request(url, headers={"Accept": "application/json"})
    try:
        with build_opener(Stay).open(request, timeout=seconds) as answer:
            document: bytes = answer.read(MAX_DOCUMENT + 1)
    except HTTPException as error:
        raise OSError("not HTTP") from error
    if len(document) > MAX_DOCUMENT:
        raise OSError("too large")
    return document


class IssuerKeys:
    """The keys that an issuer signs with."""

    def __init__(self, issuer: str, clock: Clock, fetch: Fetch = https_get) -> None:
        self._issuer = issuer
        self._clock = clock
        self._fetch = fetch
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._read_at: datetime | None = None
        self._asked_at: datetime | None = None

    def find(self, kid: str | None) -> jwt.PyJWK | None:
        """The key with an id; without an id, the only key there is. None when there is no such key.

        Raises:
            IssuerUnavailableError: the keys cannot be had, nor are there any of the last hour.
        """
        now = self._clock.now()
        fresh = self._read_at is not None and now - self._read_at < LIFETIME
        asked_lately = self._asked_at is not None and now - self._asked_at < ASK_AGAIN_AFTER
        usable = self._read_at is not None and now - self._read_at < LIFETIME_AT_MOST
        if not usable or (not asked_lately and not (fresh and self._known(kid))):
            self._refresh(now, usable)
        return self._known(kid)

    def _known(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _refresh(self, now: datetime, usable: bool) -> None:
        self._asked_at = now
        try:
            self._keys = self._read(now + PATIENCE)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if not usable:
                raise IssuerUnavailableError from error
        else:
            self._read_at = now

    def _read(self, deadline: datetime) -> dict[str | None, jwt.PyJWK]:
        configuration = self._document(self._issuer.rstrip("/") + "/.well-known/openid-configuration", deadline)
        if configuration["issuer"] != self._issuer:
            raise ValueError("a configuration of another issuer")
        published = self._document(configuration["jwks_uri"], deadline)["keys"]
        keys = {entry.get("kid"): key for entry in published if (key := _signing_key(entry)) is not None}
        if not keys:
            raise ValueError("no key that we could use")
        return keys

    def _document(self, url: str, deadline: datetime) -> Any:
        left = (deadline - self._clock.now()).total_seconds()
        if left <= 0:
            raise TimeoutError
        if not url.startswith("https://"):
            raise ValueError("an address that is not https")
        return json.loads(self._fetch(url, left))


def _signing_key(entry: Any) -> jwt.PyJWK | None:
    """A published key, if it is one that signs in a way that we accept. A key that makes no sense harms no other."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    if not isinstance(entry.get("kid"), str | None):
        return None
    try:
        key = jwt.PyJWK(entry)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    return key if key.algorithm_name in ALGORITHMS else None
