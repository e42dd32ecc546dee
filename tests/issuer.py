"""A token issuer with real keys: what it publishes, and tokens that it signs. Only the wire is left out."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.start import START

ISSUER = "https://login.example.com/tenant/"
AUDIENCE = "retention-center"

#: Made once: an RSA key takes a while.
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def published(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    """A public key as a key set shows it."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    shown: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return {**shown, "use": "sig", **({"kid": kid} if kid else {}), **more}


@dataclass
class Issuer:
    """What the issuer's web server gives out; `down` makes it unreachable."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [published(RSA_KEY, "one"), published(EC_KEY, "two")])
    configuration: dict[str, Any] = field(
        default_factory=lambda: {"issuer": ISSUER, "jwks_uri": "https://login.example.com/keys"}
    )
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, seconds: float) -> bytes:
        """A document of the issuer."""
        assert 0 < seconds <= 3
        self.asked.append(url)
        if self.down:
            raise TimeoutError("no answer")
        if url == "https://login.example.com/tenant/.well-known/openid-configuration":
            return json.dumps(self.configuration).encode()
        if url == "https://login.example.com/keys":
            return json.dumps({"keys": self.keys}).encode()
        raise OSError(f"404 {url}")


def token(
    key: Any = RSA_KEY, kid: str | None = "one", algorithm: str = "RS256", without: str | None = None, **claims: Any
) -> str:
    """A token that is good for an hour from the start of the tests, unless told otherwise."""
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "service-7",
        "exp": (START + timedelta(hours=1)).timestamp(),
        "scope": "openid leads:read",
        **claims,
    }
    body = {name: value for name, value in body.items() if name != without}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid} if kid else None)
