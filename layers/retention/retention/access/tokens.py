"""Checking the tokens (JWT) of the one issuer that a team trusts.

Source: RFC 7519 (claims), RFC 8725 (an allow-list of algorithms, the audience always checked).
"""

import math
from typing import Any, Final

import jwt

from retention.access.caller import Accepted, Refused
from retention.access.issuer import ALGORITHMS, IssuerKeys
from retention.access.scopes import known
from retention.clock import Clock

#: How far the clocks of issuer and service may be apart, in seconds.
LEEWAY: Final = 60
#: Longest subject that is taken. Source: OpenID Connect Core 1.0, section 2 (`sub`).
MAX_SUBJECT: Final = 255

_NOT_VALID: Final = Refused("This token is not valid.")


class Tokens:
    """Checks signature, issuer, audience and time, and reads the scopes.

    Args:
        scopes_claim: the claim that holds the scopes, as a list or as one text with spaces.
    """

    def __init__(self, issuer: str, audience: str, scopes_claim: str, keys: IssuerKeys, clock: Clock) -> None:
        if not issuer or not audience:
            raise ValueError("JWT_ISSUER and JWT_AUDIENCE are needed where tokens are accepted.")
        self._issuer = issuer
        self._audience = audience
        self._scopes_claim = scopes_claim
        self._keys = keys
        self._clock = clock

    def verify(self, token: str) -> Accepted | Refused:
        """Whose token this is. The caller's id is `token:` and the subject.

        Raises:
            IssuerUnavailableError: the issuer's public keys could not be had.
        """
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return _NOT_VALID
        if header.get("alg") not in ALGORITHMS:
            return Refused(f"This token is not signed with {' or '.join(ALGORITHMS)}.")
        key = self._keys.find(header.get("kid"))
        if key is None:
            return Refused("This token is signed with a key that its issuer does not publish.")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                # Times are checked below, by our own clock.
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidIssuerError:
            return Refused("This token is from another issuer.")
        except jwt.InvalidAudienceError:
            return Refused("This token is for another audience.")
        except jwt.MissingRequiredClaimError as error:
            return Refused(f"This token lacks the claim {error.claim}.")
        except jwt.PyJWTError:
            return _NOT_VALID
        return self._wrong_time(claims) or self._caller(claims)

    def _wrong_time(self, claims: dict[str, Any]) -> Refused | None:
        now = self._clock.now().timestamp()
        ends, begins = claims["exp"], claims.get("nbf", 0)
        if not _is_time(ends) or not _is_time(begins):
            return _NOT_VALID
        if now >= ends + LEEWAY:
            return Refused("This token has expired.")
        if now < begins - LEEWAY:
            return Refused("This token is not valid yet.")
        return None

    def _caller(self, claims: dict[str, Any]) -> Accepted | Refused:
        subject = claims["sub"]
        if not 1 <= len(subject) <= MAX_SUBJECT:
            return _NOT_VALID
        given = claims.get(self._scopes_claim)
        words = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        return Accepted(f"token:{subject}", known(words))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
