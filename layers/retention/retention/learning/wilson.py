"""The interval of a share: how far the rate that was seen may be from the true one.

    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)        p = successes / n, z = 1.96 for 95 %

It holds for few samples and for rates near 0, where the textbook's p ± z √(p(1 - p)/n) does not: that one calls a rate
of 0 out of 20 certain.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Amer. Statist. Assoc.
22 (1927); L. Brown, T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16
(2001), who recommend it.
"""

from decimal import Decimal
from math import sqrt
from typing import Final, NamedTuple

#: The 97.5th percentile of the normal distribution: two sides of 2.5 % make 95 %.
Z: Final = 1.959963984540054
_FOUR_DECIMALS: Final = Decimal("0.0001")


class Interval(NamedTuple):
    """Between which rates the true one lies, with 95 % certainty."""

    low: float
    high: float


def interval(successes: int, samples: int) -> Interval:
    """The interval of a share. Without samples it is everything, 0 to 1.

    Raises:
        ValueError: more successes than samples, or fewer than none.
    """
    if not 0 <= successes <= samples:
        raise ValueError(f"{successes} of {samples}")
    if samples == 0:
        return Interval(0.0, 1.0)
    rate, squared = successes / samples, Z * Z / samples
    middle = rate + squared / 2
    reach = sqrt(squared * (rate * (1 - rate) + squared / 4))
    low = 0.0 if successes == 0 else (middle - reach) / (1 + squared)
    high = 1.0 if successes == samples else (middle + reach) / (1 + squared)
    return Interval(low, high)


def confidence(successes: int, samples: int) -> Decimal:
    """How closely a rate is known, to four decimals: 1 less the width of its interval.

    0 without samples; 0.95 where the true rate lies within five percentage points in all; towards 1 with more.
    """
    low, high = interval(successes, samples)
    return Decimal(1 - (high - low)).quantize(_FOUR_DECIMALS)


def rate(successes: int, samples: int) -> Decimal:
    """A share to four decimals; 0 without samples."""
    return (Decimal(successes) / samples).quantize(_FOUR_DECIMALS) if samples else Decimal(0)
