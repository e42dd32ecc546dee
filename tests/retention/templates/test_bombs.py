"""Templates that want too much end at once with a clear word, when they are saved and when they are rendered.

That they end quickly is not measured: without their limits most of these run for minutes or out of memory.
"""

import tracemalloc

import pytest

from retention.templates import limits
from retention.templates.rendering import TemplateError
from tests.retention.templates.words import faults, rendered

GROWING = "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40
BOMBS = {
    "a huge range": "{% for i in (1..10000000000) %}x{% endfor %}",
    "a huge range backwards": "{% for i in (1..10000000000) reversed %}x{% endfor %}",
    "loops in loops": "{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{% endfor %}"
    + "{% endfor %}{% endfor %}",
    "loops after loops": "{% for i in (1..1000) %}{% if i %}{% endif %}{% endfor %}" * 60,
    "a loop with large insides": "{% for i in (1..1000) %}" + "{{ i }}" * 1_000 + "{% endfor %}",
    "a loop with long conditions": "{% for i in (1..1000) %}{% if "
    + "i == 0 or " * 60
    + "i == 0 %}{% endif %}{% endfor %}",
    "doubling": GROWING,
    "doubling by captures": "{% capture x %}aaaaaaaaaa{% endcapture %}"
    + "{% capture x %}{{ x }}{{ x }}{% endcapture %}" * 40,
    "replacing everywhere": "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
    + " | replace: '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" * 10
    + " }}",
    "joining with a long word": "{% assign w = 'aaaaaaaaaa' %}"
    + "{% assign w = w | append: w %}" * 10
    + "{{ w | slice: 0, 900 | split: '' | join: w }}",
    "squaring": "{% assign x = 10 %}{% for i in (1..100) %}{% assign x = x | times: x %}{% endfor %}{{ x }}",
    "writing much": "{% for i in (1..1000) %}" + "x" * 2_000 + "{% endfor %}",
    "keeping much": "{% capture a %}" + "x" * 100_000 + "{% endcapture %}",
    "many letters": "{% assign w = 'aaaaaaaaaa' %}" + "{% assign w = w | append: w %}" * 9 + "{{ w | split: '' }}",
    "filters over and over": "{% assign w = 'aaaaaaaaaa' %}"
    + "{% assign w = w | append: w %}" * 10
    + "{% for i in (1..1000) %}{% assign v = w | upcase | downcase | upcase %}{% endfor %}",
    "blocks in blocks": "{% if true %}" * 25 + "{% endif %}" * 25,
    "a long expression": "{{ firstName" + " | upcase" * 200 + " }}",
    "long white space": "{{" + " " * 200 + "firstName }}",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_when_it_is_saved_and_when_it_is_rendered(source: str) -> None:
    assert [one.split()[1] for one in faults(source)] == ["template_limit"]
    for html in (False, True):
        with pytest.raises(TemplateError) as refusal:
            rendered(source, html=html)
        assert refusal.value.faults[0].code == "template_limit"


@pytest.mark.parametrize(
    "source",
    [
        "{{" * 100_000,
        "{% raw %}" * 20_000,
        "{% comment %}" * 20_000,
        "{% doc %}" * 20_000,
        "{%" + " " * 200_000,
        "{{ " + "(" * 900 + " }}",
        "{{ " + "'" * 901 + " }}",
        "{% " + "if" * 400 + " %}",
        "{{ (1..100000000) | reverse | join: '' }}",
        "{% if (1..100000000000) contains 'x' %}{% endif %}",
        "{% assign r = (1..100000000) %}{% for i in r reversed %}{% endfor %}",
    ],
    ids=lambda source: source[:24],
)
def test_what_cannot_be_read_is_refused_without_ado(source: str) -> None:
    assert faults(source)
    with pytest.raises(TemplateError):
        rendered(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ " + "meta" + "[meta" * 150 + "]" * 150 + " }}",
        "{% if " + "email and " * 95 + "email %}{% endif %}",
        "{{firstName}}" * 3_000,
        ("{{" + " " * 99 + "firstName" + " " * 99 + "}}") * 900,
        ("{% if" + " " * 99 + "firstName" + " " * 99 + "%}{% endif %}") * 800,
        "<" * 200_000,
        "}} %} { { % " * 15_000,
    ],
    ids=lambda source: source[:24],
)
def test_what_is_odd_but_small_work_is_done(source: str) -> None:
    assert faults(source) == []
    rendered(source, firstName="Ada", meta={})


def test_a_replacement_is_measured_before_it_is_made() -> None:
    word = "{% assign w = 'aaaaaaaaaa' %}" + "{% assign w = w | append: w %}" * 11
    tracemalloc.start()
    try:
        assert faults(word + "{{ w | replace: '', w }}") == ["None template_limit"]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10_000_000  # It would be four hundred million.


def test_a_list_of_the_lead_cannot_be_more_work_than_a_literal_one() -> None:
    with pytest.raises(TemplateError, match="too much"):
        rendered("{% for a in list %}{% for b in list %}{{ b }}{% endfor %}{% endfor %}", list=list(range(900)))
    with pytest.raises(TemplateError, match="too much"):
        rendered("{{ list | sort | join }}", list=list(range(limits.MAX_ITEMS + 1)))


def test_an_ordinary_loop_is_far_from_the_limits() -> None:
    row = "<tr><td>{{ item.name | escape }}</td><td>{{ item.price | times: 2 | round: 2 }}</td></tr>"
    source = "{% for item in items %}{% if item.price > 0 %}" + row + "{% endif %}{% endfor %}"

    assert rendered(source, items=[{"name": "x", "price": 2}] * 500).count("<tr>") == 500
