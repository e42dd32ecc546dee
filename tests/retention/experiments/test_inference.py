"""The confidence sequence and the check of the split, against other derivations of both."""

from fractions import Fraction
from itertools import pairwise
from math import exp, factorial, inf, log, pi, sqrt

import pytest

from retention.experiments.inference import (
    FEWEST,
    SPLIT_ALPHA,
    Arm,
    critical,
    difference,
    is_split_evenly,
    recipients_needed,
)

HORIZON = 20_000


def mixture(z: float, t: float, precision: float) -> float:
    """The likelihood ratio of "some drift" against "none", averaged over normal drifts: integrated step by step.

    A sum S of t standard normal steps with drift m has the likelihood ratio exp(m S - m^2 t / 2).
    """
    s, steps, most = z * sqrt(t), 2_000, 12.0
    scale = 1 / sqrt(precision + t)
    middle = s / (precision + t)
    total = 0.0
    for step in range(steps + 1):
        m = middle + scale * most * (2 * step / steps - 1)
        weight = 0.5 if step in (0, steps) else 1.0
        total += weight * exp(m * s - m * m * t / 2 - precision * m * m / 2)
    return total * (2 * most * scale / steps) * sqrt(precision / (2 * pi))


@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.001])
@pytest.mark.parametrize("t", [37, 20_000, 500_000])
def test_on_the_boundary_the_mixture_is_just_as_large_as_ville_allows(alpha: float, t: float) -> None:
    # Ville: a likelihood ratio averaged so exceeds 1/alpha at any time with probability alpha at most.
    precision = HORIZON / lowest(alpha)

    assert mixture(critical(t, alpha=alpha, horizon=HORIZON), t, precision) == pytest.approx(1 / alpha, rel=1e-6)


def lowest(alpha: float) -> float:
    """t by precision where the boundary is lowest, found by closing in on it from both sides."""

    def squared(x: float) -> float:
        return (1 + 1 / x) * (log(1 + x) - 2 * log(alpha))

    low, high = 1.0, 40.0
    for _ in range(80):
        third = (high - low) / 3
        low, high = (low, high - third) if squared(low + third) < squared(high - third) else (low + third, high)
    return low


def test_it_is_stricter_than_one_look_at_every_place_and_tightest_at_the_horizon() -> None:
    places = [10, 100, 1_000, 5_000, 10_000, 20_000]
    widths = [critical(t, alpha=0.05, horizon=HORIZON) for t in places]

    assert all(before > after for before, after in pairwise(widths))
    assert widths[-1] == pytest.approx(3.03, abs=0.01)
    assert critical(40_000, alpha=0.05, horizon=HORIZON) > widths[-1]
    assert critical(0, alpha=0.05, horizon=HORIZON) == inf


def test_a_difference_has_a_direction() -> None:
    low, high = Arm(10_000, 300), Arm(10_000, 500)

    better = difference(low, high, alpha=0.05, horizon=HORIZON)
    worse = difference(high, low, alpha=0.05, horizon=HORIZON)

    assert (better.better, worse.better) == ("B", "A")
    assert better.estimate == pytest.approx(0.02)
    assert (worse.estimate, worse.low, worse.high) == pytest.approx((-better.estimate, -better.high, -better.low))
    assert 0 < better.low < better.estimate < better.high


def test_more_confidence_makes_a_wider_interval() -> None:
    arms = Arm(10_000, 300), Arm(10_000, 500)
    widths = [
        (found := difference(*arms, alpha=alpha, horizon=HORIZON)).high - found.low for alpha in (0.5, 0.05, 0.0001)
    ]

    assert widths == sorted(widths)


@pytest.mark.parametrize(
    "arms",
    [
        (Arm(0, 0), Arm(0, 0)),
        (Arm(0, 0), Arm(1_000, 500)),
        (Arm(1_000, 0), Arm(1_000, 500)),
        (Arm(1_000, FEWEST - 1), Arm(1_000, 500)),
        (Arm(1_000, 1_000), Arm(1_000, 500)),
    ],
)
def test_where_a_rate_is_not_known_yet_nothing_is_decided(arms: tuple[Arm, Arm]) -> None:
    for a, b in (arms, arms[::-1]):
        assert difference(a, b, alpha=0.05, horizon=HORIZON)[1:] == (-1.0, 1.0)


def test_huge_numbers_are_no_matter() -> None:
    huge = 2**53
    found = difference(Arm(huge, huge // 3), Arm(huge, huge // 2), alpha=0.05, horizon=10_000_000)

    assert found.better == "B"
    assert is_split_evenly(huge, huge) is True
    assert is_split_evenly(huge, huge // 2) is False


# --- how many more -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [(30, 39), (300, 390), (50, 100), (400, 500)])
def test_as_many_as_are_said_to_be_needed_decide_it_and_one_fewer_do_not(a: int, b: int) -> None:
    arms = Arm(1_000 if a < 300 else 10_000, a), Arm(1_000 if a < 300 else 10_000, b)
    needed = recipients_needed(*arms, alpha=0.05, horizon=HORIZON)

    def at(n: int) -> float:
        """By how many widths of the boundary the same rates differ at n recipients."""
        p, q = arms[0].rate, arms[1].rate
        z = abs(p - q) / sqrt((p * (1 - p) + q * (1 - q)) / n)
        return z / critical(n, alpha=0.05, horizon=HORIZON)

    assert needed < HORIZON
    assert at(needed) > 1
    assert at(needed - 1) <= 1 or min(arms[0].rate, arms[1].rate) * (needed - 1) < FEWEST


def test_what_will_not_be_decided_takes_the_whole_horizon() -> None:
    for arms in [(Arm(0, 0), Arm(0, 0)), (Arm(500, 15), Arm(500, 15)), (Arm(500, 0), Arm(500, 10))]:
        assert recipients_needed(*arms, alpha=0.05, horizon=HORIZON) == HORIZON


# --- the split -----------------------------------------------------------------------------------------------------


def evidence(a: int, b: int) -> Fraction:
    """The same Bayes factor exactly: the share integrated out, against a fair coin."""
    return Fraction(factorial(a) * factorial(b) << (a + b), factorial(a + b + 1))


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (12, 0), (13, 0), (14, 0), (60, 40), (100, 180), (700, 900)])
def test_a_split_is_uneven_when_its_evidence_reaches_the_bound(a: int, b: int) -> None:
    for one, other in ((a, b), (b, a)):
        assert is_split_evenly(one, other) is (evidence(one, other) < 1 / Fraction(str(SPLIT_ALPHA)))


def test_a_fair_coin_is_hardly_ever_called_unfair_at_whatever_look() -> None:
    # By the exact probabilities of 200 flips: the chance ever to be called unfair.
    alive, caught = {0: 1.0}, 0.0
    for flips in range(1, 201):
        following: dict[int, float] = {}
        for heads, chance in alive.items():
            for now in (heads, heads + 1):
                following[now] = following.get(now, 0.0) + chance / 2
        caught += sum(chance for heads, chance in following.items() if not is_split_evenly(heads, flips - heads))
        alive = {heads: chance for heads, chance in following.items() if is_split_evenly(heads, flips - heads)}

    assert 0 < caught <= SPLIT_ALPHA
