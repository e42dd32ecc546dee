"""Ids from before: what was imported is found by the id that it had in the system before this one.

At the edge, in one place. Most ids are kept when a team moves here. Those of items whose id here says where the item is
(an enrollment, an execution, an attempt, a test), what makes it unique (a conversion) or whose it is (an integration)
are not of the form of an older id: so an id of ours costs nothing, and any other one look-up.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from retention.core import Core
from retention.ids import SEPARATOR
from retention.moving.former import FormerId
from retention.table.keys import key


class _Known(NamedTuple):
    """A kind whose ids were others before."""

    kind: str
    #: Whether an id looks like one of ours.
    is_ours: Callable[[str], bool]


def _has_parts(identifier: str) -> bool:
    return SEPARATOR in identifier


def _is_hash(identifier: str) -> bool:
    return identifier.startswith("cv") and len(identifier) == 42


def _is_provider(identifier: str) -> bool:
    return identifier.isalpha() and len(identifier) <= 10


_ENROLLMENT: Final = _Known("SequenceEnrollment", _has_parts)
_EXECUTION: Final = _Known("SequenceStepExecution", _has_parts)
_ATTEMPT: Final = _Known("ContactAttempt", _has_parts)
_TEST: Final = _Known("ABTest", _has_parts)
_CONVERSION: Final = _Known("Conversion", _is_hash)
#: The first parameter of a path, by how the path begins.
_PATHS: Final[Mapping[str, _Known]] = {
    "/v1/enrollments/{id}": _ENROLLMENT,
    "/v1/executions/{id}": _EXECUTION,
    "/v1/contact-attempts/{id}": _ATTEMPT,
    "/v1/ab-tests/{id}": _TEST,
    "/v1/conversions/{id}": _CONVERSION,
    "/v1/integrations/{provider}": _Known("IntegrationConfig", _is_provider),
}
#: Filters and references of bodies, by the field of the contract.
_FIELDS: Final[Mapping[str, _Known]] = {
    "enrollment_id": _ENROLLMENT,
    "execution_id": _EXECUTION,
    "contact_attempt_id": _ATTEMPT,
    "test_id": _TEST,
    "conversion_id": _CONVERSION,
}


def in_path(core: Core, declared: str, path: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of a path, with the id that an item has here for one that it had before.

    Args:
        declared: the path of the operation, with {names} for parameters.
    """
    known = _PATHS.get("/".join(declared.split("/", 4)[:4]))
    if known is None:
        return path
    name = next(iter(path))
    return {**path, name: _present(core, known, path[name])}


def in_fields(core: Core, given: Any) -> Any:
    """A query or a body, with the ids that items have here for those that they had before."""
    if not isinstance(given, BaseModel):
        return given
    found = {
        name: now
        for name in _FIELDS.keys() & type(given).model_fields.keys()
        if isinstance(old := getattr(given, name), str) and (now := _present(core, _FIELDS[name], old)) != old
    }
    return given.model_copy(update=found) if found else given


def _present(core: Core, known: _Known, given: str) -> str:
    """The id that an item has here; what was given, where that is none from before."""
    if known.is_ours(given):
        return given
    former = core.store.find(FormerId, key(FormerId.__name__, former=given, of=known.kind))
    return given if former is None else former.now
