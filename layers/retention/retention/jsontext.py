"""JSON in and out, exactly: decimals stay decimals, and what JSON leaves undefined is refused.

Python's reader accepts duplicate keys, NaN and lone surrogates, and fails on deep nesting with an error of its own;
RFC 8259 leaves all of these to the reader, RFC 7493 (I-JSON) forbids them, and so do we.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from retention.errors import MalformedInputError

#: Levels of nesting that are accepted.
MAX_DEPTH: Final = 32
#: Members of one object that are accepted.
MAX_KEYS: Final = 1000
#: Digits of a number that are accepted; DynamoDB keeps 38.
MAX_DIGITS: Final = 38


def format_instant(instant: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with milliseconds: fixed width, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _refuse(code: str, detail: str) -> MalformedInputError:
    return MalformedInputError.at("", code, detail)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:  # An exponent beyond what Decimal itself can hold.
        raise _refuse("number_out_of_range", "A number is too large or too small.") from None
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise _refuse("number_out_of_range", f"A number has more than {MAX_DIGITS} digits.")
    return number


def _integer(text: str) -> int | Decimal:
    # orjson writes 64-bit integers only; longer ones are kept as decimals and written digit by digit.
    return int(text) if len(text) < 19 else _number(text)


def _any_integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 19 else Decimal(text)


def _constant(text: str) -> Any:
    raise _refuse("not_json", f"{text} is not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise _refuse("too_many_keys", f"An object has more than {MAX_KEYS} members.")
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _refuse("duplicate_key", f"The member {twice!r} appears twice in one object.")
    return result


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_integer, parse_constant=_constant
)


def _depth(text: str) -> int:
    """How deep the brackets outside strings go; an upper bound that needs no parser."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def loads_strict(raw: bytes, *, mend: bool = False) -> Any:
    """Read JSON that came from outside.

    Args:
        mend: whether lone surrogates are replaced (`mended`), not refused: by whom a refusal would be the loss of it.

    Raises:
        MalformedInputError: not UTF-8, not JSON, nested too deep, a duplicate key, NaN, a lone surrogate, a number with
            too many digits.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refuse("not_utf8", f"The body is not UTF-8 (byte {error.start}).") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise _refuse("too_deep", f"The body is nested deeper than {MAX_DEPTH} levels.")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _refuse("not_json", f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    if "\\u" in text and _has_surrogate(value):
        if not mend:
            raise _refuse("lone_surrogate", "A string holds half of a surrogate pair.")
        value = mended(value)
    return value


def mended(value: Any) -> Any:
    """A value of JSON with U+FFFD for each half of a surrogate pair, as it is left of a text that was cut too short."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogate(value) else value
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return [mended(item) for item in value] if isinstance(value, list) else value


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_has_surrogate(key) or _has_surrogate(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_surrogate(item) for item in value)


def loads(text: str) -> Any:
    """Read JSON that we wrote ourselves; decimals come back exactly as they went in.

    Nothing is refused: a number that was read as 1e38 has one digit more when it is written out.
    """
    return json.loads(text, parse_float=Decimal, parse_int=_any_integer)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format_decimal(value))
    if isinstance(value, datetime):
        return format_instant(value)
    if hasattr(value, "model_dump"):  # a contract; not named, since reading and writing JSON needs no pydantic
        return value.model_dump(by_alias=True)
    raise TypeError(f"not JSON: {type(value).__name__}")


def format_decimal(number: Decimal) -> str:
    """Write a decimal as a JSON number: no exponent, no needless zeros."""
    if number == 0:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def dumps(value: Any) -> str:
    """Write JSON: decimals digit by digit, instants by `format_instant`."""
    return dump_bytes(value).decode()


def dump_bytes(value: Any) -> bytes:
    """Write JSON as UTF-8 bytes."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)


def canonical(value: Any) -> bytes:
    """Write JSON with sorted members: equal values give equal bytes, for fingerprints."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_SORT_KEYS)
