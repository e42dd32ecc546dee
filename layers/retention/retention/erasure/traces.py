"""What names a person, however it is written: found in any text.

An e-mail address whatever its case, also as part of a web address; a phone number whatever stands between its digits,
with its country code or without; the id that another system gave. Never a part of a longer one: that is another's.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

import orjson

from retention.leads.addresses import email_identity
from retention.leads.model import Lead

#: Characters of an id of another system that is looked for: a shorter one is found in anything.
SHORTEST_ID: Final = 6
#: Digits of a phone number, without its country code, that are looked for.
FEWEST_DIGITS: Final = 6
#: Characters of a name that is looked for, and how far apart a first and a last name may stand.
SHORTEST_NAME: Final = 2
APART: Final = 60
#: What may stand between two digits of a phone number. Longer numbers are broken by one of these at most.
_BETWEEN: Final = rb"[ \-./()\t]{0,3}"
_SEPARATORS: Final = b" -./()\t"
#: What stands before something that begins here: nothing that it could be a part of, or the end of an escape.
_BEGINS: Final = rb"(?:(?<=%[0-9a-f]{2})|(?<=\\[nrtbf])|(?<![a-z0-9._%+\-]))"
_WORD_BEGINS: Final = rb"(?:(?<=%[0-9a-f]{2})|(?<=\\[nrtbf])|(?<![a-z0-9_\-]))"
_ENDS: Final = rb"(?!\.?[a-z0-9\-])"
_WORD_ENDS: Final = rb"(?![a-z0-9_\-])"


@dataclass(frozen=True)
class Traces:
    """What names one person."""

    lead_id: str
    emails: tuple[str, ...]
    #: In E.164 form.
    phones: tuple[str, ...]
    external_id: str | None
    names: tuple[str, str]

    @classmethod
    def of(cls, lead: Lead, former: Sequence[str] = ()) -> "Traces":
        """What names the person that a lead stands for.

        Args:
            former: addresses that they had before.
        """
        emails = [*filter(None, [lead.email]), *(one for one in former if "@" in one)]
        phones = [*filter(None, [lead.phone]), *(one for one in former if "@" not in one)]
        return cls(lead.id, tuple(emails), tuple(phones), lead.external_id, (lead.first_name, lead.last_name))

    @property
    def looked_for(self) -> list[str]:
        """Which of the person's data can be looked for, by the names of the fields."""
        return list(dict.fromkeys(name for name, _, _ in self._patterns)) or (["name"] if self._both_names else [])

    def found_in(self, text: bytes) -> list[str]:
        """Which of them a text holds. A name counts only where there is nothing better to go by: others bear it, too.

        Args:
            text: in UTF-8; zeros in it are passed over, so that UTF-16 is read as well.
        """
        folded = _folded(text)
        if self._patterns:
            found = (name for name, hint, pattern in self._patterns if hint(folded) and pattern.search(folded))
            return list(dict.fromkeys(found))
        return ["name"] if self._names_both(folded) else []

    def is_namesake_in(self, text: bytes) -> bool:
        """Whether a text holds the first name and the last name close together: the person, or somebody so called."""
        return self._names_both(_folded(text))

    def _names_both(self, folded: bytes) -> bool:
        return self._both_names is not None and self._both_names.search(folded) is not None

    @cached_property
    def _patterns(self) -> "list[_Pattern]":
        phones = [parts for one in self.phones if (parts := _parts_of(one))]
        found = [*map(_of_email, self.emails), *(_of_phone(*parts) for parts in phones)]
        if self.external_id and len(self.external_id) >= SHORTEST_ID:
            found.append(_of_external_id(self.external_id))
        return found

    @cached_property
    def _both_names(self) -> re.Pattern[bytes] | None:
        if min(len(one.strip()) for one in self.names) < SHORTEST_NAME:
            return None
        first, last = (_WORD_BEGINS + re.escape(_folded(one.strip().encode())) + _WORD_ENDS for one in self.names)
        between = rb"[\s\S]{0,%d}?" % APART
        return re.compile(b"(?:" + first + between + last + b"|" + last + between + first + b")")


#: The name of a field, a quick test that rules out most texts, and the exact one.
_Pattern = tuple[str, Callable[[bytes], bool], re.Pattern[bytes]]


def _of_email(address: str) -> _Pattern:
    forms = {_folded(one.encode()) for one in (address, quote(email_identity(address), safe=""))}
    # How it begins, as far as that is written the same everywhere.
    hint = re.match(rb"[a-z0-9._\-]*", _folded(address.encode()))[0]  # type: ignore[index]
    either = b"|".join(re.escape(one) for one in sorted(forms))
    return "email", lambda text: hint in text, re.compile(_BEGINS + b"(?:" + either + b")" + _ENDS)


def _of_phone(code: str, national: str) -> _Pattern:
    digits = _BETWEEN.join(re.escape(bytes((one,))) for one in national.encode())
    lead_in = rb"(?:(?:00|\+|%2b)?" + code.encode() + _BETWEEN + rb")?(?:\(?0\)?" + _BETWEEN + rb")?\(?"
    pattern = re.compile(rb"(?<![0-9])" + lead_in + digits + rb"(?![0-9])")
    return "phone", lambda text: national.encode() in text.translate(None, _SEPARATORS), pattern


def _of_external_id(given: str) -> _Pattern:
    name = _folded(given.encode())
    return "externalId", lambda text: name in text, re.compile(_WORD_BEGINS + re.escape(name) + _WORD_ENDS)


def text_of(raw: Mapping[str, Any]) -> bytes:
    """All texts of a raw item, as one. Numbers are left out: instants are taken for phone numbers."""
    return b"\n".join(_texts(raw))


def _texts(raw: Mapping[str, Any]) -> Iterator[bytes]:
    for value in raw.values():
        if "S" in value:
            yield value["S"].encode()
        elif not value.keys() & {"N", "BOOL", "NULL"}:
            yield orjson.dumps(value)


def _folded(text: bytes) -> bytes:
    text = text.replace(b"\0", b"")
    return text.lower() if text.isascii() else text.decode("utf-8", "replace").casefold().encode()


def _parts_of(phone: str) -> tuple[str, str] | None:
    """The country code and the number behind it; None of what is too short to be looked for."""
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    return (str(number.country_code), national) if len(national) >= FEWEST_DIGITS else None
