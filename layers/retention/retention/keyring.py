"""The keys that everything secret is derived from: one retained root secret, one key for each purpose.

Source: RFC 5869 (HKDF), with HMAC-SHA-256 and outputs of one block.
"""

import hmac
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Literal

#: `suppression` must never change, or erased people could be contacted again.
Purpose = Literal["cursors", "api-keys", "suppression", "links", "forms"]


class Keyring:
    """Derives a key of 32 bytes for each purpose from the root secret, which is read when it is first needed."""

    def __init__(self, root_secret: Callable[[], str]) -> None:
        self._read = root_secret
        self._keys: dict[Purpose, bytes] = {}

    @cached_property
    def _extracted(self) -> bytes:
        return hmac.digest(b"retention-center", self._read().encode(), sha256)

    def key(self, purpose: Purpose) -> bytes:
        """The key for a purpose."""
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._extracted, purpose.encode() + b"\x01", sha256)
        return self._keys[purpose]

    def keyed_hash(self, purpose: Purpose, text: str) -> str:
        """A hash of a text that nobody without the root secret can compute: 160 bits in hexadecimal."""
        return hmac.digest(self.key(purpose), text.encode(), sha256).hex()[:40]
