"""Finding and changing enrollments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from retention import validation
from retention.core import Core
from retention.errors import NotFoundError
from retention.ids import split
from retention.jsontext import format_instant
from retention.leads.contact import lead_key, touch_contact
from retention.leads.model import Contact
from retention.sequences.model import (
    ENROLLMENT_STATUSES,
    EnrollmentInput,
    EnrollmentStatus,
    SequenceEnrollment,
    SequenceStepExecution,
)
from retention.sequences.service import refuse_status
from retention.table import keys, listing
from retention.table.keys import key
from retention.table.listing import Page
from retention.table.writes import RefusedError, Write


@dataclass(frozen=True)
class EnrollmentFilter:
    """Which enrollments a list shows; None means any."""

    sequence_id: str | None = None
    lead_id: str | None = None
    status: EnrollmentStatus | None = None

    def accepts(self, enrollment: SequenceEnrollment) -> bool:
        """Whether an enrollment is among them."""
        return (
            (self.sequence_id is None or enrollment.sequence_id == self.sequence_id)
            and (self.lead_id is None or enrollment.lead_id == self.lead_id)
            and (self.status is None or enrollment.status == self.status)
        )


def _when(execution: SequenceStepExecution) -> str:
    """What the executions of an enrollment are listed by: what has no time yet is still to come."""
    at = execution.executed_at or execution.scheduled_at
    return f"{execution.generation:06d}.{'later' if at is None else format_instant(at)}.{execution.id}"


@dataclass(frozen=True)
class EnrollmentService:
    """The use cases of enrollments that are there."""

    core: Core

    def get(self, enrollment_id: str) -> SequenceEnrollment:
        """An enrollment.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        parts = split(enrollment_id, 2)
        found = None
        if parts is not None:
            where = key("SequenceEnrollment", lead_id=parts[0], sequence_id=parts[1])
            found = self.core.store.find(SequenceEnrollment, where)
        if found is None or found.deleting:
            raise NotFoundError(f"There is no enrollment {enrollment_id}.")
        return found

    def page(self, wanted: EnrollmentFilter, *, limit: int, position: str | None) -> Page[SequenceEnrollment]:
        """Enrollments, newest first: of a lead, of a sequence, or of all."""
        if wanted.lead_id is not None:
            return listing.whole(
                list(
                    self.core.store.query_entities(
                        SequenceEnrollment,
                        lead_key(wanted.lead_id).pk,
                        starts_with=keys.prefix("SequenceEnrollment"),
                    )
                ),
                limit=limit,
                position=position,
                order=lambda enrollment: listing.place(enrollment.enrolled_at, enrollment.id),
                keep=wanted.accepts,
            )
        facets: list[dict[str, Any]] = [
            {"status": status} for status in ([wanted.status] if wanted.status else ENROLLMENT_STATUSES)
        ]
        index = "listing"
        if wanted.sequence_id is not None:
            index = "owner"
            facets = [{**facet, "sequence_id": wanted.sequence_id} for facet in facets]
        return listing.page(
            self.core.store,
            SequenceEnrollment,
            listing.lanes("SequenceEnrollment", index, *facets),
            limit=limit,
            position=position,
            keep=wanted.accepts,
        )

    def executions(
        self,
        enrollment_id: str,
        keep: Callable[[SequenceStepExecution], bool],
        *,
        limit: int,
        position: str | None,
    ) -> Page[SequenceStepExecution]:
        """The executions of an enrollment, the latest first; what has no time yet comes before all.

        Raises:
            NotFoundError: there is no such enrollment.
        """
        enrollment = self.get(enrollment_id)
        starts_with = keys.prefix("SequenceStepExecution", sequence_id=enrollment.sequence_id)
        return listing.whole(
            list(
                self.core.store.query_entities(
                    SequenceStepExecution, lead_key(enrollment.lead_id).pk, starts_with=starts_with
                )
            ),
            limit=limit,
            position=position,
            order=_when,
            keep=keep,
        )

    def update(self, enrollment_id: str, patch: Any, *, if_match: str | None) -> SequenceEnrollment:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
        """
        refuse_status(patch, "pause, resume or cancel")
        validation.refuse_server_owned(SequenceEnrollment, patch)

        def change(enrollment: SequenceEnrollment) -> tuple[SequenceEnrollment, list[Write]]:
            given = validation.patched(EnrollmentInput, enrollment, patch)
            return self.core.changed(enrollment, meta=given.meta), [touch_contact(enrollment.lead_id)]

        try:
            return self.core.revise(lambda: self.get(enrollment_id), change, if_match=if_match)
        except RefusedError as refusal:
            if not refusal.concerns(Contact):
                raise
            raise NotFoundError(f"There is no enrollment {enrollment_id}.") from None  # Its lead is going.
