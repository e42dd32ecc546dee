"""Which variant converts better? An answer that may be looked at at any time, as often as anybody likes.

A 95 % interval of the textbook is right for one look; looked at again and again it names false winners in most tests
that have none. A confidence sequence is a sequence of intervals that hold all at once: with the probability asked for,
none of them, at any look, leaves out the true difference. So a test ends at the first look whose interval leaves out 0,
and nothing has to be planned or paid for.

The difference of two rates, by its standard error, is compared with Robbins' normal mixture:

    |Z| > sqrt((1 + r/t) (ln(1 + t/r) - 2 ln alpha))

where t is the number of recipients (of arms of equal size; the harmonic mean otherwise) and r fixes at which t the
sequence is tightest: at the horizon, where one look would need |Z| > 1.96 and this needs 3.03.

Source: H. Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970);
S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann.
Statist. 49 (2021), proposition 5 and section 3.5; I. Waudby-Smith et al., "Time-uniform central limit theory and
asymptotic confidence sequences", Ann. Statist. 52 (2024), theorem 2.2. Split of recipients: M. Lindon, A. Malek,
"Anytime-valid inference for multinomial count data", NeurIPS 2022.
"""

from functools import cache
from math import exp, inf, lgamma, log, sqrt
from typing import Final, NamedTuple

from retention.experiments.variants import Variant

#: Below so many conversions or non-conversions in an arm its rate is no normal variable yet, and nothing is decided.
FEWEST: Final = 10
#: How certain a skewed split must be before it is called one: a test is spoiled by it, so hardly ever without cause.
SPLIT_ALPHA: Final = 0.001


class Arm(NamedTuple):
    """What one variant has come to."""

    recipients: int
    #: Recipients that converted.
    conversions: int

    @property
    def rate(self) -> float:
        """The share that converted."""
        return self.conversions / self.recipients if self.recipients else 0.0


class Difference(NamedTuple):
    """How much better B converts than A: the estimate, and an interval that holds at every look at once."""

    estimate: float
    low: float
    high: float

    @property
    def better(self) -> Variant | None:
        """The variant that converts better for certain; None while that is open."""
        return "B" if self.low > 0 else "A" if self.high < 0 else None


def critical(t: float, *, alpha: float, horizon: int) -> float:
    """The |Z| beyond which a difference is one, at t recipients of an arm.

    Args:
        alpha: probability of a false winner, over all looks together.
        horizon: recipients of an arm at which the sequence is to be tightest.
    """
    if t <= 0:
        return inf
    r = horizon / _tightest(alpha)
    return sqrt((1 + r / t) * (log(1 + t / r) - 2 * log(alpha)))


@cache
def _tightest(alpha: float) -> float:
    """t/r at which the boundary is lowest: where ln(1 + x) - 2 ln alpha = x. Source: Howard et al., section 3.5."""
    x = -2 * log(alpha)
    for _ in range(60):
        x = log(1 + x) - 2 * log(alpha)
    return x


def difference(a: Arm, b: Arm, *, alpha: float, horizon: int) -> Difference:
    """The confidence sequence of rate B minus rate A at this look."""
    estimate = b.rate - a.rate
    if min(*_cells(a), *_cells(b)) < FEWEST:
        return Difference(estimate, -1.0, 1.0)
    variance = sum(arm.rate * (1 - arm.rate) / arm.recipients for arm in (a, b))
    t = 2 / (1 / a.recipients + 1 / b.recipients)
    radius = critical(t, alpha=alpha, horizon=horizon) * sqrt(variance)
    return Difference(estimate, max(-1.0, estimate - radius), min(1.0, estimate + radius))


def recipients_needed(a: Arm, b: Arm, *, alpha: float, horizon: int) -> int:
    """How many recipients of each variant a decision takes, if the rates are what they seem; the horizon at most."""
    estimate, variance = abs(b.rate - a.rate), sum(arm.rate * (1 - arm.rate) for arm in (a, b))
    rarest = min(min(arm.rate, 1 - arm.rate) for arm in (a, b))

    def is_enough(t: int) -> bool:
        return rarest * t >= FEWEST and estimate * sqrt(t) > critical(t, alpha=alpha, horizon=horizon) * sqrt(variance)

    low, high = 1, horizon
    if not is_enough(horizon):
        return horizon
    # The boundary falls up to the horizon while the evidence grows, so there is one place where they meet.
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low


def _cells(arm: Arm) -> tuple[int, int]:
    return arm.conversions, arm.recipients - arm.conversions


def is_split_evenly(a: int, b: int) -> bool:
    """Whether two variants were given to as many recipients as a fair coin would give them, at this and every look.

    False says that something keeps recipients of one variant from being counted: the test proves nothing then.
    """
    # The Bayes factor of "any share" against "one half": at most 1/alpha for ever, with probability 1 - alpha.
    evidence = lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 2) + (a + b) * log(2)
    return exp(min(evidence, 700.0)) < 1 / SPLIT_ALPHA
