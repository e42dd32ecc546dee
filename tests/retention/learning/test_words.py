"""Which words a script has."""

from typing import Any

import pytest

from retention.learning.words import is_worth_learning, words_of
from retention.scripts.model import EmailContent
from tests import factories


def words(**fields: Any) -> set[str]:
    return set(words_of(factories.a_script(**fields)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sale! Sale today, SALE", {"sale", "today"}),
        ("Hi {{ firstName | default: 'friend' }}, it is on", {"hi", "it", "is", "on"}),
        ("{% if company %}Firm{% else %}Friend{% endif %}", {"firm", "friend"}),
        ("a{% comment %}draft {{ x }} only{% endcomment %}bc", {"bc"}),
        ("see{{url}}you", {"see", "you"}),
        ("Save 50% by 5pm with CODE20 at https://x.io/sale or www.x.io, mail me@x.io", {
            "save", "by", "pm", "with", "code", "at", "or", "mail",
        }),
        ("Don't miss it: don\N{RIGHT SINGLE QUOTATION MARK}t, opt-out", {"don't", "miss", "it", "opt-out"}),
        ("Ünïcode ÄPFEL скидка", {"ünïcode", "äpfel", "скидка"}),
        ("A\N{COMBINING DIAERESIS}pfel", {"äpfel"}),
        ("an open {{ brace", {"an", "open"}),
        ("x" * 41, set()),
    ],
)  # fmt: skip
def test_the_words_of_a_text(text: str, expected: set[str]) -> None:
    assert words(content=text) == expected


def test_the_words_of_an_email_are_those_that_are_read() -> None:
    html = "<style>p {color: red}</style><p class='big'>Last <b>chance</b></p><a href='https://x.io'>Buy</a><!-- no -->"
    content = EmailContent(subject="For {{ firstName }}", html=html, text="Plain words")

    assert words(type="EMAIL", content=content) == {"for", "last", "chance", "buy", "plain", "words"}


def test_the_words_of_a_call_are_those_it_is_filled_in_with() -> None:
    own = {"instructions": "Offer help", "firstMessage": "Hello {{ firstName }}", "voice": {"name": "Ada"}}

    assert words(type="CALL", content="Sell more", vapi_config=own) == {"offer", "help", "hello"}
    assert words(type="CALL", content="Sell more") == {"sell", "more"}
    assert words(type="CALL", content=None, vapi_config={"firstMessage": "Hello"}) == {"hello"}


def test_words_of_every_text_are_not_worth_learning() -> None:
    assert [word for word in ("the", "und", "pour", "discount", "für", "что", "war") if is_worth_learning(word)] == [
        "pour",
        "discount",
        "war",
    ]


@pytest.mark.parametrize("piece", ["{{", "{%", "{% comment %}", "<", "-'", "@", "www.", "a'", "{{a}}"])
def test_long_texts_take_no_longer_than_their_length(piece: str) -> None:
    content = EmailContent(subject="x", html=piece * (200_000 // len(piece)))

    assert words(type="EMAIL", content=content) <= {"comment", "a'a"}
