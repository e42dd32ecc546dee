"""A lead's passage through a sequence: what a change of an enrollment has to look at, and the change itself.

Whoever changes an enrollment or its execution reads the lead's contact item first, and requires its version: a send
that is let through at the same moment wins, or loses, but both never happen. What is under way is never touched: the
worker that settles it finds the enrollment as it is by then.

Source: the send protocol, rules 1, 2, 7 and 9.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from retention.core import Core
from retention.engine.hints import hint
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.entity import Entity
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table.keys import Key, beside, key, key_of
from retention.table.writes import Change, RefusedError, Write

#: How often a passage is looked at again when it changed between reading and writing.
TRIES: Final = 10


def flying(contact: Contact) -> set[str]:
    """The obligations whose sends are under way, by the contact item of their lead."""
    flights = (Flight.of(getattr(contact, name)) for name in FLIGHT_FIELD.values())
    return {flight.work for flight in flights if flight is not None}


def is_under_way(contact: Contact, work: Obligation) -> bool:
    """Whether an obligation is being sent, or may have been sent without anybody knowing."""
    return work.is_open and (work.phase is not None or work.id in flying(contact))


def require_version(contact: Contact) -> Change:
    """The part of a transaction that raises the version of a contact item; it must still be the one that was seen."""
    equal = {"erased": False, "version": contact.version}
    return Change(Contact, contact_key(contact.lead_id), add={"version": 1}, equal=equal)


@dataclass(frozen=True)
class Passage:
    """An enrollment, the contact item of its lead, and its execution that has no final state yet, if any."""

    #: None when the lead is gone, or is going.
    contact: Contact | None
    enrollment: SequenceEnrollment
    execution: SequenceStepExecution | None

    @property
    def lead(self) -> Contact:
        """The contact item; asked for only where the lead is there."""
        assert self.contact is not None
        return self.contact

    @property
    def is_under_way(self) -> bool:
        """Whether its execution is being sent, or may have been."""
        return self.execution is not None and is_under_way(self.lead, self.execution)

    @property
    def movable(self) -> SequenceStepExecution | None:
        """Its execution, if that may be changed now."""
        return None if self.is_under_way else self.execution


@dataclass(frozen=True)
class Move:
    """A change of a passage: the enrollment as it is then, the writes, and what is due afterwards."""

    enrollment: SequenceEnrollment
    writes: list[Write]
    due: list[SequenceStepExecution] = field(default_factory=list)


class UnderWayError(Exception):
    """What is to be changed is under way: it is to be looked at again later."""


#: Says what is to be changed of a passage as it is now; None: nothing. May raise UnderWayError.
Decide = Callable[[Passage], Move | None]


def read_passages(core: Core, enrollments: Iterable[Key]) -> list[Passage | None]:
    """The passages of the enrollments at these keys; None where there is none. Three requests for up to a hundred."""
    wanted = list(enrollments)
    contacts = core.store.find_many([(Contact, beside(one, "Contact")) for one in wanted])
    found = core.store.find_many([(SequenceEnrollment, one) for one in wanted])
    asked: list[tuple[type[Entity], Key]] = [
        (SequenceStepExecution, execution_key(one, one.waiting_for))
        for one in found
        if one is not None and one.waiting_for is not None
    ]
    executions = {one.enrollment_id: one for one in core.store.find_many(asked) if one is not None}
    return [
        None if enrollment is None else Passage(_there(contact), enrollment, _open(executions.get(enrollment.id)))
        for contact, enrollment in zip(contacts, found, strict=True)
    ]


def _there(contact: Contact | None) -> Contact | None:
    return None if contact is None or contact.erased else contact


def _open(execution: SequenceStepExecution | None) -> SequenceStepExecution | None:
    return None if execution is None or not execution.is_open else execution


def enrollment_key(lead_id: str, sequence_id: str) -> Key:
    """Where the enrollment of a lead in a sequence lives."""
    return key("SequenceEnrollment", lead_id=lead_id, sequence_id=sequence_id)


def execution_key(enrollment: SequenceEnrollment, step_id: str, generation: int | None = None) -> Key:
    """Where the execution of a step for an enrollment lives; of its present generation, unless another is given."""
    return key(
        "SequenceStepExecution",
        lead_id=enrollment.lead_id,
        sequence_id=enrollment.sequence_id,
        generation=generation or enrollment.generation,
        step_id=step_id,
    )


@dataclass(frozen=True)
class Tally:
    """What became of many passages: how many were changed, and how many must be looked at again later."""

    changed: int
    left: int


def change_passages(core: Core, passages: Sequence[Passage], decide: Decide) -> Tally:
    """Change passages side by side, each in a transaction of its own, and have the worker told of what is due soon."""

    def change(passage: Passage) -> tuple[bool, Move | None]:
        present: Passage | None = passage
        for _ in range(TRIES):
            if present is None or present.contact is None or present.enrollment.deleting:
                return True, None  # Whoever deletes the lead or the enrollment takes care of everything.
            try:
                move = decide(present)
                if move is None:
                    return True, None
                core.store.write(*move.writes)
            except UnderWayError:
                return False, None
            except RefusedError:
                present = read_passages(core, [key_of(passage.enrollment)])[0]
                continue
            return True, move
        return False, None

    done = core.store.parallel(change, passages)
    moves = [move for _, move in done if move is not None]
    hint(core, [execution for move in moves for execution in move.due])
    return Tally(len(moves), sum(not settled for settled, _ in done))
