"""What kind of file it is: its encoding, what ends its lines and parts its cells, and which columns it has.

Told by its first bytes. What is no file of text gets a sentence that says what it is instead.
"""

import codecs
import re
from typing import BinaryIO, Final, NamedTuple

from retention.imports.leads.lines import BLOCK
from retention.imports.model import FileFormat, UnusableFileError

#: Bytes that are looked at.
SAMPLE: Final = 64 * 1024
#: What parts cells, in the order in which they win a tie.
DELIMITERS: Final = ",;\t|"
#: How files begin that people take for lists of leads. Sources: the formats' specifications.
_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "a ZIP file or an Excel workbook (.xlsx): save the sheet as CSV (UTF-8), or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save the sheet as CSV (UTF-8)"),
    (b"\x1f\x8b", "compressed (gzip): unpack it first"),
    (b"BZh", "compressed (bzip2): unpack it first"),
    (b"\xfd7zXZ", "compressed (xz): unpack it first"),
    (b"(\xb5/\xfd", "compressed (Zstandard): unpack it first"),
    (b"%PDF", "a PDF document: only CSV and JSON Lines can be read"),
    (b"SQLite format 3\0", "a SQLite database: `retention import-sqlite` takes those in"),
    (b"PAR1", "a Parquet file: only CSV and JSON Lines can be read"),
    (b"<", "HTML or XML: only CSV and JSON Lines can be read"),
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Bytes that no text has, but for tabs, line ends, form feeds and the end mark of old systems.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
#: How a file tells spreadsheets what parts its cells.
_TOLD: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"')


class Layout(NamedTuple):
    """How a file is written."""

    format: FileFormat
    encoding: str
    #: Where its text begins, in bytes: behind a byte order mark and what tells the delimiter.
    start: int
    newline: str
    #: What parts cells; empty for JSON Lines.
    delimiter: str


def layout_of(file: BinaryIO, name: str, told: FileFormat | None) -> Layout:
    """How a file is written.

    Args:
        name: the name of the file.
        told: what its giver says it is.

    Raises:
        UnusableFileError: it is empty, or no text.
    """
    file.seek(0)
    sample = file.read(SAMPLE)
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise UnusableFileError("The file is empty.")
    for begin, what in _OTHERS:
        if sample.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(begin):
            raise UnusableFileError(f"This is {what}.")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if sample.startswith(mark)), (b"", "utf-8"))
    if encoding == "utf-8" and len(_CONTROL.findall(sample)) > len(sample) // 100:
        raise UnusableFileError("This is no text in an encoding that can be read; save it as UTF-8.")
    text = sample[len(mark) :].decode(encoding, "replace")
    newline = "\n" if "\n" in text or "\r" not in text or _has_line_feed(file, encoding) else "\r"
    if _is_json(text, name, told):
        return Layout("jsonl", encoding, len(mark), newline, "")
    start, hint = len(mark), _TOLD.match(text)
    if hint is not None:
        start += len(hint[0].encode(encoding))
        text = text[hint.end() :]
    return Layout("csv", encoding, start, newline, hint[1] if hint is not None else _delimiter(text, newline))


def _has_line_feed(file: BinaryIO, encoding: str) -> bool:
    """Whether there is one a little further on: a first row may hold long texts of an old system."""
    return "\n" in file.read(BLOCK).decode(encoding, "replace")


def _is_json(text: str, name: str, told: FileFormat | None) -> bool:
    begins = text.lstrip()[:1]
    ending = name.lower().rpartition(".")[2]
    is_json = told == "jsonl" if told is not None else ending in ("jsonl", "ndjson", "json") or begins == "{"
    if is_json and begins == "[":
        raise UnusableFileError("This is a JSON array. JSON Lines has an object in each line, and nothing around them.")
    return is_json


def _delimiter(text: str, newline: str) -> str:
    """What parts the cells of the first line that holds anything."""
    header = next((line for line in _QUOTED.sub("x", text).split(newline) if line.strip()), "")
    return max(DELIMITERS, key=header.count)
