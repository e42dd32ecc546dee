"""Values of JSON as text, exactly: ids come as numbers here and as text there."""

import hashlib
from decimal import Decimal
from typing import Any

from retention import jsontext


def as_text(value: Any) -> str | None:
    """A text, a number or a truth value as text; None for anything else, and for nothing."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return jsontext.format_decimal(value) if isinstance(value, Decimal) else None


def hash_of(value: Any) -> str:
    """A name for a value of JSON: the same for equal values, whatever the order of their members."""
    return hashlib.sha256(jsontext.canonical(value)).hexdigest()
