"""What each form of a cell says."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.predecessor import cells
from tools.predecessor.cells import UnreadableCellError

TEN = datetime(2026, 2, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-10T10:00:00.000+00:00",
        "2026-02-10T10:00:00.000Z",
        "2026-02-10T10:00:00Z",
        "2026-02-10T12:00:00+02:00",
        "2026-02-10T12:00:00+0200",
        "2026-02-10 10:00:00",
        "2026-02-10 10:00:00 UTC",
        "2026-02-10 10:00",
        "2026-02-10T10:00:00",
        " 2026-02-10T10:00:00.000000Z ",
        1770717600000,
        1770717600000.0,
        "1770717600000",
        1770717600,
        2461081.9166666665,
    ],
)
def test_one_instant_in_every_form(cell: Any) -> None:
    assert abs(cells.instant(cell).value - TEN).total_seconds() < 0.002


def test_days_and_fractions() -> None:
    assert cells.instant("2026-02-10").value == TEN.replace(hour=0)
    assert cells.instant("2026-02-10T10:00:00.1239Z").value == TEN.replace(microsecond=123_000)
    assert cells.instant(1770717600001).value == TEN.replace(microsecond=1_000)
    assert cells.instant(None).value is None
    assert cells.instant("  ").value is None


@pytest.mark.parametrize(
    ("cell", "year"),
    [("0001-01-01 00:00:00", 1970), ("9999-12-31T23:59:59Z", 9999), (-1, 1970), (10**18, 9999), (-(10**30), 1970)],
)
def test_dates_beyond_what_is_kept_become_the_nearest(cell: Any, year: int) -> None:
    read = cells.instant(cell)
    assert read.value.year == year
    assert read.changed is not None


@pytest.mark.parametrize(
    "cell", ["yesterday", "2026-02-30T10:00:00Z", "2026-13-01", b"\x00", float("nan"), "10/02/2026"]
)
def test_what_is_no_date_is_refused(cell: Any) -> None:
    with pytest.raises(UnreadableCellError):
        cells.instant(cell)


@pytest.mark.parametrize(
    ("cell", "amount", "changed"),
    [
        (99.9, "99.9", False),
        (0.1 + 0.2, "0.3", False),
        (0.0075, "0.0075", False),
        ("12.50", "12.5", False),
        (7, "7", False),
        (1.23456, "1.2346", True),
        (-5, "0", True),
        (1e300, "99999999999999.9999", True),
        (2**46, str(2**46), False),
    ],
)
def test_amounts_are_exact(cell: Any, amount: str, changed: bool) -> None:
    read = cells.money(cell)
    assert read.value == Decimal(amount)
    assert (read.changed is not None) is changed


@pytest.mark.parametrize(
    ("cell", "value"), [(1, True), (0, False), ("true", True), (1.0, True), ("0", False), (None, None)]
)
def test_flags(cell: Any, value: bool | None) -> None:
    assert cells.flag(cell).value is value


@pytest.mark.parametrize(
    ("cell", "percent", "value"), [(0.125, False, "0.125"), (12.5, True, "0.125"), (250, True, "1"), (-1, False, "0")]
)
def test_shares(cell: Any, percent: bool, value: str) -> None:
    assert cells.share(cell, percent=percent).value == Decimal(value)


def test_json_is_kept_exactly() -> None:
    assert cells.data('{"n": 1.10, "s": "a\\u0000b"}').value == {"n": Decimal("1.10"), "s": "ab"}
    assert cells.data("").value is None
    for broken in ("{", '{"a": 1, "a": 2}', "[" * 50 + "]" * 50, '{"n": NaN}', "\udc80{}"):
        with pytest.raises(UnreadableCellError):
            cells.data(broken)


ANYTHING = (
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary() | st.datetimes().map(str)
)


@given(ANYTHING)
def test_no_cell_whatever_breaks_a_reader(cell: Any) -> None:
    for read in (cells.instant, cells.money, cells.flag, cells.data, lambda one: cells.whole(one, 0, 9)):
        with suppress(UnreadableCellError):
            read(cell)
    text = cells.text(cell).value
    assert text is None or "\x00" not in text.encode().decode()
