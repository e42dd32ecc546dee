"""The keys that everything secret is derived from: one retained root secret, one key for each purpose.

Source: RFC 5869 (HKDF), with HMAC-SHA-256 and outputs of one block.
"""

import hmac
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Literal

#: `suppression` must never change, or erased people could be contacted again. It may be another stack's: the one under
#: which the suppressions were made that this stack took over when it was empty (suppressions/adopting).
Purpose = Literal["cursors", "api-keys", "suppression", "links", "forms"]


class Keyring:
    """Derives a key of 32 bytes for each purpose from the root secret, which is read when it is first needed.

    Args:
        root_secret: reads the root secret.
        adopted: the suppression key that was taken over from another stack; None where there is none.
    """

    def __init__(self, root_secret: Callable[[], str], adopted: Callable[[], bytes | None] = lambda: None) -> None:
        self._read = root_secret
        self._adopted = adopted
        self._keys: dict[Purpose, bytes] = {}

    @cached_property
    def _extracted(self) -> bytes:
        return hmac.digest(b"retention-center", self._read().encode(), sha256)

    def key(self, purpose: Purpose) -> bytes:
        """The key for a purpose.

        Raises:
            SecretStoreError: for `suppression` only: whether a key was taken over cannot be found out.
        """
        if purpose == "suppression" and (adopted := self._adopted()) is not None:
            return adopted
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._extracted, purpose.encode() + b"\x01", sha256)
        return self._keys[purpose]

    def keyed_hash(self, purpose: Purpose, text: str) -> str:
        """A hash of a text that nobody without the root secret can compute: 160 bits in hexadecimal."""
        return keyed_hash(self.key(purpose), text)


def keyed_hash(key: bytes, text: str) -> str:
    """A hash of a text that nobody without the key can compute: 160 bits in hexadecimal."""
    return hmac.digest(key, text.encode(), sha256).hex()[:40]
