"""What the rules have to become."""

from decimal import Decimal
from typing import Any

from retention.conversions.model import ConversionRule
from retention.learning.lessons import MOST_WORDS, Figures, Lessons, figures_of, lessons
from retention.learning.samples import Sample, Samples, Value
from tests.start import START

SALE, NINE = Value("SMS", "word", "sale"), Value("SMS", "hour", "09")


def a_rule(value: Value, **fields: Any) -> ConversionRule:
    own: dict[str, Any] = {"id": ".".join(value), "created_at": START, "updated_at": START, "revision": "r"}
    return ConversionRule(**{**own, **value._asdict(), **fields})


def learned(value: Value, sample: Sample) -> ConversionRule:
    return a_rule(value, learned=True, **figures_of(sample)._asdict())


def many(count: int, sends: int) -> dict[Value, Sample]:
    return {Value("SMS", "word", f"w{n:04d}"): Sample(sends + n, 1) for n in range(count)}


def after(rules: list[ConversionRule], samples: Samples, todo: Lessons) -> list[ConversionRule]:
    """The rules once everything was done."""
    gone, changed = {one.id for one in todo.superfluous}, {one.id for one in todo.changed}
    kept = [rule for rule in rules if rule.id not in gone]
    figures = {
        rule.id: figures_of(samples.get(Value(rule.channel, rule.metric, rule.value), Sample())) for rule in kept
    }
    return [
        *(rule.model_copy(update=figures[rule.id]._asdict()) if rule.id in changed else rule for rule in kept),
        *(learned(value, samples[value]) for value in todo.new),
    ]


def test_a_rule_is_set_up_for_a_value_with_samples_enough() -> None:
    samples = {SALE: Sample(30, 3), NINE: Sample(29, 3), Value("SMS", "word", "the"): Sample(90, 3)}

    assert lessons([], samples).new == [SALE]
    assert lessons([], samples, fewest=29).new == [NINE, SALE]


def test_a_rule_of_a_known_metric_has_its_figures_whoever_set_it_up() -> None:
    samples = {SALE: Sample(4, 1), Value("EMAIL", "word", "sale"): Sample(9, 0)}
    by_hand, seldom = a_rule(SALE), a_rule(Value("SMS", "word", "the"), sample_size=7)

    todo = lessons([by_hand, seldom], samples)

    assert (todo.new, todo.superfluous) == ([], [])
    assert list(todo.changed) == [by_hand, seldom]
    assert figures_of(samples[SALE]) == (Decimal("0.25"), 4, Decimal("0.3462"))


def test_a_rule_of_another_metric_keeps_its_figures() -> None:
    other = a_rule(Value("CALL", "outcome", "demo_booked"), conversion_rate=Decimal("0.5"), sample_size=8)

    assert lessons([other], {SALE: Sample(3, 1)}) == ([], [], [])


def test_what_one_send_has_brought_twice_is_one_success() -> None:
    assert figures_of(Sample(2, 5)) == figures_of(Sample(2, 2)) == Figures(Decimal(1), 2, Decimal("0.3424"))


def test_what_was_learned_once_is_nothing_to_learn() -> None:
    samples = {SALE: Sample(40, 3), NINE: Sample(44, 1), **many(MOST_WORDS + 20, 50)}
    rules = [a_rule(SALE), a_rule(Value("SMS", "hour", "10"), sample_size=3)]

    once = after(rules, samples, lessons(rules, samples))

    assert lessons(once, samples) == ([], [], [])


def test_the_words_with_the_most_samples_have_rules() -> None:
    samples = many(MOST_WORDS + 2, 50)

    todo = lessons([], samples)

    assert len(todo.new) == MOST_WORDS
    assert {value.value for value in samples} - {value.value for value in todo.new} == {"w0000", "w0001"}


def test_a_learned_rule_goes_only_to_make_room() -> None:
    seen = learned(SALE, Sample(40, 3))
    no_room, room = many(MOST_WORDS, 50), many(MOST_WORDS - 1, 50)

    assert [rule.id for rule in lessons([seen], room).changed] == [seen.id]
    assert lessons([seen], room).superfluous == []
    assert lessons([seen], no_room).superfluous == [seen]
    assert lessons([seen], no_room).changed == []
    assert lessons([seen.model_copy(update={"learned": False})], no_room).superfluous == []
    assert lessons([learned(NINE, Sample(40, 3))], no_room).superfluous == []
