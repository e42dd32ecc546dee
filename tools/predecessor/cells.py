"""What a cell says. SQLite keeps any kind of value in any column: each reader takes all the forms that were found.

Pure. A reader gives the value and the form it was in; `UnreadableCellError` says that there is nothing to be had.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.clock import truncate_to_milliseconds
from retention.errors import MalformedInputError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = _EPOCH
#: Source: retention/fields, the latest instant that is taken.
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
#: Below, a number is seconds, as 100,000,000,000 seconds are in the year 5138 and as many milliseconds in 1973.
_SECONDS_BELOW: Final = 100_000_000_000
#: Numbers with a fraction between these are days of the Julian calendar, as SQLite's julianday() has them.
_JULIAN: Final = (2_300_000.0, 2_600_000.0)
_JULIAN_EPOCH: Final = 2_440_587.5
_DATE: Final = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?\s*"
)
_NUMBER: Final = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*")
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "off", ""})
#: Decimals that an amount keeps, and the largest. Source: retention/fields, Money.
_PLACES: Final = Decimal("0.0001")
_MOST: Final = Decimal("99999999999999.9999")


class UnreadableCellError(Exception):
    """Nothing can be had from a cell."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Read(NamedTuple):
    """What a cell says."""

    value: Any
    #: How it was written, in words; the usual form has none.
    form: str = ""
    #: Why the value is another than the cell's: a code and a sentence. None: it is the same.
    changed: tuple[str, str] | None = None


# --- text ------------------------------------------------------------------------------------------------------


def text(cell: Any) -> Read:
    """A cell as text; None stays None."""
    if cell is None:
        return Read(None)
    if isinstance(cell, bytes):
        words = cell.decode("utf-8", "replace")
        return Read(_clean(words)[0], "bytes", ("bytes", "The cell held bytes; they are read as UTF-8."))
    if not isinstance(cell, str):
        return Read(_plain(cell), "a number")
    cleaned, lost = _clean(cell)
    return Read(cleaned, "", ("characters", "Characters that no text may hold were replaced.") if lost else None)


def _plain(number: Any) -> str:
    """A number as people write it: 7, not 7.0."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return str(number)


def _clean(words: str) -> tuple[str, bool]:
    """Without NUL, and with U+FFFD for what is no character."""
    tidy = words.replace("\x00", "")
    try:
        tidy.encode()
    except UnicodeEncodeError:
        tidy = tidy.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return tidy, tidy != words


# --- instants ----------------------------------------------------------------------------------------------------


def instant(cell: Any) -> Read:
    """A cell as an instant; None and empty text are None. What has no offset is UTC, as SQLite's own dates are.

    Raises:
        UnreadableCellError
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Read(None)
    if isinstance(cell, str) and not _NUMBER.fullmatch(cell):
        return _within(*_written(cell))
    if isinstance(cell, str):
        cell = float(cell) if "." in cell else int(cell)
    if isinstance(cell, float) and _JULIAN[0] < cell < _JULIAN[1]:
        return _within(_after((cell - _JULIAN_EPOCH) * 86_400_000), "Julian days")
    if isinstance(cell, int | float) and cell == cell and abs(cell) != float("inf"):
        if abs(cell) < _SECONDS_BELOW:
            return _within(_after(cell * 1000), "seconds since 1970")
        return _within(_after(cell), "milliseconds since 1970" + (" (REAL)" if isinstance(cell, float) else ""))
    raise UnreadableCellError("not_a_date", "This is no date.")


def _after(milliseconds: float) -> datetime | None:
    """An instant by its distance from 1970; None beyond the calendar."""
    try:
        return _EPOCH + timedelta(milliseconds=int(milliseconds))
    except OverflowError:
        return None if milliseconds > 0 else datetime.min.replace(tzinfo=UTC)


def _written(cell: str) -> tuple[datetime | None, str]:
    found = _DATE.fullmatch(cell)
    if found is None:
        raise UnreadableCellError("not_a_date", "This is no date.")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        day_of = datetime(int(year), int(month), int(day), tzinfo=UTC)
        local = day_of.replace(
            hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), microsecond=micros
        )
    except ValueError:
        raise UnreadableCellError("not_a_date", "This is no date.") from None
    try:
        at: datetime | None = local - _offset(offset)
    except OverflowError:
        at = None if local.year > 5000 else datetime.min.replace(tzinfo=UTC)
    return at, _form_of(hour, offset)


def _offset(words: str | None) -> timedelta:
    if words is None or words.upper() in ("Z", "UTC"):
        return timedelta()
    digits = words[1:].replace(":", "").ljust(4, "0")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -away if words[0] == "-" else away


