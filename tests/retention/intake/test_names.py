"""A full name becomes a first and a last one, as people would take it apart."""

import pytest

from retention.intake.names import split_name

NAMES = {
    "Ada Lovelace": ("Ada", "Lovelace"),
    "  Ada \t Lovelace \n": ("Ada", "Lovelace"),
    "Ada": ("Ada", None),
    "Anna Maria Müller": ("Anna Maria", "Müller"),
    "Jean-Luc Picard": ("Jean-Luc", "Picard"),
    "Ludwig van Beethoven": ("Ludwig", "van Beethoven"),
    "Vincent Willem van Gogh": ("Vincent Willem", "van Gogh"),
    "Anna van der Berg": ("Anna", "van der Berg"),
    "María de la Cruz": ("María", "de la Cruz"),
    "Otto von Bismarck": ("Otto", "von Bismarck"),
    "Osama bin Zayed": ("Osama", "bin Zayed"),
    "van Gogh": (None, "van Gogh"),
    "Van Morrison": ("Van", "Morrison"),
    "Lovelace, Ada": ("Ada", "Lovelace"),
    "van den Berg, Anna Maria": ("Anna Maria", "van den Berg"),
    "King, Dr. Martin Luther": ("Martin Luther", "King"),
    "Martin Luther King Jr.": ("Martin Luther", "King Jr."),
    "Martin Luther King, Jr.": ("Martin Luther", "King Jr."),
    "Ada Lovelace, PhD": ("Ada", "Lovelace PhD"),
    "Dr. Ada Lovelace": ("Ada", "Lovelace"),
    "Herr Prof. Dr. Karl Marx": ("Karl", "Marx"),
    "Dr.": ("Dr.", None),
    "Lovelace,": ("Lovelace", None),
    ", Ada": ("Ada", None),
    ",": (None, None),
    "": (None, None),
    "山田 太郎": ("山田", "太郎"),
    "O'Neil": ("O'Neil", None),
}


@pytest.mark.parametrize(("full", "parts"), NAMES.items())
def test_a_full_name_is_taken_apart(full: str, parts: tuple[str | None, str | None]) -> None:
    assert tuple(split_name(full)) == parts


@pytest.mark.parametrize("full", NAMES)
def test_no_word_but_a_title_is_lost(full: str) -> None:
    words = {word for part in split_name(full) if part for word in part.split()}

    assert {word for word in full.replace(",", " ").split() if word not in words} <= {"Dr.", "Herr", "Prof."}
