"""Which templates are acceptable, and what is said of those that are not."""

import re

import pytest

from retention.templates import dialect, variables
from tests.house.source import ROOT
from tests.retention.templates.words import faults, words_of


@pytest.mark.parametrize(
    "source",
    [
        "",
        "No template at all: 100 % {done} } {",
        'Hi {{ firstName }} {{ lastName | default: "there" | upcase }}',
        "{{ meta.plan }} {{ meta.deep.er['spaced name'] }} {{ meta.items[0].name }} {{ campaign.meta.offer }}",
        "{% if meta.vip and status != 'LOST' %}a{% elsif source contains 'A' %}b{% else %}c{% endif %}",
        "{% for item in meta.items limit: 3 %}{{ forloop.index }} {{ item.name }}{% else %}none{% endfor %}",
        "{% for number in (1..5) %}{% if number == 3 %}{% break %}{% endif %}{{ number }}{% endfor %}",
        "{% assign name = firstName | strip %}{% capture greeting %}Hi {{ name }}{% endcapture %}{{ greeting }}",
        "{% case status %}{% when 'NEW', 'LOST' %}a{% else %}b{% endcase %}{% unless phone %}c{% endunless %}",
        "{% comment %} not for {{ firstName }} {% endcomment %}{% raw %}{{ theirs }} {% and %} {{ this{% endraw %}",
        '{{ "https://shop.example/offer?a=1" | tracked }} {{ link }} {{ unsubscribeUrl }} {{ meta.url | tracked }}',
        '{{ meta.until | date: "%-d %B %Y" }} {{ 10 | divided_by: meta.none }} {{ firstName.size }}',
    ],
)
def test_a_sound_template_is_accepted(source: str) -> None:
    assert faults(source) == faults(source, html=True) == []


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("Hi {{ fristName }}", ["1 unknown_variable"]),
        ("\n\n{{ a }}\n{{ firstName }}{{ b }}", ["3 unknown_variable", "4 unknown_variable"]),
        ("{{ lead.firstName }}", ["1 unknown_variable"]),
        ("{{ now }}{{ today }}", ["1 unknown_variable"] * 2),
        ("{{ firstName.first }}", ["1 unknown_variable"]),
        ("{{ campaign.status }}", ["1 unknown_variable"]),
        ("{{ link.href }}", ["1 unknown_variable"]),
        ("{{ later }}{% assign later = 1 %}", ["1 unknown_variable"]),
        ("{% if nothing %}{% endif %}{% for a in b %}{% endfor %}", ["1 unknown_variable"] * 2),
        ("{{ firstName | default: other }}", ["1 unknown_variable"]),
        ("{{ meta }}", ["1 not_a_text"]),
        ("{{ campaign }}", ["1 not_a_text"]),
        ("{{ firstName | nope }}", ["1 unknown_filter"]),
        ("{{ firstName | safe }}", ["1 unknown_filter"]),
        ("{% assign a = firstName | nope %}", ["1 unknown_filter"]),
        ("{{ firstName | default: 1, 2, 3 }}", ["1 bad_arguments"]),
        ("{{ firstName | upcase: context: 1 }}", ["1 bad_arguments"]),
        ("{{ firstName | truncate: loud: true }}", ["1 bad_arguments"]),
        ("{{ firstName | date }}", ["1 bad_arguments"]),
        ('{{ meta.day | date: "%Q" }}', ["1 bad_arguments"]),
        ('{{ "now" | date: "%Y" }}', ["1 bad_arguments"]),
        ('{{ "shop.example" | tracked }}', ["1 bad_arguments"]),
        ('{{ "javascript:alert(1)" | tracked }}', ["1 bad_arguments"]),
        ('{{ "https://ä.example/" | tracked }}', ["1 bad_arguments"]),
        ('{{ "https://a b.example/" | tracked }}', ["1 bad_arguments"]),
        ("{% include 'other' %}", ["1 unknown_tag"]),
        ("{% render 'other' %}{% tablerow a in meta.b %}", ["1 unknown_tag"] * 2),
        ("{% if firstName %}", ["None template_syntax"]),
        ("{% endif %}", ["1 template_syntax"]),
        ("a\n{{ firstName", ["2 template_syntax"]),
        ("{{ firstName }", ["1 template_syntax"]),
        ("{% if firstName }}{% endif %}", ["1 template_syntax"]),
        ("{{ }}", ["1 template_syntax"]),
        ("{{ firstName lastName }}", ["1 template_syntax"]),
        ("{{ 'open }}", ["1 template_syntax"]),
        ("{% for %}{% endfor %}", ["1 template_syntax"]),
        ("{% raw %}{{ a }}", ["1 template_syntax"]),
        ("{{ (1..3) | join }}", ["1 template_syntax"]),
    ],
)
def test_what_is_wrong_is_found_and_where(source: str, wrong: list[str]) -> None:
    assert faults(source) == wrong


def test_the_words_help() -> None:
    assert words_of("a\n{{ fristName }}") == "Line 2: There is no variable `fristName`; did you mean `firstName`?"
    assert words_of("{{ firstName | upcas }}") == "Line 1: There is no filter `upcas`; did you mean `upcase`?"
    assert words_of("{{ xyz }}").endswith(f"; there are {', '.join(sorted(variables.NAMES))}.")
    assert words_of("{{ firstName") == "Line 1: `{{` is not closed by `}}`."
    assert words_of("{% include 'a' %}") == "Line 1: There is no tag `include`."


def test_of_very_many_faults_the_first_are_told() -> None:
    assert len(faults("{{ nothing }}" * 2_000)) == len(faults("{% nothing %}" * 2_000)) == 20


def test_the_documents_have_every_name_filter_and_tag() -> None:
    page = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")))
    tags = {tag for tag in dialect.TAGS if not tag.startswith(("end", "els", "when"))}

    assert variables.NAMES | set(dialect.TEXT.filters) | tags <= page
    assert set(re.findall(r"`(\w+)`", variables.described())) >= variables.NAMES
