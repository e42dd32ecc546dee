"""What becomes of a template and values."""

from decimal import Decimal
from typing import Any

import pytest

from retention.templates.absence import Unavailable
from retention.templates.rendering import TemplateError, render
from retention.templates.variables import Fields, values_of
from tests import factories
from tests.retention.templates.words import rendered


def with_meta(**meta: Any) -> dict[str, Any]:
    """The values of a lead with this free data."""
    return values_of(factories.a_lead(meta=meta), None)


def test_the_names_stand_for_the_lead_and_the_campaign() -> None:
    lead = factories.a_lead(
        email="ada@example.com",
        phone="+15551234567",
        external_id="crm-1",
        meta={"plan": "Pro", "empty": "", "no": None},
    )
    campaign = factories.a_campaign(name="Spring", meta={"offer": "20 %"})

    assert values_of(lead, campaign) == {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "fullName": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+15551234567",
        "status": "NEW",
        "source": "MANUAL",
        "externalId": "crm-1",
        "meta": {"plan": "Pro"},
        "campaign": {"name": "Spring", "meta": {"offer": "20 %"}},
    }


def test_what_has_no_value_becomes_nothing_and_is_told() -> None:
    found = render("a{{ phone }}b{{ meta.a.b }}{{ unknown | upcase }}{{ phone }}", {"meta": Fields()}, str)

    assert found == ("ab", ("phone", "meta.a.b", "unknown"))


def test_a_default_takes_the_place_of_what_is_missing_and_is_not_told() -> None:
    values = with_meta(vacant="", nothing=None, none=0)

    found = render(
        '{{ phone | default: "-" }}{{ meta.vacant | default: "-" }}{{ meta.nothing | default: "-" }}'
        '{{ meta.none | default: "-" }}{% if email %}{{ email }}{% endif %}',
        values,
        str,
    )

    assert found == ("---0", ())


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ meta.price }} {{ meta.price | times: 2 }}", "19.5 39.0"),
        ("{{ meta.count | plus: 1 }} {{ meta.big }} {{ meta.tiny }}", f"4 1{'0' * 30} 0.{'0' * 29}1"),
        ("{{ meta.yes }} {% if meta.no %}a{% else %}b{% endif %}", "true b"),
        (
            "{{ meta.list | join: ', ' }} {{ meta.list.size }} {{ meta.list.first }} {{ meta.list | last }}",
            "x, y 2 x y",
        ),
        ("{% for pair in meta.map %}{{ pair[0] }}={{ pair[1] }};{% endfor %}", "a=1;b=2;"),
        ("{{ meta.rows | where: 'on' | map: 'name' | join }}", "one"),
        ("{{ meta.map }}{{ meta.rows }}{{ meta.nested }}", "xy"),
        ('{{ meta.day | date: "%-d %B %Y" }}', "1 March 2026"),
        ('{{ meta.instant | date: "%Y-%m-%d %H:%M %z" }}', "2026-03-01 09:30 +0100"),
        ('{{ 0 | date: "%Y" }}{{ meta.word | date: "%Y" }}{{ meta.gone | date: "%Y" }}', "1970soon"),
        ('{{ "https://ä.example/" | size }}', "18"),
        ("{{ meta.word | slice: 0 | upcase }}{{ meta.word | replace: 'o', '0' }}", "Ss00n"),
        ("a {%- if true -%} b {%- endif -%} c", "abc"),
    ],
)
def test_values_are_written_as_people_write_them(source: str, text: str) -> None:
    values = with_meta(
        price=Decimal("19.50"),
        count=Decimal(3),
        big=Decimal("1E+30"),
        tiny=Decimal("1E-30"),
        yes=True,
        no=False,
        list=["x", "y"],
        map={"a": 1, "b": 2},
        rows=[{"name": "one", "on": True}, {"name": "two"}],
        nested=[["x"], ["y", {"z": 1}]],
        day="2026-03-01",
        instant="2026-03-01T09:30:00+01:00",
        word="soon",
    )

    assert rendered(source, **values) == text


