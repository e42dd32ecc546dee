"""The leads of the demonstration: made up, each with a number and an address that belong to nobody."""

import random
import secrets
from typing import Any, Final

_FIRST: Final = (
    "Amelia Benjamin Chloe Daniel Elena Felix Grace Hugo Isla Jonas Keiko Leon Maya Nadia Oscar Priya Quentin Rosa "
    "Samuel Tara Umar Valerie William Yara Zoe"
)
_LAST: Final = (
    "Andersen Brooks Castillo Dubois Eriksen Fischer Garcia Hughes Ivanova Jensen Keller Laurent Moreau Nakamura "
    "O'Brien Petrov Rossi Silva Tanaka Weber"
)
#: Area codes of North America by time zone. Source: the numbering plan, as phonenumbers has it.
_AREAS: Final[dict[str, str]] = {
    "America/St_Johns": "709",
    "America/Halifax": "902",
    "America/New_York": "202 212 305 404 416 514 617 703 718 914",
    "America/Chicago": "204 214 312 414 504 512 612 713 816 901",
    "America/Denver": "303 307 403 505 719 801",
    "America/Phoenix": "480 602",
    "America/Los_Angeles": "206 213 310 415 503 604 619 702 916",
    "America/Anchorage": "907",
    "Pacific/Honolulu": "808",
}
#: The demonstration's leads are from many places, and none is from most of them.
_ZONE_OF: Final[dict[str, str]] = {code: zone for zone, codes in _AREAS.items() for code in codes.split()}


def leads(count: int, page: str = "https://northwind.example/seat") -> list[dict[str, Any]]:
    """So many new leads, as the API takes them; their links lead to `page`.

    The last four digits are those that the numbering plan keeps free for fiction (555-0100 to 555-0199), and the
    domain is one of those that RFC 2606 keeps free.
    """
    pairs = [(code, line) for code in _ZONE_OF for line in range(100)]
    return [_lead(code, line, page) for code, line in random.sample(pairs, count)]


def _lead(code: str, line: int, page: str) -> dict[str, Any]:
    first, last, tag = random.choice(_FIRST.split()), random.choice(_LAST.split()), secrets.token_hex(4)
    return {
        "firstName": first,
        "lastName": last,
        "phone": f"+1{code}555{100 + line:04d}",
        "email": f"{first}.{last.replace(chr(39), '')}.{tag}@example.com".lower(),
        "timeZone": _ZONE_OF[code],
        "source": "API",
        "meta": {"sourceLabel": "demo", "link": page},
    }
