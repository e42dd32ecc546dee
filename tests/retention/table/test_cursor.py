"""Cursors: good for their list, their caller and their day; nothing else gets through."""

from datetime import timedelta

import pytest

from retention.errors import MalformedInputError
from retention.table import cursor
from tests.start import START

SECRET = b"secret of the tests"
LIST = "list_leads|{}|{}|key"


def accepted(text: str, *, secret: bytes = SECRET, bound_to: str = LIST, seconds: float = 0) -> str | None:
    try:
        return cursor.read(secret, text, bound_to=bound_to, now=START + timedelta(seconds=seconds))
    except MalformedInputError:
        return None


@pytest.mark.parametrize("position", ["2026-02-18T12:00:00.000Z#id", "", "|#|", "grün ☂"])
def test_a_cursor_gives_its_position_back(position: str) -> None:
    assert accepted(cursor.issue(SECRET, position, bound_to=LIST, now=START)) == position


def test_ten_thousand_altered_cursors_are_refused() -> None:
    good = cursor.issue(SECRET, "2026-02-18T12:00:00.000Z#id", bound_to=LIST, now=START)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. "
    altered = {good[:at] + letter + good[at:] for at in range(len(good) + 1) for letter in alphabet}
    altered |= {good[:at] + letter + good[at + 1 :] for at in range(len(good)) for letter in alphabet}
    altered |= {good[:at] + good[upto:] for at in range(len(good)) for upto in range(at + 1, len(good) + 1)}
    altered.discard(good)

    assert len(altered) > 10_000
    assert [text for text in altered if accepted(text) is not None] == []


def test_a_cursor_is_refused_elsewhere_later_and_under_another_secret() -> None:
    good = cursor.issue(SECRET, "x", bound_to=LIST, now=START)
    day = cursor.LIFETIME.total_seconds()

    assert accepted(good, seconds=day - 1) == "x"
    assert accepted(good, seconds=day) is None
    assert accepted(good, bound_to="list_leads|{}|{}|another key") is None
    assert accepted(good, secret=b"another") is None
