"""Finding a value in any JSON by a path, and taking out what was found.

`data.contact.email` goes from member to member, `answers.0.value` into a list by its position. A list of named entries,
as many form tools send their answers, is entered by a name: `fields.email` finds the `value` of
`[{"name": "email", "value": "..."}]`. A member whose own name has dots in it is found, too.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

#: Where something stands: members and positions, from the outside in.
Place = tuple[str | int, ...]

#: What entries of a list are named by, and what their values are called, the likeliest first.
_NAMED_BY: Final = ("name", "key", "id", "label")
_VALUES: Final = ("values", "value")


class Found(NamedTuple):
    """A value, and where it stands. Of a named entry that was found, the place is that of the whole entry."""

    value: Any
    place: Place


def find(data: Any, path: str) -> Found | None:
    """What stands at a path; None where nothing does."""
    return _follow(data, path.split("."), ())


def _follow(node: Any, steps: list[str], place: Place) -> Found | None:
    if not steps:
        return Found(node, place)
    for taken in range(1, len(steps) + 1):
        for value, entry, inside in _members(node, ".".join(steps[:taken])):
            rest = steps[taken:]
            found = _follow(value, rest, (*place, *entry, *(inside if rest else ())))
            if found is not None:
                return found
    return None


def _members(node: Any, name: str) -> Iterator[tuple[Any, Place, Place]]:
    """What goes by a name within a node: each value, with the place of its entry, and where in the entry it stands."""
    if isinstance(node, dict):
        if name in node:
            yield node[name], (name,), ()
    elif isinstance(node, list):
        if name.isdecimal() and int(name) < len(node):
            yield node[int(name)], (int(name),), ()
        for at, entry in enumerate(node):
            if isinstance(entry, dict) and any(_is_name(entry.get(key), name) for key in _NAMED_BY):
                holder = next((key for key in _VALUES if key in entry), None)
                yield (entry, (at,), ()) if holder is None else (entry[holder], (at,), (holder,))


def _is_name(value: Any, name: str) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) == name


def without(data: Any, places: Collection[Place]) -> Any:
    """The data without what stands at some places, and without objects and lists that have nothing left."""
    return None if () in places else _without(data, places, ())


def _without(node: Any, places: Collection[Place], at: Place) -> Any:
    if isinstance(node, dict):
        members = {name: _without(value, places, (*at, name)) for name, value in node.items()}
        return {name: value for name, value in members.items() if (*at, name) not in places and not _empty(value)}
    if isinstance(node, list):
        entries = [
            _without(value, places, (*at, number)) for number, value in enumerate(node) if (*at, number) not in places
        ]
        return [value for value in entries if not _empty(value)]
    return node


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == {} or value == []
