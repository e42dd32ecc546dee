"""A fingerprint is made of what a provider's records show of a message, and of nothing else."""

import pytest

from retention.providers.digest import digest_of
from retention.providers.port import Body, CallBody, EmailBody, TextBody

SMS, EMAIL, CALL = TextBody("Hello"), EmailBody("Hello", "<p>a</p>", "a", "https://u/1"), CallBody("Be", "Hi", {}, {})


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (("+1555", SMS), ("+1555", TextBody(" Hello\n"))),
        (("+1555", TextBody("a  b\r\nc")), ("+1555", TextBody("a b\nc"))),
        (("ada@example.com", EMAIL), ("Ada@Example.com", EmailBody("Hello ", "other", "other", "other"))),
        (("+1555", CALL), ("+1555", CALL._replace(settings={"a": 1}, variables={"b": "c"}))),
    ],
)
def test_messages_that_look_the_same_in_the_records_are_the_same(one: tuple[str, Body], same: tuple[str, Body]) -> None:
    assert digest_of(*one) == digest_of(*same)
    assert len(digest_of(*one)) == 32


def test_others_are_not() -> None:
    others: list[tuple[str, Body]] = [
        ("+1555", SMS),
        ("+1556", SMS),
        ("+1555", TextBody("Hello!")),
        ("+1555", TextBody("hello")),
        ("+1555", EmailBody("Hello", "", "", "")),
        ("+1555", CALL),
        ("+1555", CALL._replace(first_message=None)),
        ("+1555", CALL._replace(instructions=None)),
        ("+15", TextBody("55 Hello")),
    ]

    assert len({digest_of(*one) for one in others}) == len(others)
