"""Taking a full name apart."""

from typing import Final, NamedTuple

#: Words before a last name that belong to it. Source: the usual ones of Dutch, German, French, Italian, Spanish,
#: Portuguese, Arabic, Hebrew and Scandinavian names.
_PARTICLES: Final = (
    "van von vom zu zum zur der den dem de del della delle di da do das dos du des d' la le les lo los las el al "
    "bin bint ibn ben abu st. st san santa ter ten te 't op af av"
)
#: What follows a last name without being one.
_SUFFIXES: Final = "jr jr. sr sr. ii iii iv phd ph.d. md m.d. esq esq. mba"
#: What stands before a name without being part of it.
_TITLES: Final = "mr mr. mrs mrs. ms ms. miss dr dr. prof prof. sir herr frau hr. fr. mme mlle sr sr. sra sra. señor"
PARTICLES, SUFFIXES, TITLES = (frozenset(words.split()) for words in (_PARTICLES, _SUFFIXES, _TITLES))


class PersonName(NamedTuple):
    """A name in two parts; None where there is no such part."""

    first: str | None
    last: str | None


def split_name(text: str) -> PersonName:
    """First and last name of a full one.

    One word is a first name. Of several, the last one is the last name, with the particles before it (van, de la) and
    a suffix after it (Jr.). "Last, First" is turned round. Titles are left out.
    """
    head, comma, tail = text.partition(",")
    before, after = head.split(), tail.replace(",", " ").split()
    if comma and before and after and not all(word.casefold() in SUFFIXES for word in after):
        return PersonName(_joined(_untitled(after)), _joined(_untitled(before)))
    words = _untitled([*before, *after])
    if len(words) < 2:
        return PersonName(_joined(words), None)
    begin = len(words) - 1
    while begin > 1 and words[begin].casefold() in SUFFIXES:
        begin -= 1
    while begin > 1 and words[begin - 1].casefold() in PARTICLES:
        begin -= 1
    if begin == 1 and words[0] in PARTICLES:
        # "van Gogh" is a last name; "Van Morrison" has a first one.
        begin = 0
    return PersonName(_joined(words[:begin]), _joined(words[begin:]))


def _untitled(words: list[str]) -> list[str]:
    """Words without the titles before them; a title alone is a name."""
    begin = 0
    while begin < len(words) - 1 and words[begin].casefold() in TITLES:
        begin += 1
    return words[begin:]


def _joined(words: list[str]) -> str | None:
    return " ".join(words) or None
