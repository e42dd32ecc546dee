"""Deleting a sequence, a step or an enrollment: nothing is taken from under a send.

An execution that is under way, or of which nobody knows yet whether it was sent, waits for its settle, and what was
deleted waits with it, as a tombstone. What is open but not under way goes in a transaction that requires the version of
its lead's contact item: whoever is about to send it is refused. What has ended simply goes.

Source: the send protocol, rules 1 and 9.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from retention.core import Core
from retention.deletion.chunks import in_chunks, remove_counted
from retention.deletion.unknown import ask_no_more
from retention.engine.reasons import Reason
from retention.errors import NotFoundError
from retention.jobs.runner import Chunk
from retention.leads.contact import contact_key, lead_key, touch_contact
from retention.leads.model import Contact
from retention.sequences import moves
from retention.sequences.followthrough import enrollments_in
from retention.sequences.model import (
    Generation,
    SequenceEnrollment,
    SequenceStepExecution,
)
from retention.sequences.passages import (
    Move,
    Passage,
    change_passages,
    enrollment_key,
    execution_key,
    is_under_way,
    read_passages,
    require_version,
)
from retention.sequences.service import Planned, SequenceService
from retention.table import keys
from retention.table.keys import Key, key_of
from retention.table.store import raw_key
from retention.table.writes import Put, RefusedError, Write, gone

Target = Mapping[str, str]

#: Why an enrollment ends whose sequence is deleted.
_GONE: Final = Reason.SEQUENCE_ARCHIVED
#: How often something is looked at again when it changed between reading and removing.
TRIES: Final = 10


@dataclass(frozen=True)
class _Parted:
    """Executions by what may be done with them."""

    ended: list[SequenceStepExecution]
    open: list[SequenceStepExecution]
    under_way: list[SequenceStepExecution]

    @classmethod
    def of(cls, contact: Contact | None, executions: Sequence[SequenceStepExecution]) -> "_Parted":
        """Sort executions of a lead. When the lead is gone or going, nothing can be sent or settled any more."""
        if contact is None:
            return cls(list(executions), [], [])
        under_way = [one for one in executions if is_under_way(contact, one)]
        waiting = [one for one in executions if one.is_open and one not in under_way]
        return cls([one for one in executions if not one.is_open], waiting, under_way)


def _remove_ended(core: Core, executions: Sequence[SequenceStepExecution]) -> int:
    ask_no_more(core, executions)
    return remove_counted(core, executions)


def _removals(contact: Contact, executions: Sequence[SequenceStepExecution]) -> list[Write]:
    """What removes open executions of a lead, unless anything about it has changed since they were read."""
    removed: list[Write] = [gone(one) for one in executions]
    return [*removed, require_version(contact)] if removed else []


def _remove_now(core: Core, contact: Contact, executions: Sequence[SequenceStepExecution]) -> bool:
    try:
        core.store.write(*_removals(contact, executions))
    except RefusedError:
        return False
    return True


# --- sequence --------------------------------------------------------------------------------------------------


def remove_enrollments(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Remove the enrollments of a sequence, each after its executions, so that whoever comes after a kill finds it."""
    for passages, place in enrollments_in(core, target["id"], None, checkpoint):
        counts = core.store.parallel(partial(_remove_passage, core), passages)
        yield Chunk(
            removed=sum(removed for removed, _ in counts), left=sum(left for _, left in counts), checkpoint=place
        )


def _remove_passage(core: Core, passage: Passage) -> tuple[int, int]:
    """Remove an enrollment with its executions; how many items went, and 1 when it must be looked at again."""
    removed = 0
    present: Passage | None = passage
    for _ in range(TRIES):
        if present is None:
            return removed, 0
        parted = _Parted.of(present.contact, _executions(core, present.enrollment))
        removed += _remove_ended(core, parted.ended)
        if parted.under_way:
            # Ended, so that its settle plans nothing further.
            change_passages(core, [present], lambda one: moves.end(core, one, "CANCELLED", _GONE, core.now()))
            return removed, 1
        try:
            core.store.write(gone(present.enrollment), *(_removals(present.lead, parted.open) if parted.open else ()))
        except RefusedError:
            present = read_passages(core, [key_of(passage.enrollment)])[0]
            continue
        return removed + 1 + len(parted.open), 0
    return removed, 1


def _executions(core: Core, enrollment: SequenceEnrollment) -> list[SequenceStepExecution]:
    """The executions of an enrollment in all its generations."""
    starts_with = keys.prefix("SequenceStepExecution", sequence_id=enrollment.sequence_id)
    pk = lead_key(enrollment.lead_id).pk
    return list(core.store.query_entities(SequenceStepExecution, pk, starts_with=starts_with))


# --- step ------------------------------------------------------------------------------------------------------


