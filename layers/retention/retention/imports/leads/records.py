"""The rows of a file: cells by the names of their columns, each with its number and what is wrong with it.

A row that cannot be read harms no other: where a quote is never closed, its line is refused and the next one is read.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from retention import jsontext
from retention.errors import FieldError, MalformedInputError
from retention.imports.leads.layout import Layout
from retention.imports.leads.lines import MAX_LINE, Line, LineReader
from retention.imports.model import UnusableFileError

#: Largest cell, in bytes of UTF-8.
MAX_CELL: Final = 8 * 1024
#: Lines that a row may have: of texts in quotes.
MAX_LINES: Final = 200
#: Columns that a file may have, and how long their names may be.
MAX_COLUMNS: Final = 300
MAX_NAME: Final = 200
#: Rows that tell which members JSON Lines has.
SAMPLED: Final = 100
_BROKEN: Final = "broken_quotes"
#: What a header does not hold, and a row of data does.
_DATA: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+|\+?[\d ()/.-]{7,}", re.IGNORECASE)


class Position(NamedTuple):
    """Where a row begins: its byte, and how many rows and lines are before it."""

    offset: int
    rows: int
    lines: int


class Record(NamedTuple):
    """A row as it stands in the file."""

    #: Cells by the names of their columns; texts, or any JSON.
    cells: Mapping[str, Any]
    #: Where the next one begins.
    next: Position
    #: Why it cannot be read.
    error: FieldError | None = None
    guessed: bool = False

    @property
    def number(self) -> int:
        """Its number; the first row below the header is 1."""
        return self.next.rows


class _Raw(NamedTuple):
    """The cells of a row in their order, and where the next row begins."""

    cells: list[str]
    next: Position
    error: FieldError | None = None
    guessed: bool = False


class RecordReader:
    """Reads the rows of a file.

    Raises:
        UnusableFileError: it has no usable header.
    """

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._reader = LineReader(file, layout.encoding, layout.newline)
        mark = re.escape(layout.delimiter or ",")
        self._whole = re.compile(rf'(?:^|(?<={mark}))"(?:[^"]++|"")*+"')
        self._opens = re.compile(rf'(?:^|{mark})"')
        self.columns: list[str] = []
        self.first = Position(layout.start, 0, 0)
        if layout.format == "csv":
            self._read_header()
        else:
            self._read_members()

    def records(self, position: Position | None = None) -> Iterator[Record]:
        """The rows, from the first or from a position on. Empty lines are no rows."""
        if self._layout.format == "csv":
            return self._of_csv(position or self.first)
        return self._of_json(position or self.first)

    # --- columns -------------------------------------------------------------------------------------------------

    def _read_header(self) -> None:
        header = next(self._raw(self.first), _Raw([], self.first))
        if header.error is not None:
            raise UnusableFileError(f"The header cannot be read: {header.error.detail}")
        self.columns = [cell.strip() or f"column {number}" for number, cell in enumerate(header.cells, 1)]
        self.first = Position(header.next.offset, 0, header.next.lines)
        if len(self.columns) > MAX_COLUMNS:
            raise UnusableFileError(f"The header has {len(self.columns)} columns; {MAX_COLUMNS} are the most.")
        if any(_DATA.fullmatch(column) for column in self.columns):
            raise UnusableFileError(
                "The first line must name the columns, such as firstName, email; it looks like data."
            )
        twice = {column for column in self.columns if self.columns.count(column) > 1}
        for column in self.columns:
            if column in twice:
                places = [str(at) for at, one in enumerate(self.columns, 1) if one == column]
                raise UnusableFileError(f'The header names "{column}" more than once: columns {", ".join(places)}.')

    def _read_members(self) -> None:
        found: dict[str, None] = {}
        for number, record in enumerate(self._of_json(self.first)):
            if number >= SAMPLED:
                break
            found.update(dict.fromkeys(record.cells))
        self.columns = [name for name in found if len(name) <= MAX_NAME][:MAX_COLUMNS]

    # --- rows ----------------------------------------------------------------------------------------------------

    def _of_csv(self, position: Position) -> Iterator[Record]:
        columns, expected = self.columns, len(self.columns)
        for cells, after, error, guessed in self._raw(position):
            if error is None and any(cells[expected:]):
                error = FieldError("", "too_many_cells", f"The row has {len(cells)} cells, the header {expected}.")
            yield Record(dict(zip(columns, cells, strict=False)), after, error, guessed)

    def _raw(self, position: Position) -> Iterator[_Raw]:
        lines = self._reader.lines(position.offset)
        ahead: deque[Line] = deque()
        rows, number = position.rows, position.lines
        while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
            number += 1
            if not line.text.strip(" \r") and not line.too_long:
                continue
            rows += 1
            taken, text = self._whole_row(line, ahead, lines)
            cells, error = self._cells(text, number) if text is not None else ([], _unclosed(number))
            if error is not None and len(taken) > 1 and error.code == _BROKEN:
                # The quote that was taken for its end begins another cell: the lines behind it are rows of their own.
                ahead.extendleft(reversed(taken[1:]))
                taken, error = [line], _unclosed(number)
            if line.too_long:
                cells, error = [], _too_long(number)
            after = Position(taken[-1].end, rows, number + len(taken) - 1)
            yield _Raw(cells, after, error, any(one.guessed for one in taken))
            number = after.lines

    def _whole_row(self, first: Line, ahead: deque[Line], lines: Iterator[Line]) -> tuple[list[Line], str | None]:
        """The lines of a row, and its text; None where a quote is not closed within what a row may be."""
        taken, text, size = [first], first.text, len(first.text)
        while ('"' in taken[-1].text and self._is_open(text)) or (len(taken) > 1 and '"' not in taken[-1].text):
            line = ahead.popleft() if ahead else next(lines, None)
            size += len(line.text) if line is not None else 0
            if line is None or line.too_long or size > MAX_LINE or len(taken) == MAX_LINES:
                ahead.extendleft(reversed([*taken[1:], *([line] if line is not None else [])]))
                return [first], None
            taken.append(line)
            text += self._layout.newline + line.text
        return taken, text

    def _is_open(self, text: str) -> bool:
        """Whether the text ends within quotes."""
        return self._opens.search(self._whole.sub("", text)) is not None

    def _cells(self, text: str, line: int) -> tuple[list[str], FieldError | None]:
        if "\x00" in text:
            return [], FieldError("", "control_character", f"Line {line} holds the character U+0000.")
        try:
            # Carriage returns within quotes are kept; the one at the end belongs to the end of the line.
            cells = next(csv.reader([text.removesuffix("\r")], delimiter=self._layout.delimiter, strict=True), [])
        except csv.Error:
            return [], FieldError("", _BROKEN, f"The quotes in line {line} do not match.")
        return cells, _too_large(dict(zip(self.columns, cells, strict=False)), len(text))

    def _of_json(self, position: Position) -> Iterator[Record]:
        rows, number = position.rows, position.lines
        for line in self._reader.lines(position.offset):
            number += 1
            text = line.text.strip()
            if not text and not line.too_long:
                continue
            rows += 1
            cells, error = ({}, _too_long(number)) if line.too_long else _members(text, number)
            yield Record(cells, Position(line.end, rows, number), error, line.guessed)


def _members(text: str, line: int) -> tuple[dict[str, Any], FieldError | None]:
    try:
        value = jsontext.loads_strict(text.encode())
    except MalformedInputError as error:
        return {}, FieldError("", error.errors[0].code, f"Line {line} cannot be read: {error.errors[0].detail}")
    if not isinstance(value, dict):
        return {}, FieldError("", "not_an_object", f"Line {line} is no JSON object.")
    return value, _too_large(value, len(text))


def _too_large(cells: Mapping[str, Any], size: int) -> FieldError | None:
    if size > MAX_CELL // 4:
        for name, cell in cells.items():
            if isinstance(cell, str) and len(cell.encode()) > MAX_CELL:
                return FieldError("", "cell_too_large", f'The cell "{name}" has more than {MAX_CELL // 1024} KB.')
    return None


def _too_long(line: int) -> FieldError:
    return FieldError("", "row_too_large", f"Line {line} has more than {MAX_LINE // 1024} KB.")


def _unclosed(line: int) -> FieldError:
    return FieldError("", _BROKEN, f"A quote that is opened in line {line} is not closed.")
