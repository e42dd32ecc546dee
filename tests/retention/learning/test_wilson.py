"""Wilson's interval, against published values and another way to find it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.learning.wilson import Z, confidence, interval, rate

#: Source: R. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven methods",
#: Statistics in Medicine 17 (1998), table I, method 3 (the score method without continuity correction).
PUBLISHED = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0, 0.1611),
    (1, 29): (0.0061, 0.1718),
}


@pytest.mark.parametrize(("seen", "expected"), PUBLISHED.items())
def test_it_has_the_published_ends(seen: tuple[int, int], expected: tuple[float, float]) -> None:
    assert tuple(round(end, 4) for end in interval(*seen)) == expected


def by_halving(successes: int, samples: int, *, low: bool) -> float:
    """An end of the interval by its meaning: the rate at which what was seen is 1.96 standard errors away."""
    seen = successes / samples
    inside, outside = seen, 0.0 if low else 1.0
    for _ in range(100):
        rate = (inside + outside) / 2
        distance = abs(seen - rate)
        if distance <= Z * (rate * (1 - rate) / samples) ** 0.5:
            inside = rate
        else:
            outside = rate
    return inside


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_the_rates_that_what_was_seen_just_does_not_refute(seen: tuple[int, int]) -> None:
    found = interval(*seen)

    assert found.low == pytest.approx(by_halving(*seen, low=True), abs=1e-9)
    assert found.high == pytest.approx(by_halving(*seen, low=False), abs=1e-9)
    assert 0 <= found.low <= seen[0] / seen[1] <= found.high <= 1
    assert 0 <= confidence(*seen) <= 1
    assert rate(*seen) == round(Decimal(seen[0]) / seen[1], 4)


def test_without_samples_nothing_is_known() -> None:
    assert tuple(interval(0, 0)) == (0, 1)
    assert rate(0, 0) == confidence(0, 0) == 0


def test_confidence_grows_with_the_samples() -> None:
    grown = [confidence(n * 3 // 100, n) for n in (100, 400, 1600, 6400)]

    assert grown == [Decimal(text) for text in ("0.9257", "0.9655", "0.9832", "0.9916")]


@pytest.mark.parametrize("seen", [(2, 1), (-1, 1)])
def test_more_than_all_is_refused(seen: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="of 1"):
        interval(*seen)
