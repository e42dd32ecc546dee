"""Reading files that no one here has seen."""

import csv
import gzip
import io
import string
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.imports.leads import lines
from retention.imports.leads.layout import layout_of
from retention.imports.leads.records import MAX_CELL, Position, Record, RecordReader
from retention.imports.model import FileFormat, UnusableFileError


def reader(content: bytes, name: str = "leads.csv", told: FileFormat | None = None) -> RecordReader:
    file = io.BytesIO(content)
    return RecordReader(file, layout_of(file, name, told))


def rows(content: bytes | str, name: str = "leads.csv") -> list[dict[str, Any]]:
    """The cells of each row, all of which can be read."""
    found = records(content, name)
    assert [record.error for record in found] == [None] * len(found)
    return [dict(record.cells) for record in found]


def records(content: bytes | str, name: str = "leads.csv") -> list[Record]:
    return list(reader(content.encode() if isinstance(content, str) else content, name).records())


def code_of(record: Record) -> str | None:
    return None if record.error is None else record.error.code


def codes(content: bytes | str, name: str = "leads.csv") -> list[str | None]:
    return [code_of(record) for record in records(content, name)]


def why(content: bytes, name: str = "leads.csv") -> str:
    with pytest.raises(UnusableFileError) as refusal:
        reader(content, name)
    return str(refusal.value)


ZOE = [{"name": "Zoë", "city": "Köln"}, {"name": "Łukasz", "city": "中文"}]
ZOE_TEXT = "name,city\r\nZoë,Köln\r\nŁukasz,中文\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_every_usual_encoding_and_line_end_is_read(encoding: str, newline: str) -> None:
    assert rows(ZOE_TEXT.replace("\r\n", newline).encode(encoding)) == ZOE


def test_big_endian_utf_16_is_read_with_characters_that_hold_the_bytes_of_a_line_end() -> None:
    text = "name,city\nĊ਀,x\nਊĀ,y\n"  # U+010A, U+0A00; U+0A0A, U+0100.
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert rows(mark + text.encode(encoding)) == [{"name": "Ċ਀", "city": "x"}, {"name": "ਊĀ", "city": "y"}]


def test_what_is_no_utf_8_is_taken_for_windows_1252_and_said() -> None:
    found = records("name,city\nZoë,Köln\nAda,".encode() + "Paris € Café\n".encode("cp1252"))

    assert [(record.cells["city"], record.guessed) for record in found] == [("Köln", False), ("Paris € Café", True)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_header(delimiter: str) -> None:
    text = (
        f'first name{delimiter}"notes, or; what|ever\tyou"{delimiter}email\nAda{delimiter}"a{delimiter}b"{delimiter}x\n'
    )

    assert [list(row.values()) for row in rows(text)] == [["Ada", f"a{delimiter}b", "x"]]
    assert rows(f"sep={delimiter}\nname{delimiter}city\nAda{delimiter}Rome\n") == [{"name": "Ada", "city": "Rome"}]


def test_quoted_cells_may_hold_line_ends_and_doubled_quotes() -> None:
    text = 'name,notes\nAda,"one\ntwo ""three""\n\nfour, five"\n\n\nBob,"5"" pipe"\nCy,5" pipe\nDi,plain\n'

    assert [row["notes"] for row in rows(text)] == ['one\ntwo "three"\n\nfour, five', '5" pipe', '5" pipe', "plain"]


def test_broken_quotes_cost_their_own_line_only_and_are_named_with_it() -> None:
    text = 'name,notes\nAda,fine\nBob,"never closed\nCy,fine\nDi,"closed" too early\nEve,fine\n'

    found = records(text)

    assert [code_of(record) for record in found] == [
        None, "broken_quotes", None, "broken_quotes", None,
    ]  # fmt: skip
    assert [record.number for record in found] == [1, 2, 3, 4, 5]
    assert "line 3" in str(found[1].error)
    assert "line 5" in str(found[3].error)


def test_what_is_too_large_or_no_text_is_refused_row_by_row() -> None:
    fits, too_large = "x" * MAX_CELL, "x" * (MAX_CELL + 1)
    text = f"name,notes\na,{fits}\nb,{too_large}\nc,{'y' * (lines.MAX_LINE + 1)}\nd,\x00\ne,{'z' * 3_000_000}\nf,fine\n"

    assert codes(text) == [None, "cell_too_large", "row_too_large", "control_character", "row_too_large", None]
    assert [record.number for record in records(text)] == [1, 2, 3, 4, 5, 6]


def test_short_rows_and_blank_cells_beyond_the_header_are_no_fault() -> None:
    assert rows("name,city\nAda\nBob,Rome,,\n") == [{"name": "Ada"}, {"name": "Bob", "city": "Rome"}]
    assert codes("name,city\nAda,Rome,x\n") == ["too_many_cells"]


def test_json_lines_are_read_line_by_line() -> None:
    text = '{"a": 1.10, "b": {"c": [1]}}\n\n{"a": "x"\n[]\n{"a": 1, "a": 2}\n{"b": null}'

    found = records(text, "leads.jsonl")

    assert codes(text, "leads.ndjson") == [None, "not_json", "not_an_object", "duplicate_key", None]
    assert reader(text.encode(), "leads").columns == ["a", "b"]  # Told by what it begins with.
    assert str(found[0].cells["a"]) == "1.10"


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\n", "empty"),
        (zipped(), "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (gzip.compress(b"name,city", mtime=0), "unpack"),
        (b"%PDF-1.7", "PDF"),
        (b"SQLite format 3\0", "import-sqlite"),
        (b"\n<!doctype html><table>", "HTML"),
        (bytes(range(256)) * 20, "UTF-8"),
        ("name,city\nAda,Rome\n".encode("utf-16-le"), "UTF-8"),
        (b"name,email,name\nAda,x,y\n", "columns 1, 3"),
        (b"Ada,ada@example.com\nBob,bob@example.com\n", "first line"),
        (b'name,"email\nAda,x\n', "header"),
        (",".join(f"c{n}" for n in range(400)).encode(), "400 columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_it_is(content: bytes, word: str) -> None:
    assert word in why(content)


def test_a_json_array_is_no_json_lines() -> None:
    assert "JSON Lines" in why(b'[{"name": "Ada"}]', "leads.json")


def test_reading_goes_on_at_any_row_as_if_it_had_never_stopped() -> None:
    text = 'name,notes\nAda,"a\nb"\n\nBob,"open\nCy,x\r\nDi,"é\n"\n'.encode()
    whole = list(reader(text).records())

    for at in range(len(whole)):
        assert list(reader(text).records(Position(*whole[at].next))) == whole[at + 1 :]


def test_a_file_of_open_quotes_is_read_in_little_time_and_memory() -> None:
    text = "name,notes\n" + '"x,y\n' * 3001

    assert codes(text).count("broken_quotes") <= 3001
    assert len(records(text)) >= 1500


CELLS = st.text(st.sampled_from(string.ascii_letters + ' ,;"\n\té中'), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_well_formed_files_are_read_as_python_reads_them(
    table: list[list[str]], delimiter: str, quoting: Any, newline: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerow(["a", "b", "c"])
    writer.writerows(table)
    text = out.getvalue()
    expected = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row][1:]

    assert [list(row.values()) for row in rows(text)] == expected
