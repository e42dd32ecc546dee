"""What can become of an event that came in."""

from typing import NamedTuple


class Applied(NamedTuple):
    """It had its effect, in one transaction with its claim."""

    #: What it changed, in a word for logs and metrics: delivered, replied, conversion ...
    what: str


class Ignored(NamedTuple):
    """It has no effect: a copy, something that is known already, or about somebody who is gone. Nothing was written."""

    why: str


class Later(NamedTuple):
    """It cannot be applied yet, and comes again."""

    why: str
    #: Seconds of the machine until then; None: as the number of tries says.
    seconds: float | None = None


class Hopeless(NamedTuple):
    """It can never be applied as things are: somebody has to look at it. It is kept with this cause, to be replayed."""

    why: str


Outcome = Applied | Ignored | Later | Hopeless
#: A second copy of an event whose effect is there.
DUPLICATE = Ignored("duplicate")