def remove_executions_of_step(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Remove the executions of a step, whose keys follow from the enrollments, and send on whoever waits for it."""
    for passages, place in enrollments_in(core, target["sequenceId"], None, checkpoint):
        planned = _planned(core, target["sequenceId"])
        yield _step_chunk(core, planned, target["id"], passages, place)


def _planned(core: Core, sequence_id: str) -> Planned | None:
    try:
        return SequenceService(core).find(sequence_id)
    except NotFoundError:
        return None  # It is being deleted as a whole.


def _step_chunk(core: Core, planned: Planned | None, step_id: str, passages: Sequence[Passage], place: Any) -> Chunk:
    now = [(one, execution_key(one.enrollment, step_id)) for one in passages]
    before = [
        (one, execution_key(one.enrollment, step_id, generation))
        for one in passages
        for generation in range(1, one.enrollment.generation)
    ]
    found: list[SequenceStepExecution | None] = core.store.find_many(
        [(SequenceStepExecution, where) for _, where in [*now, *before]]
    )
    present = {one.enrollment_id: one for one in found[: len(now)] if one is not None}
    affected = [one for one in passages if one.enrollment.id in present]
    orphans = [present[one.enrollment.id] for one in affected if one.contact is None]
    tally = change_passages(core, affected, partial(_leave, core, planned, step_id, present))
    removed, left = _remove_older(
        core, [(one, it) for (one, _), it in zip(before, found[len(now) :], strict=True) if it]
    )
    removed += _remove_ended(core, orphans) + tally.changed
    return Chunk(removed=removed, changed=tally.changed, left=left + tally.left, checkpoint=place)


def _leave(
    core: Core,
    planned: Planned | None,
    step_id: str,
    known: dict[str, SequenceStepExecution],
    passage: Passage,
) -> Move | None:
    """Take the step out of a passage. What was read with many others is good for one try."""
    execution = known.pop(passage.enrollment.id, None)
    if execution is None:
        execution = core.store.find(SequenceStepExecution, execution_key(passage.enrollment, step_id))
    if execution is None:
        return None
    ask_no_more(core, [execution])
    return moves.leave_step(core, planned, passage, execution)


def _remove_older(core: Core, executions: Sequence[tuple[Passage, SequenceStepExecution]]) -> tuple[int, int]:
    """Remove executions of earlier generations, on which no enrollment waits any more."""
    parted = [(passage, _Parted.of(passage.contact, [execution])) for passage, execution in executions]
    removed = _remove_ended(core, [one for _, state in parted for one in state.ended])
    waiting = [(passage.lead, state.open) for passage, state in parted if state.open]
    gone = core.store.parallel(lambda one: _remove_now(core, *one), waiting)
    return removed + sum(gone), gone.count(False) + sum(len(state.under_way) for _, state in parted)


# --- enrollment ------------------------------------------------------------------------------------------------


def remove_executions_of_enrollment(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Remove the executions of one enrollment, in all its generations."""
    prefix = keys.prefix("SequenceStepExecution", sequence_id=target["sequenceId"])
    rows = core.store.query(lead_key(target["leadId"]).pk, starts_with=prefix, above=checkpoint)
    for chunk in in_chunks(map(raw_key, rows)):
        removed, left = _remove_of_lead(core, target["leadId"], chunk)
        yield Chunk(removed=removed, left=left, checkpoint=chunk[-1].sk)


def _remove_of_lead(core: Core, lead_id: str, doomed: Sequence[Key]) -> tuple[int, int]:
    """Remove executions of one lead; how many went, and how many must be looked at again."""
    removed = 0
    parted = _Parted([], [], [])
    for _ in range(TRIES):
        contact = core.store.find(Contact, contact_key(lead_id))
        found = core.store.find_many([(SequenceStepExecution, one) for one in doomed])
        there = None if contact is None or contact.erased else contact
        parted = _Parted.of(there, [one for one in found if one is not None])
        removed += _remove_ended(core, parted.ended)
        if there is None or not parted.open:
            return removed, len(parted.under_way)
        if _remove_now(core, there, parted.open):
            return removed + len(parted.open), len(parted.under_way)
    return removed, len(parted.open) + len(parted.under_way)


def forget_enrollment(core: Core, target: Target) -> None:
    """Remove an enrollment and remember its generation, so that no execution's identity is ever used again."""
    where = enrollment_key(target["leadId"], target["sequenceId"])
    enrollment = core.store.find(SequenceEnrollment, where)
    if enrollment is None:
        return
    last = Generation(lead_id=enrollment.lead_id, sequence_id=enrollment.sequence_id, last=enrollment.generation)
    try:
        core.store.write(gone(enrollment), Put(last), touch_contact(enrollment.lead_id))
    except RefusedError as refusal:
        if not refusal.concerns(Contact):
            raise
        # The lead is going, and takes the enrollment with it.