EVIL = "<script>alert('&\"')</script>"
SAFE = "&lt;script&gt;alert(&#39;&amp;&#34;&#39;)&lt;/script&gt;"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ name }}", SAFE),
        ('<a title="{{ name }}">', f'<a title="{SAFE}">'),
        ("{{ name | default: 'x' }}{{ name | append: '<b>' }}", f"{SAFE}{SAFE}<b>"),
        ("{% assign a = name %}{{ a }}{% capture b %}{{ name }}{% endcapture %}{{ b }}", SAFE * 2),
        ("{{ '<i>' | append: name }}", f"<i>{SAFE}"),
        ("{{ name | escape }}", SAFE),
        ("{{ name | strip | strip_newlines | newline_to_br }}{{ name | squish }}", SAFE * 2),
        ("{{ name | split: 'zzz' | join: '<br>' }}", SAFE),
        ("{{ '[]' | replace: '[]', name }}", SAFE),
        ("{{ name | url_encode | url_decode }}", SAFE),
        ("{% for part in list %}{{ part }}{% endfor %}{{ list | first }}", SAFE * 2),
        ("{{ list }}", SAFE),
    ],
)
def test_in_html_every_value_is_escaped_and_what_the_team_wrote_is_not(source: str, text: str) -> None:
    assert rendered(source, html=True, name=EVIL, list=[EVIL]) == text


def test_in_a_text_nothing_is_escaped() -> None:
    assert rendered("{{ name }} & <b>", name="O'Neil & Söhne") == "O'Neil & Söhne & <b>"


def test_what_is_written_does_not_depend_on_when_it_is() -> None:
    assert rendered('{{ now }}{{ today }}{{ "now" | date: "%Y" }}') == "now"


def test_what_cannot_be_had_may_be_asked_for_but_not_written_out() -> None:
    values: dict[str, Any] = {"link": Unavailable("There is none.")}

    assert rendered("{{ link | default: 'x' }}{% if link %}y{% endif %}", **values) == "x"
    for source in (
        "{{ link }}",
        "{{ link | append: '?a' }}",
        "{% assign a = link %}{{ a }}",
        "{{ 'a' | append: link }}",
    ):
        with pytest.raises(TemplateError, match="There is none"):
            rendered(source, **values)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("\n{{ 10 | divided_by: none }}", "Line 2: The filter `divided_by` cannot be applied to this value."),
        ("{{ none | tracked }}", "Line 1: The filter `tracked` cannot be applied: there is no address."),
        ("{{ name | tracked }}", "Line 1: The filter `tracked` cannot be applied: this is no web address"),
        ("{{ name | nope }}", "Line 1: There is no filter `nope`."),
        ("{% if name > 5 %}{% endif %}", "Line 1: Something here cannot be worked out with these values."),
        ("{{ 'x' | times: 'inf' | floor }}", "cannot be worked out"),
    ],
)
def test_values_that_do_not_fit_are_refused_without_being_told(source: str, why: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        rendered(source, name="Ada Lovelace")

    assert why in str(refusal.value)
    assert "Ada" not in str(refusal.value)


def test_a_template_reaches_values_only_and_nothing_of_python() -> None:
    values = {**with_meta(text="x", list=[1], map={"a": 1}), "name": "Ada"}

    for root in ("name", "meta", "meta.text", "meta.list", "meta.map", "forloop"):
        for member in ("__class__", "__class__.__mro__", "__init__.__globals__", "items", "keys", "format", "upper"):
            source = f"{{% for i in (1..1) %}}{{{{ {root}.{member} }}}}{{{{ {root}['{member}'] }}}}{{% endfor %}}"
            assert rendered(source, **values) == ""
    assert rendered("{{ meta | map: '__class__' }}{{ name | where: '__class__' }}", **values) == ""


def test_addresses_are_tracked_as_a_browser_would_ask_for_them() -> None:
    assert rendered('{{ "https://a.example/?a=1&b=ü" | tracked }}') == "[https://a.example/?a=1&b=%C3%BC]"
    assert rendered('{{ "https://a.example/?a=1&amp;b=2" | tracked }}', html=True) == "[https://a.example/?a=1&amp;b=2]"
