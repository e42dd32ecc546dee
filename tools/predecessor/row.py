"""A row of the file, read field by field. Whatever is not taken as it stands is noted with its row and field."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, cast

from retention import jsontext
from tools.predecessor import cells
from tools.predecessor.cells import Read, UnreadableCellError
from tools.predecessor.findings import Findings
from tools.predecessor.shape import TABLES
from tools.predecessor.words import Words

#: The member of free data that keeps what has no other place here.
KEPT: Final = "predecessor"
_READERS: Final = {"instant": cells.instant, "money": cells.money, "flag": cells.flag, "data": cells.data}


class RefusedRowError(Exception):
    """The row cannot be kept, for a reason."""

    def __init__(self, code: str, detail: str, was: Any = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.was = was


class Row:
    """One row of a table."""

    def __init__(self, table: str, number: int, held: Mapping[str, Any], findings: Findings) -> None:
        self.table = table
        self.number = number
        self._held = held
        self._findings = findings
        self.id = cells.text(held.get("id")).value or ""
        #: What had no place of its own, by its column: entities with free data keep it there.
        self.kept: dict[str, Any] = {}

    def __getitem__(self, column: str) -> Any:
        return self._held.get(column)

    def extras(self) -> dict[str, Any]:
        """What stands in columns that are not the predecessor's own."""
        return {name: value for name, value in self._held.items() if name not in TABLES[self.table]}

    # --- notes -------------------------------------------------------------------------------------------------

    def normalised(self, field: str | None, code: str, detail: str, was: Any = None, now: Any = None) -> None:
        """Note that a value is another here."""
        self._findings.note(self.table, self.number, self.id, field, "normalised", code, detail, was, now)

    def left_out(self, field: str | None, code: str, detail: str, was: Any = None) -> None:
        """Note that a value has no place here."""
        self._findings.note(self.table, self.number, self.id, field, "left_out", code, detail, was)

    def keep(self, field: str, code: str, detail: str) -> None:
        """Note that a value has no place of its own, and remember it as it was."""
        was = self._held.get(field)
        self.kept[field] = cells.without_nul(_plain(was))
        self.left_out(field, code, detail, was)

    def refuse(self, error: RefusedRowError) -> None:
        """Note that the row stays behind."""
        self._findings.note(self.table, self.number, self.id, None, "refused", error.code, error.detail, error.was)

    # --- texts -------------------------------------------------------------------------------------------------

    def text(self, column: str, limit: int, *, blank: bool = False) -> str | None:
        """A text of so many characters; None where there is none, or it is blank (unless that may be)."""
        read = cells.text(self._held.get(column))
        words: str | None = read.value
        if words is not None and not blank and not words.strip():
            if words:
                self.normalised(column, "blank", "A blank text is none.", words)
            return None
        if words is not None and len(words) > limit:
            self.kept[column] = words
            self.normalised(
                column,
                "too_long",
                f"At most {limit} characters are kept; the report file has all.",
                words,
                words[:limit],
            )
            return words[:limit].rstrip() or None
        self._changed(column, read)
        return words

    def name(self, column: str, instead: str) -> str:
        """A name, which must not be blank."""
        words = self.text(column, 200)
        if words is None:
            self.normalised(column, "blank", "A name must not be blank.", self._held.get(column), instead)
            return instead
        return words

    def foreign(self, column: str, limit: int = 200) -> str | None:
        """An id of another system: what does not fit is left out, since a part of it names something else."""
        read = cells.text(self._held.get(column))
        words: str | None = read.value
        if words is None or not words:
            return None
        if len(words) > limit:
            self.keep(column, "too_long", f"An id has at most {limit} characters.")
            return None
        self._changed(column, read)
        return words

    def reference(self, column: str) -> str | None:
        """The id of another row."""
        return cells.text(self._held.get(column)).value or None

    def word(self, column: str, words: Words, instead: str | None = None) -> Any:
        """A word of a closed set (its type is the caller's to know).

        Raises:
            RefusedRowError: it is unknown, and nothing could stand for it.
        """
        said = cells.text(self._held.get(column)).value
        if said is None or not said.strip():
            default = instead or words.unknown
            if default is None:
                raise RefusedRowError("required", f"It has no {column}.")
            self.normalised(column, "absent", "The default of the column.", said, default)
            return default
        meant = words.meaning(said)
        if meant is None:
            if words.unknown is None:
                raise RefusedRowError("unknown_word", f"Its {column} is not known here.", said)
            self.kept[column] = said
            self.normalised(column, "unknown_word", f"This {column} is not known here.", said, words.unknown)
            return words.unknown
        if meant != said:
            self.kept[column] = said
            self.normalised(column, "word", f"Words of {column} have one form here.", said, meant)
        return meant

    # --- other values ------------------------------------------------------------------------------------------

    def instant(self, column: str) -> datetime | None:
        """An instant."""
        return cast("datetime | None", self._read("instant", column))

    def dated(self, column: str, *others: str) -> datetime:
        """An instant that must be there: of this column, else of the first other one that has any, else 1970."""
        found = self.instant(column)
        if found is not None:
            return found
        near = self.dated_quietly(*others)
        self.normalised(column, "absent", "The nearest date of the row that there is.", self._held.get(column), near)
        return near

    def dated_quietly(self, *columns: str) -> datetime:
        """The first instant that any of these columns has, else 1970; nothing is noted."""
        for column in columns:
            try:
                found = cells.instant(self._held.get(column)).value
            except UnreadableCellError:
                continue
            if found is not None:
                return cast(datetime, found)
        return cells.EARLIEST

    def money(self, column: str) -> Decimal | None:
        """An amount."""
        return cast("Decimal | None", self._read("money", column))

    def flag(self, column: str, default: bool) -> bool:
        """True or false."""
        found = self._read("flag", column)
        if found is None:
            self.normalised(column, "absent", "The default of the column.", self._held.get(column), default)
            return default
        return bool(found)

    def whole(self, column: str, least: int = 0, most: int = 2**53) -> int | None:
        """A whole number."""
        try:
            read = cells.whole(self._held.get(column), least, most)
        except UnreadableCellError as error:
            self.keep(column, error.code, error.detail)
            return None
        self._changed(column, read)
        return cast("int | None", read.value)

    def share(self, column: str, *, percent: bool) -> Decimal:
        """A share."""
        try:
            read = cells.share(self._held.get(column), percent=percent)
        except UnreadableCellError as error:
            self.keep(column, error.code, error.detail)
            return Decimal(0)
        self._changed(column, read)
        return cast("Decimal | None", read.value) or Decimal(0)

    def data(self, column: str) -> Any:
        """JSON of any kind; None where there is none that can be read."""
        return self._read("data", column)

    def json_object(self, column: str, most: int) -> dict[str, Any] | None:
        """A JSON object of so many bytes; another kind of value is kept apart."""
        value = self.data(column)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.kept[column] = value
            self.normalised(column, "not_an_object", "Free data is an object here; it is kept within one.", value)
            return None
        if len(jsontext.dump_bytes(value)) > most:
            self.left_out(column, "too_large", f"At most {most} bytes of JSON are kept; the report file has it.", value)
            return None
        return value

    def _read(self, kind: Literal["instant", "money", "flag", "data"], column: str) -> Any:
        try:
            read: Read = _READERS[kind](self._held.get(column))
        except UnreadableCellError as error:
            self.keep(column, error.code, error.detail)
            return None
        if read.form:
            self._findings.forms[self.table, column, read.form] += 1
        self._changed(column, read)
        return read.value

    def _changed(self, column: str, read: Read) -> None:
        if read.changed is not None:
            code, detail = read.changed
            self.normalised(column, code, detail, self._held.get(column), read.value)

    # --- what is kept apart ------------------------------------------------------------------------------------

    def with_kept(self, free: dict[str, Any] | None, most: int) -> dict[str, Any] | None:
        """Free data with what had no place of its own, where that fits; else as it is: the report file has all."""
        if not self.kept:
            return free
        whole = {**(free or {}), KEPT: {**_object((free or {}).get(KEPT)), **self.kept}}
        try:
            jsontext.loads_strict(jsontext.dump_bytes(whole))
        except Exception:  # noqa: BLE001 - whatever it is, an archive could not hold it
            return free
        return whole if len(jsontext.dump_bytes(whole)) <= most else free


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> Any:
    """A cell as JSON may hold it, without binary fractions."""
    if isinstance(value, float):
        return repr(value)
    return cells.text(value).value if isinstance(value, str | bytes) else value
