"""Form-encoded text: names and values as they were meant, blank ones and repeated ones kept."""

from typing import Final
from urllib.parse import parse_qsl

from retention.errors import MalformedInputError

#: Pairs of a form that are read.
MAX_PAIRS: Final = 1000


def pairs(raw: bytes | str) -> list[tuple[str, str]]:
    """The pairs of a form or a query, in their order.

    Raises:
        MalformedInputError: it is not UTF-8, or has too many pairs.
    """
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PAIRS)
    except UnicodeError:
        raise MalformedInputError.at("", "not_utf8", "The form is not UTF-8, percent-encoded.") from None
    except ValueError:
        raise MalformedInputError.at("", "too_many_keys", f"A form has at most {MAX_PAIRS} fields.") from None


def once(found: list[tuple[str, str]]) -> dict[str, str]:
    """The pairs by name, where each name may come once.

    Raises:
        MalformedInputError: one comes twice.
    """
    named: dict[str, str] = {}
    for name, value in found:
        if name in named:
            raise MalformedInputError.at(f"/{name[:50]}", "repeated", f"The parameter {name[:50]!r} comes twice.")
        named[name] = value
    return named