def _form_of(hour: str | None, offset: str | None) -> str:
    if hour is None:
        return "a day"
    if offset is None:
        return "without an offset"
    return "with Z" if offset in ("Z", "z") else ""


def _within(at: datetime | None, form: str) -> Read:
    """An instant within what is kept here."""
    if at is not None and EARLIEST <= at <= LATEST:
        return Read(truncate_to_milliseconds(at), form)
    nearest = LATEST if at is None or at > LATEST else EARLIEST
    return Read(nearest, form, ("date_out_of_range", "Dates from 1970 to 9999 are kept: this is the nearest."))


# --- numbers -----------------------------------------------------------------------------------------------------


def _number(cell: Any) -> Decimal | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, bytes):
        raise UnreadableCellError("not_a_number", "This is no number.")
    try:
        # The shortest text that gives the same binary fraction is what was once typed in.
        number = Decimal(str(cell).strip() if not isinstance(cell, float) else repr(cell))
    except InvalidOperation:
        raise UnreadableCellError("not_a_number", "This is no number.") from None
    if not number.is_finite():
        raise UnreadableCellError("not_a_number", "This is no number.")
    return number


def money(cell: Any) -> Read:
    """A cell as an exact amount with four decimals; None stays None.

    Raises:
        UnreadableCellError: it is no number.
    """
    number = _number(cell)
    if number is None:
        return Read(None)
    if number < 0:
        return Read(Decimal(0), "", ("negative", "No amount is less than nothing."))
    if number > _MOST:
        return Read(_MOST, "", ("too_large", f"Amounts up to {_MOST} are kept."))
    kept = number.quantize(_PLACES)
    changed = None if abs(kept - number) < Decimal("1e-9") else ("rounded", "Amounts have four decimals.")
    return Read(kept.normalize() if kept else Decimal(0), "", changed)


def whole(cell: Any, least: int, most: int) -> Read:
    """A cell as a whole number between two; None stays None.

    Raises:
        UnreadableCellError: it is no number.
    """
    number = _number(cell)
    if number is None:
        return Read(None)
    nearest = int(min(max(number.to_integral_value(), Decimal(least)), Decimal(most)))
    changed = None if nearest == number else ("rounded", f"A whole number from {least} to {most} is kept.")
    return Read(nearest, "", changed)


def share(cell: Any, *, percent: bool) -> Read:
    """A cell as a share between 0 and 1.

    Args:
        percent: whether its column holds percentages.

    Raises:
        UnreadableCellError: it is no number.
    """
    number = _number(cell)
    if number is None:
        return Read(None)
    part = number / 100 if percent else number
    nearest = min(max(part, Decimal(0)), Decimal(1)).quantize(Decimal("1e-12"))
    changed = None
    if nearest != part.quantize(Decimal("1e-12")) if abs(part) < 2 else True:
        changed = ("out_of_range", "A share lies between 0 and 1.")
    elif percent:
        changed = ("percentage", "A percentage becomes a share.")
    return Read(nearest.normalize() if nearest else Decimal(0), "", changed)


def flag(cell: Any) -> Read:
    """A cell as true or false; None stays None.

    Raises:
        UnreadableCellError
    """
    if cell is None:
        return Read(None)
    word = text(cell).value.strip().lower()
    if word in _TRUE or word in _FALSE:
        return Read(word in _TRUE)
    raise UnreadableCellError("not_a_flag", "This is neither true nor false.")


# --- JSON ----------------------------------------------------------------------------------------------------------


def data(cell: Any) -> Read:
    """A cell as the JSON that it holds; None and empty text are None.

    Raises:
        UnreadableCellError: it is no JSON, or none that is kept.
    """
    if cell is None:
        return Read(None)
    words = cell if isinstance(cell, str) else text(cell).value
    if not words.strip():
        return Read(None)
    try:
        value = jsontext.loads_strict(words.encode("utf-8", "surrogatepass"), mend=True)
    except MalformedInputError as error:
        raise UnreadableCellError("broken_json", f"This JSON cannot be read: {error.errors[0].detail}") from None
    except RecursionError:
        raise UnreadableCellError("broken_json", "This JSON is nested too deep.") from None
    if "\\u0000" in words or "\x00" in words:
        return Read(without_nul(value), "", ("characters", "Characters that no text may hold were replaced."))
    return Read(value)


def without_nul(value: Any) -> Any:
    """JSON without the character that no text here may hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {without_nul(name): without_nul(one) for name, one in value.items()}
    return [without_nul(one) for one in value] if isinstance(value, list) else value
