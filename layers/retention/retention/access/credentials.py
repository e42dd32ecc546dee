"""How an API key is written, `rk_<id>_<secret>`, and what of it is kept: a hash, useless without the root secret."""

import hmac
import re
from typing import Final, NamedTuple

from retention.keyring import Keyring

#: Every key starts with this, so that scanners for leaked secrets can know it.
PREFIX: Final = "rk_"
#: The id of the key that a deployment is born with.
BOOTSTRAP_ID: Final = "bootstrap"

_WRITTEN: Final = re.compile(r"rk_([a-z0-9]{1,40})_([A-Za-z0-9]{32,100})")


class Credential(NamedTuple):
    """A key as its holder presents it."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.id})"


def parse(text: str) -> Credential | None:
    """Take a key apart; None when it is not written like one."""
    match = _WRITTEN.fullmatch(text)
    return None if match is None else Credential(match[1], match[2])


def write(credential: Credential) -> str:
    """The key as its holder will present it."""
    return f"{PREFIX}{credential.id}_{credential.secret}"


def hashed(keyring: Keyring, credential: Credential) -> str:
    """What is kept of a key. It covers the id, so that a hash is good for its own item only."""
    return keyring.keyed_hash("api-keys", write(credential))


def same(one: str, other: str) -> bool:
    """Whether two secrets or hashes are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())
