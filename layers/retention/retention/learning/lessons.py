"""What the rules have to become, so that they say what was seen: pure.

A rule is set up for a value once it has samples enough; a rule that is there has its figures changed, whoever set it
up. Of the words of a channel only so many have a rule, those with the most samples; learned rules beyond are taken
away. Rules of hours and weekdays stay, and so does every rule that a team has set up.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from retention.conversions.model import ConversionRule
from retention.learning.samples import METRICS, WORD, Sample, Samples, Value
from retention.learning.wilson import confidence, rate
from retention.learning.words import is_worth_learning

#: Samples that a value has before a rule is set up for it: below, an interval is a fifth wide even at a rate of 5 %.
FEWEST: Final = 30
#: Words of a channel that have a learned rule.
MOST_WORDS: Final = 500


class Figures(NamedTuple):
    """What is computed of a rule."""

    conversion_rate: Decimal
    sample_size: int
    confidence: Decimal


class Lessons(NamedTuple):
    """What is to be done to the rules. Nothing, once it was."""

    new: Sequence[Value]
    changed: Sequence[ConversionRule]
    superfluous: Sequence[ConversionRule]


def figures_of(sample: Sample) -> Figures:
    """The figures of a rule whose value was seen so."""
    return Figures(rate(sample.converted, sample.sends), sample.sends, confidence(sample.converted, sample.sends))


def figures_for(rule: ConversionRule, samples: Samples) -> dict[str, Any]:
    """The figures that a rule has to have: its present ones, where its metric is not known."""
    if rule.metric not in METRICS:
        return {}
    return figures_of(samples.get(value_of(rule), Sample()))._asdict()


def value_of(rule: ConversionRule) -> Value:
    """What a rule is about."""
    return Value(rule.channel, rule.metric, rule.value)


def lessons(rules: Sequence[ConversionRule], samples: Samples, *, fewest: int = FEWEST) -> Lessons:
    """What is to be done to the rules that there are.

    Args:
        fewest: samples that a value has before a rule is set up for it.
    """
    there = {value_of(rule): rule for rule in rules}
    learned = {value for value, rule in there.items() if rule.learned}
    candidates = {value for value, sample in samples.items() if sample.sends >= fewest and value not in there}
    words = {value for value in candidates | learned if value.metric == WORD}
    kept = _most_seen((value for value in words if is_worth_learning(value.value)), samples)
    superfluous = (words & learned) - kept
    return Lessons(
        new=sorted((candidates - words) | (candidates & kept)),
        changed=[rule for value, rule in there.items() if value not in superfluous and _differs(rule, samples)],
        superfluous=[there[value] for value in sorted(superfluous)],
    )


def _most_seen(words: Iterable[Value], samples: Samples) -> set[Value]:
    """The words of each channel with the most samples; of words with as many, the first in the alphabet."""
    by_channel: dict[str, list[Value]] = {}
    for value in sorted(words, key=lambda value: (-samples.get(value, Sample()).sends, value)):
        by_channel.setdefault(value.channel, []).append(value)
    return {value for values in by_channel.values() for value in values[:MOST_WORDS]}


def _differs(rule: ConversionRule, samples: Samples) -> bool:
    return any(getattr(rule, name) != value for name, value in figures_for(rule, samples).items())
