"""What a template must not go without: a link that leads nowhere is worse than no message."""

from dataclasses import dataclass


class CannotFillError(Exception):
    """Something that a template needs cannot be had; says why, in a sentence."""


@dataclass(frozen=True)
class Unavailable:
    """Stands among the values for one that cannot be had. To write it out fails; `default` and `if` pass it by."""

    why: str
