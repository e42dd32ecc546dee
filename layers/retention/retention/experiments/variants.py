"""Which variant of a test a lead is given: by a hash, so the same for ever, and independent of every other test."""

from hashlib import sha256
from typing import Final, Literal, NamedTuple, Self

Variant = Literal["A", "B"]
#: Ends the id of a test in the name of a part. Never part of an id.
_MARK: Final = ":"


def variant_for(test_id: str, lead_id: str) -> Variant:
    """The variant of a test that a lead is given, each with probability one half.

    A lead is given the same one at every step, by every process, after every pause. Two tests share nothing, since the
    id of the test is hashed, too: those who got A in one are split evenly by the next.
    """
    # A length before the first part: no two pairs can be written alike.
    digest = sha256(f"{len(test_id)}{_MARK}{test_id}{lead_id}".encode()).digest()
    return "B" if digest[0] & 1 else "A"


class Part(NamedTuple):
    """One variant of one test: what a contact was made for."""

    test_id: str
    variant: Variant

    def __str__(self) -> str:
        return f"{self.test_id}{_MARK}{self.variant}"

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """From its text; None for none."""
        test_id, _, variant = (text or "").rpartition(_MARK)
        if not test_id:
            return None
        return cls(test_id, "B" if variant == "B" else "A")
