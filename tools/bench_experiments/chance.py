"""Conversions by chance: binomial numbers from a table, so that a million of them take a second."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from math import comb
from random import Random


def conversions(of: int, rate: float, random: Random) -> Callable[[], int]:
    """Draws how many of so many recipients convert at a rate."""
    chances = [comb(of, count) * rate**count * (1 - rate) ** (of - count) for count in range(of + 1)]
    below = list(accumulate(chances))
    # What the sum lacks to 1 by rounding would be drawn as a count too many.
    below[-1] = 1.0
    draw = random.random

    def drawn() -> int:
        return bisect_left(below, draw())

    return drawn
