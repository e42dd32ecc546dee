"""What a text message costs."""

import pytest

from retention.templates.segments import ALPHABET, EXTENSION, Segments, foreign_to_gsm, segments_of

#: The default alphabet by code, without the escape at 0x1B. Source: 3GPP TS 23.038, section 6.2.1, table 1, written by
#: hand from the table's columns.
COLUMNS = (
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
)


def test_the_alphabet_is_the_standards() -> None:
    assert "".join(sorted(ALPHABET)) == "".join(sorted("".join(COLUMNS)))
    assert len(ALPHABET) == 127
    assert "".join(sorted(EXTENSION)) == "".join(sorted("\f^{}\\[~]|€"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0)),
        ("a", Segments("GSM-7", 1, 1)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 306, Segments("GSM-7", 306, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("€" * 81, Segments("GSM-7", 162, 2)),
        # 153 is odd: an escape and its character are not parted, so a segment holds 76 of them.
        ("€" * 152, Segments("GSM-7", 304, 2)),
        ("€" * 153, Segments("GSM-7", 306, 3)),
        ("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3)),
        ("à é ù [x] {y}\n", Segments("GSM-7", 18, 1)),
        ("à é ç", Segments("UCS-2", 5, 1)),
        ("ж" * 70, Segments("UCS-2", 70, 1)),
        ("ж" * 71, Segments("UCS-2", 71, 2)),
        ("ж" * 134, Segments("UCS-2", 134, 2)),
        ("ж" * 135, Segments("UCS-2", 135, 3)),
        ("a" * 69 + "…", Segments("UCS-2", 70, 1)),
        ("a" * 160 + "…", Segments("UCS-2", 161, 3)),
        # An emoji is two units of UTF-16, which are not parted.
        ("😀" * 35, Segments("UCS-2", 70, 1)),
        ("😀" * 36, Segments("UCS-2", 72, 2)),
        ("😀" * 66, Segments("UCS-2", 132, 2)),
        ("😀" * 67, Segments("UCS-2", 134, 3)),
        # In UTF-16 the characters of the extension are single.
        ("…" + "€" * 69, Segments("UCS-2", 70, 1)),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, expected: Segments) -> None:
    assert segments_of(text) == expected


def test_the_characters_that_make_a_message_dear_are_named() -> None:
    assert foreign_to_gsm("naïve “yes” … €") == ["ï", "“", "”", "…"]
