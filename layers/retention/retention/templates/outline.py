"""The outline of a template: where its tags and expressions begin and end, found in one pass.

The library finds them with patterns whose time grows with the square of the length for some texts: openings that are
never closed, long white space. A template is given to it only when its outline is sound.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from retention.templates.limits import MAX_EXPRESSION, MAX_SPACE

#: Faults that are told of one template.
MAX_FAULTS: Final = 20
_OPENING: Final = re.compile(r"\{[{%]")
_NAME: Final = re.compile(r"-?\s*(\w*)")
_SPACE: Final = re.compile(rf"\s{{{MAX_SPACE}}}")
_END_OF_RAW: Final = re.compile(r"\{%-?\s*endraw\s*-?%\}")


class Fault(NamedTuple):
    """What is wrong with a template."""

    #: Counted from 1; None where it is no one place.
    line: int | None
    #: For programs.
    code: str
    #: In words; a sentence.
    detail: str

    def __str__(self) -> str:
        return self.detail if self.line is None else f"Line {self.line}: {self.detail}"


def line_of(source: str, at: int) -> int:
    """The line of a position, counted from 1."""
    return source.count("\n", 0, max(at, 0)) + 1


def faults_of(source: str, tags: frozenset[str]) -> list[Fault]:
    """What is wrong with the outline of a template, the first faults of it."""
    return list(islice(_faults(source, tags), MAX_FAULTS))


def _faults(source: str, tags: frozenset[str]) -> Iterator[Fault]:
    at = 0
    while opening := _OPENING.search(source, at):
        begin, is_tag = opening.end(), opening.group() == "{%"
        end = source.find("%}" if is_tag else "}}", begin)
        following = _OPENING.search(source, begin)
        if end < 0 or (following is not None and following.start() < end):
            closing = "%}" if is_tag else "}}"
            yield _fault(
                source, opening.start(), "template_syntax", f"`{opening.group()}` is not closed by `{closing}`."
            )
            return
        inside = source[begin:end]
        yield from (_fault(source, opening.start(), *wrong) for wrong in _wrong_inside(inside, is_tag, tags))
        at = end + 2
        if is_tag and _name(inside) == "raw":
            raw_end = _END_OF_RAW.search(source, at)
            if raw_end is None:
                yield _fault(source, opening.start(), "template_syntax", "`{% raw %}` is not ended by `{% endraw %}`.")
                return
            at = raw_end.end()


def _wrong_inside(inside: str, is_tag: bool, tags: frozenset[str]) -> Iterator[tuple[str, str]]:
    if len(inside) > MAX_EXPRESSION or _SPACE.search(inside):
        yield (
            "template_limit",
            f"One expression has at most {MAX_EXPRESSION:,} characters, and {MAX_SPACE} of white space in a row.",
        )
    elif not inside.strip("- \t\r\n"):
        yield "template_syntax", "There is nothing between these braces."
    elif is_tag and (name := _name(inside)) not in tags:
        yield "unknown_tag", f"There is no tag `{name}`." if name else "This tag has no name."


def _name(inside: str) -> str:
    found = _NAME.match(inside)
    return found.group(1) if found else ""


def _fault(source: str, at: int, code: str, detail: str) -> Fault:
    return Fault(line_of(source, at), code, detail)
