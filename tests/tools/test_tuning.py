"""What the stand-in for AWS is made faster with answers as the library's own does."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from fractions import Fraction
from typing import Any

import pytest

from tools.stack.host import tuning
from tools.stack.places import ROOT, STAND_IN_PYTHON

ITEM = {"pk": {"S": "LEAD#ä"}, "n": {"N": "1e100"}, "on": {"BOOL": True}, "of": {"L": [{"S": ""}, {"NULL": True}]}}


@pytest.mark.parametrize("value", [ITEM, [], {}, {"a\ud800": 1}, {1: "one"}, 2**70, "\u2028<>"])
def test_json_is_written_so_that_the_same_comes_back(value: Any) -> None:
    for written in (tuning._dumps(value), tuning._dumps(value, ensure_ascii=False)):
        assert json.loads(written) == json.loads(json.dumps(value))


def test_json_in_another_manner_is_the_librarys() -> None:
    how = {"sort_keys": True, "separators": (",", ":")}
    assert tuning._dumps({"b": 1, "a": {1}}, default=list, **how) == '{"a":[1],"b":1}'


@pytest.mark.parametrize(
    ("value", "how"),
    [
        # A set that names something twice is shown in the refusal.
        (["a", "ä", "a"], {"ensure_ascii": False}),
        # Entries of an index stand in the order of these texts.
        ({"S": "ä"}, {"sort_keys": True}),
        # A transaction is refused by the length of this one.
        ({"Item": {"S": "\x7f" * 700_000}}, {}),
    ],
)
def test_json_that_is_shown_sorted_by_or_measured_is_the_librarys(value: Any, how: Any) -> None:
    assert tuning._dumps(value, **how) == json.dumps(value, **how)


@pytest.mark.parametrize("text", ["ä", "€", "😀", "\x7f", '"', "\n", "a"])
def test_no_text_grows_so_long_that_it_is_measured_wrongly(text: str) -> None:
    value = {text: [text * 1000, {}, [text], *range(1000)]}
    assert len(json.dumps(value)) <= 6 * len(tuning._dumps(value))


@pytest.mark.parametrize("text", [b'{"a": "\\ud83d\\ude00"}', "[1.5, null]", b'{"a": 1, "a": 2}', "NaN", '"\\ud800"'])
def test_json_is_read_as_the_library_reads_it(text: str | bytes) -> None:
    assert repr(tuning._loads(text)) == repr(json.loads(text))


def refusal(read: Callable[[Any], Any], text: Any) -> tuple[type[ValueError], str] | None:
    """What is said against a text."""
    try:
        read(text)
    except ValueError as error:
        return type(error), str(error)
    return None


@pytest.mark.parametrize("text", ["", "{", b"\xff\xfe", '{"a": 1,}'])
def test_what_is_no_json_is_refused_as_the_library_refuses_it(text: str | bytes) -> None:
    refused = refusal(tuning._loads, text)
    assert refused is not None
    assert refused == refusal(json.loads, text)


def test_a_statement_that_is_asked_for_twice_in_a_row_is_read_once_and_never_after_its_parameters_changed() -> None:
    read: list[Any] = []

    def parse(statement: str, parameters: list[Any]) -> list[Any]:
        read.append(statement)
        return [statement, *parameters]

    asked, one = tuning._twice_kept(parse), ["x"]

    assert asked("s", one) == asked("s", one) == ["s", "x"]
    assert read == ["s"]
    one[0] = "y"
    assert asked("s", one) == ["s", "y"]
    assert asked("s", ["z"]) == ["s", "z"]
    assert asked("t", one) == ["t", "y"]
    assert read == ["s", "s", "s", "t"]


def test_the_date_is_that_of_the_second() -> None:
    for second in (0, 1_800_000_000, 1_800_000_000, 1_800_000_001):
        assert tuning._date(second, usegmt=True) == formatdate(second, usegmt=True)


@pytest.mark.parametrize(
    "value", [ITEM, [ITEM, 1, 1.5, None, b"x"], {"SS": {"S"}}, Fraction(1, 3), {"of": [Fraction(2)]}]
)
def test_a_copy_is_the_same_and_shares_nothing_that_can_change(value: Any) -> None:
    copied = tuning._copied(value)

    assert copied == value
    assert type(copied) is type(value)
    assert not isinstance(value, dict | list) or copied is not value
    assert not isinstance(value, dict) or all(copied[name] is not one for name, one in value.items())


def test_an_item_is_as_large_as_its_names_and_values_in_bytes() -> None:
    size = tuning._size_of_items(lambda value: 100)

    assert size({"pk": {"S": "abc"}, "ä": {"S": "ö€"}}) == 2 + 3 + 2 + 5
    assert size({"n": {"N": "1"}, "s": {"S": 1}}) == 1 + 100 + 1 + 100
    assert (size({}), size(None), size("text")) == (0, 0, 0)


def test_what_cannot_be_remembered_is_asked_for_each_time() -> None:
    asked: list[Any] = []

    def answer(one: Any) -> str:
        asked.append(one)
        return str(one)

    known = tuning._kept(answer)

    assert [known("1"), known("1"), known(1), known(1.0), known(True), known(["1"])] == [
        "1",
        "1",
        "1",
        "1.0",
        "True",
        "['1']",
    ]
    assert asked == ["1", 1, 1.0, True, ["1"]]


def test_all_that_is_asked_is_answered_as_before() -> None:
    """Of ministack itself, so that a newer one that is no longer the same when it is made faster is noticed."""
    plain, tuned = (asked(how) for how in ("plain", "tuned"))

    assert Counter(status for _, _, status, _ in plain).keys() == {200, 400}
    assert {operation for operation, _, status, _ in plain if status == 200} == {one for one, *_ in plain}
    assert [(one, other) for one, other in zip(plain, tuned, strict=True) if one != other] == []


def asked(how: str) -> list[Any]:
    """What ministack answers as it comes, or made faster."""
    command = [str(STAND_IN_PYTHON), "-m", "tests.tools.ministack_asking", how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
