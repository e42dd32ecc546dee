"""What can be done with the steps of a sequence: add, change, put in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from retention import validation
from retention.core import Core
from retention.entity import Entity
from retention.errors import ConflictError, ContentionError, FieldError, InvalidInputError, NotFoundError
from retention.fields import kept
from retention.sequences import conditions, timing
from retention.sequences.model import (
    MAX_STEP_ORDER,
    MAX_STEPS,
    RetentionSequence,
    SequenceStep,
    SequenceView,
    StepChange,
    StepInput,
)
from retention.sequences.references import script_errors
from retention.sequences.service import Planned, SequenceService, new_step, require_unchanged
from retention.table import listing
from retention.table.keys import Key, key, key_of
from retention.table.listing import Page
from retention.table.store import MAX_TRANSACTION
from retention.table.writes import Change, Create, RefusedError, Replace, Write

#: How often a change is tried again when others change the steps of the same sequence.
TRIES: Final = 10


@dataclass(frozen=True)
class StepService:
    """The use cases of steps."""

    core: Core
    sequences: SequenceService

    def create(self, sequence_id: str, given: StepInput) -> SequenceStep:
        """Add a step, at the end unless a place is given.

        Raises:
            InvalidInputError: its script is not there or for another channel, its delay is too long, or its conditions
                cannot be read.
            NotFoundError: there is no such sequence.
            ConflictError: the sequence has as many steps as it may have.
        """
        planned = self.sequences.find(sequence_id)
        self._check(given, planned.steps)
        for _ in range(TRIES):
            added = self._add(planned, given)
            if added is not None:
                return added
            planned = self.sequences.find(sequence_id)
        raise ContentionError

    def _add(self, planned: Planned, given: StepInput) -> SequenceStep | None:
        """Write a new step; None when the sequence was changed meanwhile."""
        if len(planned.steps) >= MAX_STEPS:
            raise ConflictError(f"A sequence has at most {MAX_STEPS} steps.")
        place = given.step_order
        if place is None:
            last = planned.steps[-1].step_order if planned.steps else -1
            # At the very end places tie, and the newer step comes last.
            place = min(last + 1, MAX_STEP_ORDER)
        core, sequence = self.core, planned.sequence
        step = new_step(core, sequence.id, given, place, core.ids.new())
        # Raising the sequence's revision lets one of two additions that saw the same steps look again.
        alone = Change(
            RetentionSequence,
            key_of(sequence),
            set={"revision": core.ids.revision()},
            equal={"revision": sequence.revision},
        )
        try:
            core.idempotency.commit(Create(step), alone, outcome=step)
        except RefusedError:
            return None
        return step

    def get(self, sequence_id: str, step_id: str) -> SequenceStep:
        """A step.

        Raises:
            NotFoundError: there is no such sequence, or it has no such step.
        """
        wanted: list[tuple[type[Entity], Key]] = [
            (RetentionSequence, key("RetentionSequence", id=sequence_id)),
            (SequenceStep, key("SequenceStep", sequence_id=sequence_id, id=step_id)),
        ]
        sequence, step = self.core.store.find_many(wanted)
        if sequence is None or sequence.deleting:
            raise NotFoundError(f"There is no sequence {sequence_id}.")
        if step is None or step.deleting:
            raise NotFoundError(f"Sequence {sequence_id} has no step {step_id}.")
        found: SequenceStep = step
        return found

    def page(self, sequence_id: str, *, limit: int, position: str | None) -> Page[SequenceStep]:
        """The steps of a sequence in the order in which they are taken.

        Raises:
            NotFoundError: there is no such sequence.
        """
        return listing.whole(
            self.sequences.find(sequence_id).steps,
            limit=limit,
            position=position,
            order=lambda step: f"{step.step_order:07d}.{step.id}",
            keep=lambda _: True,
            newest_first=False,
        )

    def update(self, sequence_id: str, step_id: str, patch: Any, *, if_match: str | None) -> SequenceStep:
        """Apply a JSON merge patch.

        Raises:
            InvalidInputError, NotFoundError, StaleError
        """
        validation.refuse_server_owned(SequenceStep, patch)

        def change(step: SequenceStep) -> tuple[SequenceStep, list[Write]]:
            given = validation.patched(StepChange, step, patch)
            self._check(given, self._siblings(given, step), before=step)
            return self.core.changed(step, **{**vars(given), "settings": kept(given.settings)}), []

        return self.core.revise(lambda: self.get(sequence_id, step_id), change, if_match=if_match)

    def _siblings(self, given: StepInput, step: SequenceStep) -> list[SequenceStep]:
        """The steps that changed conditions may name; not asked for where they are as they were."""
        return [] if given.conditions == step.conditions else self.sequences.find(step.sequence_id).steps

    def _check(self, given: StepInput, steps: Sequence[SequenceStep], before: StepInput | None = None) -> None:
        errors = [error for error in [timing.delay_error(given, "")] if error]
        if before is None or given.conditions != before.conditions:
            errors += conditions.errors(given.conditions, "/conditions", [step.id for step in steps])
        if before is None or (given.script_id, given.channel) != (before.script_id, before.channel):
            errors += script_errors(self.core, {"": given})
        if errors:
            raise InvalidInputError(*errors)

    def put_in_order(self, sequence_id: str, step_ids: Sequence[str], *, if_match: str | None) -> SequenceView:
        """Give the steps the places 0, 1, 2 and so on, in one transaction.

        Raises:
            InvalidInputError: not every step is named exactly once.
            NotFoundError: there is no such sequence.
            StaleError: the sequence or one of its steps is not as the caller saw it.
        """
        for _ in range(TRIES):
            planned = self.sequences.find(sequence_id)
            require_unchanged(planned, if_match)
            steps = {step.id: step for step in planned.steps}
            self._require_each_once(steps, step_ids)
            ordered = [
                step if step.step_order == place else self.core.changed(step, step_order=place)
                for place, step in enumerate(steps[step_id] for step_id in step_ids)
            ]
            view = Planned(planned.sequence, ordered).view()
            moved: list[Write] = [
                Replace(step, before=steps[step.id]) for step in ordered if step.revision != steps[step.id].revision
            ]
            if not moved:
                return view
            # A full transaction has no room for the idempotency record. The answer is then kept right after it:
            # putting steps in the same order again changes nothing.
            outcome = view if len(moved) < MAX_TRANSACTION else None
            try:
                self.core.idempotency.commit(*moved, outcome=outcome)
            except RefusedError:
                continue
            return view
        raise ContentionError

    @staticmethod
    def _require_each_once(steps: dict[str, SequenceStep], step_ids: Sequence[str]) -> None:
        errors, seen = [], set()
        for place, step_id in enumerate(step_ids):
            at = f"/stepIds/{place}"
            if step_id not in steps:
                errors.append(FieldError(at, "unknown_reference", f"The sequence has no step {step_id}."))
            elif step_id in seen:
                errors.append(FieldError(at, "duplicate_item", f"Step {step_id} is named twice."))
            seen.add(step_id)
        missing = [step_id for step_id in steps if step_id not in seen]
        if missing:
            detail = f"Every step must be named; missing: {', '.join(missing)}."
            errors.append(FieldError("/stepIds", "incomplete", detail))
        if errors:
            raise InvalidInputError(*errors)
