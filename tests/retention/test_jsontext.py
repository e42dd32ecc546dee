"""JSON in and out: exact, and strict where JSON leaves things open."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import jsontext
from retention.errors import MalformedInputError

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**30), max_value=10**30)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _decimals | _texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_texts, inner, max_size=5),
    max_leaves=20,
)


@given(_values)
def test_what_is_written_is_read_back_to_the_last_digit(value: object) -> None:
    text = jsontext.dumps(value)

    assert jsontext.loads(text) == value
    assert jsontext.loads_strict(text.encode()) == value
    assert jsontext.dumps(jsontext.loads(text)) == text


@pytest.mark.parametrize(
    "text", ["0.1", "1234.5678", "12345678901234567890.123456789", "-0.0001", "100", "1e3", "1e38", "-9.5e38", "1e-38"]
)
def test_numbers_keep_their_value(text: str) -> None:
    """To the largest that are accepted, also once they have been written down."""
    written = jsontext.dumps(jsontext.loads_strict(text.encode()))

    assert Decimal(written) == jsontext.loads(written) == Decimal(text)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a":{"b":1,"b":1}}', "duplicate_key"),
        (b"NaN", "not_json"),
        (b"[Infinity]", "not_json"),
        (b'"\\ud800"', "lone_surrogate"),
        (b'{"\\udc00":1}', "lone_surrogate"),
        (b"\xff", "not_utf8"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b"1" * 5000, "number_out_of_range"),
        (b"0." + b"1" * 39, "number_out_of_range"),
        (b"1e99999999999999999999", "number_out_of_range"),
        (b"{", "not_json"),
        (b"", "not_json"),
        (b"{'a':1}", "not_json"),
        (b"[1] x", "not_json"),
    ],
)
def test_what_json_leaves_open_is_refused_with_its_name(raw: bytes, code: str) -> None:
    with pytest.raises(MalformedInputError) as refused:
        jsontext.loads_strict(raw)

    assert [error.code for error in refused.value.errors] == [code]


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    text = '"' + "[" * 200 + '\\""'

    assert jsontext.loads_strict(text.encode()) == "[" * 200 + '"'


def test_an_object_with_too_many_members_is_refused() -> None:
    raw = jsontext.dump_bytes({str(number): number for number in range(1001)})

    with pytest.raises(MalformedInputError):
        jsontext.loads_strict(raw)


def test_half_a_character_is_replaced_where_a_refusal_would_lose_what_was_told() -> None:
    told = b'{"a\\udc00": ["\\ud83d\\ude00 \\ud83dx\\ud83d", 1]}'

    value = jsontext.loads_strict(told, mend=True)

    assert value == {"a\ufffd": ["\U0001f600 \ufffdx\ufffd", 1]}
    assert jsontext.loads(jsontext.dumps(value)) == value
