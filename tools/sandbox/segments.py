"""How many segments a text is carried in. Source: Twilio's glossary, "What is SMS character limit?", and GSM 03.38."""

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Characters that take the place of two.
_EXTENDED: Final = frozenset("^{}\\[]~|€\f")


def segments(text: str) -> int:
    """Segments of a text: one character outside GSM's alphabet makes the whole of it longer."""
    if set(text) <= _BASIC | _EXTENDED:
        length, alone, joined = sum(2 if one in _EXTENDED else 1 for one in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
