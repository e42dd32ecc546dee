"""Which operation a request is for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from api.operation import Operation

#: What a parameter may hold. No id of ours has anything else, so whatever does names nothing.
_PARAMETER: Final = re.compile(r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+")


class Found(NamedTuple):
    """An operation, and the parameters in the path that was asked for."""

    operation: Operation
    path: Mapping[str, str]


class Router:
    """Finds operations by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Operation]]] = {}
        # Of /v1/leads/bulk and /v1/leads/{id}, the path with fewer parameters is the one that was meant.
        for operation in sorted(operations, key=lambda one: one.path.count("{")):
            segments = operation.path.split("/")
            self._by_length.setdefault(len(segments), []).append((segments, operation))

    def find(self, method: str, path: str) -> Found | None:
        """The operation at a path; None when there is none, or none with this method."""
        given = path.split("/")
        for segments, operation in self._by_length.get(len(given), ()):
            if operation.method != method:
                continue
            named = _parameters(segments, given)
            if named is not None and all(_PARAMETER.fullmatch(value) for value in named.values()):
                return Found(operation, named)
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that are allowed at a path, whatever its parameters hold."""
        given = path.split("/")
        matching = [
            operation
            for segments, operation in self._by_length.get(len(given), ())
            if _parameters(segments, given) is not None
        ]
        fewest = min((operation.path.count("{") for operation in matching), default=0)
        return sorted({operation.method for operation in matching if operation.path.count("{") == fewest})


def _parameters(segments: Sequence[str], given: Sequence[str]) -> dict[str, str] | None:
    """The parameters of a path by their names; None when it is another path."""
    named: dict[str, str] = {}
    for declared, text in zip(segments, given, strict=True):
        if declared.startswith("{"):
            if not text:
                return None
            named[declared[1:-1]] = text
        elif declared != text:
            return None
    return named
