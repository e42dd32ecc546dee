"""Enrolling leads: once per lead and sequence, and never a lead that is to be left alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from retention.bulk import RowResult, for_each_lead, refused
from retention.core import Core
from retention.engine.hints import hint
from retention.errors import (
    AlreadyExistsError,
    ConflictError,
    ContentionError,
    InvalidInputError,
    LeadStoppedError,
    RetentionError,
)
from retention.ids import join
from retention.leads.contact import lead_key, touch_contact
from retention.leads.model import Contact, Lead
from retention.sequences import timing
from retention.sequences.model import Generation, SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sequences.reentry import entered_again, refusal
from retention.sequences.service import Planned, SequenceService
from retention.sequences.stepping import new_execution
from retention.table.keys import key
from retention.table.writes import Create, RefusedError, Replace, Write

#: How often a lead is looked at again when it changed between reading and writing.
TRIES: Final = 10


@dataclass(frozen=True)
class Enrolled:
    """An enrollment, whether it was there before, and if so, why the lead did not come into the sequence again."""

    enrollment: SequenceEnrollment
    existing: bool
    why: str | None = None


@dataclass(frozen=True)
class _Candidate:
    """A lead as it was found, and what it has in the sequence already."""

    lead_id: str
    lead: Lead | None
    contact: Contact | None
    enrollment: SequenceEnrollment | None
    last: Generation | None


@dataclass(frozen=True)
class EnrollingService:
    """Puts leads into sequences."""

    core: Core
    sequences: SequenceService

    def enroll(
        self, sequence_id: str, lead_id: str, *, meta: dict[str, Any] | None = None, return_existing: bool = False
    ) -> Enrolled:
        """Enroll a lead, together with the execution of its first step. Who has been through comes again if it may.

        Raises:
            NotFoundError: there is no such sequence.
            InvalidInputError: there is no such lead.
            AlreadyExistsError: the lead is in the sequence already, or has been and may not come again, and
                `return_existing` is not set.
            LeadStoppedError: the lead is to be left alone.
            ConflictError: the sequence is archived, or active without an active step; or the lead has converted.
        """
        enrolled = self._enroll(sequence_id, lead_id, meta or {}, alone=True)
        if enrolled.existing and not return_existing:
            raise AlreadyExistsError(enrolled.enrollment.id, enrolled.why)
        return enrolled

    def enroll_many(
        self,
        sequence_id: str,
        lead_ids: Sequence[str],
        *,
        meta: dict[str, Any] | None = None,
        by_trigger: bool = False,
        news: Mapping[str, datetime] | None = None,
    ) -> list[RowResult]:
        """Enroll many leads, each as `enroll` does; one result a lead, in order. A refused one harms no other.

        Args:
            by_trigger: whether a rule asks for it: it does not bring back a lead whose enrollment somebody deleted.
            news: since when there is the news of a lead for which a rule asks. Whoever came in since did so by that
                news, which may be looked at twice, and does not come again by it, whatever settings.reentry says.

        Raises:
            NotFoundError: there is no such sequence.
            ConflictError: the sequence is archived, or active without an active step.
        """
        planned = self.sequences.find(sequence_id)
        _require_open(planned)

        def one(candidate: _Candidate) -> RowResult:
            try:
                if by_trigger:
                    _require_not_taken_out(candidate)
                before, since = candidate.enrollment, (news or {}).get(candidate.lead_id)
                if before is not None and since is not None and before.enrolled_at >= since:
                    return RowResult("existing", before.id)
                enrolled = self._attempt(planned, candidate, meta or {}, alone=False)
                if enrolled is None:
                    enrolled = self._enroll(sequence_id, candidate.lead_id, meta or {}, alone=False)
            except RetentionError as error:
                return refused(error)
            return RowResult("existing" if enrolled.existing else "created", enrolled.enrollment.id)

        def carry_out(different: list[str]) -> list[RowResult]:
            candidates = self._candidates(sequence_id, different, self._people(different))
            return self.core.store.parallel(one, candidates)

        return for_each_lead(lead_ids, carry_out)

    def _enroll(self, sequence_id: str, lead_id: str, meta: dict[str, Any], *, alone: bool) -> Enrolled:
        reads: tuple[Callable[[], Any], ...] = (
            lambda: self.sequences.find(sequence_id),
            lambda: self._people([lead_id]),
        )
        for _ in range(TRIES):
            planned, people = self.core.store.parallel(lambda read: read(), reads)
            candidate = self._candidates(sequence_id, [lead_id], people)[0]
            enrolled = self._attempt(planned, candidate, meta, alone=alone)
            if enrolled is not None:
                return enrolled
        raise ContentionError

    def _people(self, lead_ids: Sequence[str]) -> list[Any]:
        """Lead and contact item of each lead, one after the other."""
        return self.core.store.find_many(
            [
                wanted
                for lead_id in lead_ids
                for wanted in ((Lead, lead_key(lead_id)), (Contact, key("Contact", lead_id=lead_id)))
            ]
        )

    def _candidates(self, sequence_id: str, lead_ids: Sequence[str], people: list[Any]) -> list[_Candidate]:
        """What leads have in a sequence. Read after their contact items: whatever is changed later raises the version
        of the contact item, so that a write which requires the version seen is refused."""
        found = self.core.store.find_many(
            [
                (kind, key(kind.__name__, lead_id=lead_id, sequence_id=sequence_id))
                for lead_id in lead_ids
                for kind in (SequenceEnrollment, Generation)
            ]
        )
        return [
            _Candidate(lead_id, people[2 * at], people[2 * at + 1], found[2 * at], found[2 * at + 1])
            for at, lead_id in enumerate(lead_ids)
        ]

    def _attempt(
        self, planned: Planned, candidate: _Candidate, meta: dict[str, Any], *, alone: bool
    ) -> Enrolled | None:
        """Enroll a lead as it was found; None when it changed meanwhile."""
        contact = _require_known(candidate)
        before = candidate.enrollment
        if before is not None:
            if before.deleting:
                raise ConflictError("The earlier enrollment is still being deleted. Try again in a moment.")
            why = refusal(planned.sequence, before, self.core.now())
            if why is not None:
                return Enrolled(before, existing=True, why=why)
        _require_open(planned)
        if contact.stop_reason is not None:
            raise LeadStoppedError(f"This lead is to be left alone ({contact.stop_reason}).")
        if candidate.lead is not None and candidate.lead.status == "CONVERTED":
            raise ConflictError("This lead has converted.")
        enrollment = self._enrollment(planned, candidate, meta)
        writes: list[Write] = [Create(enrollment) if before is None else Replace(enrollment, before=before)]
        executions = []
        if planned.first_step is not None:
            executions.append(self._first_execution(planned, enrollment, planned.first_step))
        writes += map(Create, executions)
        touched = touch_contact(candidate.lead_id)
        writes.append(replace(touched, equal={**touched.equal, "version": contact.version}))
        enrolled = Enrolled(enrollment, existing=False)
        try:
            self.core.idempotency.commit(*writes, outcome=enrolled if alone else None)
        except RefusedError:
            return None
        hint(self.core, executions)
        return enrolled

    def _enrollment(self, planned: Planned, candidate: _Candidate, meta: dict[str, Any]) -> SequenceEnrollment:
        last = 0 if candidate.last is None else candidate.last.last
        if candidate.enrollment is not None:
            again = entered_again(self.core, candidate.enrollment, planned.first_step, last)
            return again.model_copy(update={"meta": meta}) if meta else again
        return SequenceEnrollment(
            id=join(candidate.lead_id, planned.sequence.id),
            sequence_id=planned.sequence.id,
            lead_id=candidate.lead_id,
            enrolled_at=self.core.now(),
            meta=meta,
            generation=last + 1,
            waiting_for=None if planned.first_step is None else planned.first_step.id,
            revision=self.core.ids.revision(),
        )

    def _first_execution(
        self, planned: Planned, enrollment: SequenceEnrollment, step: SequenceStep
    ) -> SequenceStepExecution:
        """Due at its time while the sequence is active; otherwise it is held until the sequence is."""
        due = timing.due_at(step, enrollment.enrolled_at)
        held_since = None if planned.sequence.status == "ACTIVE" else enrollment.enrolled_at
        return new_execution(self.core, enrollment, step, due, held_since=held_since)


def _require_open(planned: Planned) -> None:
    if planned.sequence.status == "ARCHIVED":
        raise ConflictError("This sequence is archived.")
    if planned.sequence.status == "ACTIVE" and planned.first_step is None:
        raise ConflictError("This sequence is active but has no active step: add one, or switch one on.")


def _require_not_taken_out(candidate: _Candidate) -> None:
    if candidate.enrollment is None and candidate.last is not None:
        raise ConflictError("Somebody has taken this lead out of the sequence.")


def _require_known(candidate: _Candidate) -> Contact:
    lead, contact = candidate.lead, candidate.contact
    if lead is None or lead.deleting or contact is None or contact.erased:
        raise InvalidInputError.at("/leadId", "unknown_reference", f"There is no lead {candidate.lead_id}.")
    return contact
