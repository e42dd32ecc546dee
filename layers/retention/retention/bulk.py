"""What becomes of the rows of a bulk request: each by itself, so that a bad one harms no other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from retention.errors import FieldError, InvalidInputError, RetentionError


@dataclass(frozen=True)
class RowResult:
    """What became of one row. `id` is that of what was created, or was there already."""

    status: Literal["created", "existing", "rejected"]
    id: str | None = None
    errors: tuple[FieldError, ...] = ()
    #: The lead that the row named, where it named one.
    lead_id: str | None = None


def refused(error: RetentionError) -> RowResult:
    """The result for a row that was refused."""
    if isinstance(error, InvalidInputError):
        return RowResult("rejected", errors=error.errors)
    return RowResult("rejected", errors=(FieldError("", error.code, str(error)),))


def for_each_lead(lead_ids: Sequence[str], carry_out: Callable[[list[str]], Iterable[RowResult]]) -> list[RowResult]:
    """Results for leads that are named by their ids, in order: each different one is carried out once.

    What is wrong with a row is wrong with its id. A lead that is named again finds what was created for it before.
    """
    different = list(dict.fromkeys(lead_ids))
    results = dict(zip(different, carry_out(different), strict=True))
    rows = []
    for at, lead_id in enumerate(lead_ids):
        result = results[lead_id]
        errors = tuple(replace(error, pointer=f"/leadIds/{at}") for error in result.errors)
        rows.append(replace(result, errors=errors, lead_id=lead_id))
        if result.status == "created":
            results[lead_id] = replace(result, status="existing")
    return rows
