"""Reading one payload: what was found and taken, what cannot be used, and what is left."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from retention import jsontext
from retention.errors import FieldError
from retention.intake.paths import Found, Place, find, without


class Reading:
    """One payload while it is read.

    Args:
        fields: paths by the fields of a lead, the likeliest first.
    """

    def __init__(self, payload: Any, fields: Mapping[str, Sequence[str]]) -> None:
        self._payload = payload
        self._fields = fields
        #: What was taken, by what it was taken for.
        self._taken: dict[str, Place] = {}
        self.problems: list[FieldError] = []

    def text(self, name: str) -> str | None:
        """A field as a text; None where it is empty or not there."""
        for path in self._fields.get(name, ()):
            found = find(self._payload, path)
            text = None if found is None else self._text(name, path, found)
            if text is not None and found is not None:
                if not isinstance(found.value, list) or len(found.value) == 1:
                    self._taken[name] = found.place  # Else the other values are kept with what is left.
                return text
        return None

    def _text(self, name: str, path: str, found: Found) -> str | None:
        values = found.value if isinstance(found.value, list) else [found.value]
        for value in values:
            if isinstance(value, bool | dict | list):
                self.refuse(name, "wrong_type", f"What stands at {path} is no text.")
                return None
            text = _written(value)
            if text:
                return text
        return None

    def value(self, name: str, path: str) -> Any:
        """What stands at a path, as it is, for a member of meta; None where nothing does."""
        found = find(self._payload, path)
        if found is None:
            return None
        self._taken[name] = found.place
        single = isinstance(found.value, list) and len(found.value) == 1
        return found.value[0] if single else found.value

    def rest(self) -> Any:
        """What was not asked for, or could not be used."""
        return without(self._payload, set(self._taken.values()))

    def refuse(self, name: str, code: str, detail: str) -> None:
        """Name what cannot be used. It is kept with what is left, for somebody to see what was meant."""
        self._taken.pop(name, None)
        self.problems.append(FieldError(f"/{name}", code, detail))


def _written(value: Any) -> str:
    """A scalar as text, trimmed; the character that nothing may hold left out."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return jsontext.format_decimal(value)
    return str(value).replace("\x00", "").strip()
