"""When to stop: the rule of the service, and what is done elsewhere."""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Final

from retention.experiments.inference import Arm, difference

#: What the service asks for unless told otherwise (experiments/model).
CONFIDENCE: Final = 0.95
HORIZON: Final = 20_000
MINIMUM: Final = 200

#: Recipients of each variant that the rules of the textbook wait for, as whoever uses them is told to.
PATIENT: Final = 500

#: The variant that a rule names the winner; None: it goes on.
Rule = Callable[[Arm, Arm], str | None]


def confidence_sequence(a: Arm, b: Arm) -> str | None:
    """Ours."""
    if min(a.recipients, b.recipients) < MINIMUM:
        return None
    return difference(a, b, alpha=1 - CONFIDENCE, horizon=HORIZON).better


def chi_square(a: Arm, b: Arm) -> str | None:
    """Pearson's chi-square test at 95 %, made for one look: 3.841 at one degree of freedom."""
    return _beyond(a, b, sqrt(3.841459))


def ninety(a: Arm, b: Arm) -> str | None:
    """A winner as soon as one variant is "90 % likely to be better": |Z| beyond 1.2816."""
    return _beyond(a, b, 1.281552)


def _beyond(a: Arm, b: Arm, bound: float) -> str | None:
    if a.recipients < PATIENT:
        return None
    pooled = (a.conversions + b.conversions) / (a.recipients + b.recipients)
    spread = sqrt(pooled * (1 - pooled) * (1 / a.recipients + 1 / b.recipients))
    distance = b.rate - a.rate
    if abs(distance) <= bound * spread:
        return None
    return "B" if distance > 0 else "A"


RULES: Final[Mapping[str, Rule]] = {
    "confidence sequence, 95 %": confidence_sequence,
    "repeated chi-square, 95 %": chi_square,
    "naive rule, 90 %": ninety,
}
