"""A file of leads, as many as wanted: the same number makes the same file, and no address in it reaches anybody."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

#: Names of columns as tools of marketing write them; the importer guesses what they are.
COLUMNS: Final = ("First Name", "Last Name", "Email", "Phone", "Time Zone", "External Id", "Plan", "Notes")
_FIRST: Final = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Frances", "Ken", "Zoë", "José")
_LAST: Final = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Allen", "O'Brien")
#: Area codes of places in one time zone each.
_AREAS: Final = {
    "America/New_York": ("202", "212", "305", "404", "617", "703", "718", "914"),
    "America/Chicago": ("214", "312", "504", "512", "612", "713", "816", "901"),
    "America/Denver": ("303", "505", "719", "801"),
    "America/Los_Angeles": ("206", "213", "310", "415", "503", "619", "702", "916"),
}
_PLACES: Final = tuple((zone, area) for zone, areas in _AREAS.items() for area in areas)
#: Numbers of the exchange 555 in one area. Whoever comes behind the last of them has an e-mail address only.
_LINES: Final = 10_000


def rows(count: int, people: int) -> Iterator[tuple[str, ...]]:
    """So many rows, which name so many people in turn, each with an e-mail address of its own."""
    for n in (row % people for row in range(count)):
        zone, area = _PLACES[n % len(_PLACES)]
        line = n // len(_PLACES)
        yield (
            _FIRST[n % len(_FIRST)],
            _LAST[n // len(_FIRST) % len(_LAST)],
            f"Person.{n}@example.com",
            f"({area}) 555-{line:04}" if line < _LINES else "",
            zone,
            f"crm-{n}",
            "gold" if n % 5 else "free",
            "met at the fair, asked for a call" if n % 7 == 0 else "",
        )


def write(path: Path, count: int, people: int) -> int:
    """Write so many rows as CSV; returns the bytes that they take."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        out.writerows(rows(count, people))
    return path.stat().st_size
