"""What can be done with sequences: plan them, change them, find them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retention import validation
from retention.core import Core
from retention.errors import InvalidInputError, NotFoundError, StaleError
from retention.fields import kept
from retention.sequences import conditions, timing, triggers
from retention.sequences.listening import listening
from retention.sequences.model import (
    RetentionSequence,
    SequenceCreate,
    SequenceInput,
    SequenceStatus,
    SequenceStep,
    SequenceView,
    StepInput,
    TriggerType,
)
from retention.sequences.references import campaign_errors, script_errors
from retention.sequences.stepping import first_step
from retention.table import keys, listing
from retention.table.listing import Page
from retention.table.writes import Create, Write


@dataclass(frozen=True)
class SequenceFilter:
    """Which sequences a list shows; None means any."""

    status: SequenceStatus | None = None
    trigger_type: TriggerType | None = None

    def accepts(self, sequence: RetentionSequence) -> bool:
        """Whether a sequence is among them."""
        return (self.status is None or sequence.status == self.status) and (
            self.trigger_type is None or sequence.trigger_type == self.trigger_type
        )


@dataclass(frozen=True)
class Planned:
    """A sequence as it is stored, and its steps in order."""

    sequence: RetentionSequence
    steps: list[SequenceStep]

    @property
    def first_step(self) -> SequenceStep | None:
        """The step that a lead takes first; None when no step is active."""
        return first_step(self.steps)

    def view(self) -> SequenceView:
        """The sequence as it is shown; its revision names this state of it and of every step."""
        revision = keys.fingerprint(self.sequence.revision, *(step.revision for step in self.steps))
        return SequenceView.model_construct(**{**vars(self.sequence), "steps": self.steps, "revision": revision})


def in_order(steps: Sequence[SequenceStep]) -> list[SequenceStep]:
    """Steps in the order in which they are taken: by place; where places tie, the older first."""
    return sorted(steps, key=lambda step: (step.step_order, step.id))


class SequenceService:
    """The use cases of sequences."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, given: SequenceCreate) -> SequenceView:
        """Plan a sequence, with its steps, in one transaction.

        Raises:
            InvalidInputError: a script or campaign is not there, a configuration does not fit its trigger, a delay is
                too long, or conditions cannot be read.
        """
        inline = {f"/steps/{place}": step for place, step in enumerate(given.steps)}
        errors = triggers.misfits(given.trigger_type, given.trigger_config)
        errors += [error for at, step in inline.items() if (error := timing.delay_error(step, at))]
        # The steps have no ids yet: conditions may name the one before, and any.
        errors += [one for at, step in inline.items() for one in conditions.errors(step.conditions, f"{at}/conditions")]
        errors += script_errors(self._core, inline)
        errors += campaign_errors(self._core, given.trigger_config.campaigns or ())
        if errors:
            raise InvalidInputError(*errors)
        core, now = self._core, self._core.now()
        fields = {name: value for name, value in vars(given).items() if name != "steps"}
        sequence = RetentionSequence.model_construct(
            **{**fields, "trigger_config": triggers.shown(given.trigger_config), "settings": kept(given.settings)},
            id=core.ids.new(now),
            created_at=now,
            updated_at=now,
            revision=core.ids.revision(),
        )
        sequence, others = listening(core, sequence)
        planned = Planned(sequence, in_order(self._inline(sequence.id, given.steps)))
        view = planned.view()
        core.idempotency.commit(Create(sequence), *map(Create, planned.steps), *others, outcome=view)
        return view

    def _inline(self, sequence_id: str, given: Sequence[StepInput]) -> list[SequenceStep]:
        # In ascending order, so that steps given the same place keep the order in which they were given.
        ids = sorted(self._core.ids.new() for _ in given)
        return [
            new_step(self._core, sequence_id, step, place if step.step_order is None else step.step_order, step_id)
            for place, (step, step_id) in enumerate(zip(given, ids, strict=True))
        ]

    def find(self, sequence_id: str) -> Planned:
        """A sequence and its steps, read consistently in one query.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        rows = list(self._core.store.query(keys.partitions("RetentionSequence")[0], starts_with=sequence_id))
        # An id may begin with another one: what belongs to a longer one is left out.
        found = [one for one in listing.from_rows(RetentionSequence, rows) if one.id == sequence_id]
        if not found or found[0].deleting:
            raise NotFoundError(f"There is no sequence {sequence_id}.")
        steps = listing.from_rows(SequenceStep, rows)
        return Planned(
            found[0], in_order([step for step in steps if step.sequence_id == sequence_id and not step.deleting])
        )

    def get(self, sequence_id: str) -> SequenceView:
        """A sequence with its steps.

        Raises:
            NotFoundError: none with this id, or it was deleted.
        """
        return self.find(sequence_id).view()

    def own_revision(self, sequence_id: str, *, if_match: str | None) -> str | None:
        """The revision of the sequence alone, where the caller insists on a state of the whole; None where it does not.

        Raises:
            NotFoundError: there is no such sequence.
            StaleError: the sequence or one of its steps is not as the caller saw it.
        """
        if if_match is None:
            return None
        planned = self.find(sequence_id)
        require_unchanged(planned, if_match)
        return planned.sequence.revision

    def page(self, wanted: SequenceFilter, *, limit: int, position: str | None) -> Page[RetentionSequence]:
        """Sequences without their steps, newest first."""
        return listing.whole(
            list(self._core.store.query_entities(RetentionSequence, keys.partitions("RetentionSequence")[0])),
            limit=limit,
            position=position,
            order=lambda sequence: listing.place(sequence.created_at, sequence.id),
            keep=wanted.accepts,
        )

    def update(self, sequence_id: str, patch: Any, *, if_match: str | None) -> SequenceView:
        """Apply a JSON merge patch. The steps have routes of their own, the status has verbs.

        Raises:
            InvalidInputError, NotFoundError
            StaleError: the sequence or one of its steps is not as the caller saw it.
        """
        refuse_status(patch, "activate, pause, resume or archive")
        if isinstance(patch, dict) and "steps" in patch:
            detail = f"Steps are changed one by one, at /v1/sequences/{sequence_id}/steps."
            raise InvalidInputError.at("/steps", "read_only", detail)
        validation.refuse_server_owned(RetentionSequence, patch)
        steps: list[SequenceStep] = []

        def find() -> RetentionSequence:
            planned = self.find(sequence_id)
            require_unchanged(planned, if_match)
            steps[:] = planned.steps
            return planned.sequence

        def change(sequence: RetentionSequence) -> tuple[RetentionSequence, list[Write]]:
            given = validation.patched(SequenceInput, sequence, patch)
            errors = triggers.misfits(given.trigger_type, given.trigger_config)
            named = given.trigger_config.campaigns or ()
            errors += campaign_errors(self._core, named, sequence.trigger_config.get("campaigns", ()))
            if errors:
                raise InvalidInputError(*errors)
            plain = {"trigger_config": triggers.shown(given.trigger_config), "settings": kept(given.settings)}
            return listening(self._core, self._core.changed(sequence, **{**vars(given), **plain}), sequence)

        # The state that If-Match names is that of the whole, so it was compared above.
        after = self._core.revise(
            find, change, if_match=None, show=lambda sequence: Planned(sequence, list(steps)).view()
        )
        return Planned(after, steps).view()


def new_step(core: Core, sequence_id: str, given: StepInput, place: int, step_id: str) -> SequenceStep:
    """A step as it is written first."""
    now = core.now()
    return SequenceStep.model_construct(
        **{**vars(given), "step_order": place, "settings": kept(given.settings)},
        id=step_id,
        sequence_id=sequence_id,
        created_at=now,
        updated_at=now,
        revision=core.ids.revision(),
    )


def require_unchanged(planned: Planned, if_match: str | None) -> None:
    """Refuse to go on when a sequence or one of its steps is not as the caller saw it.

    Raises:
        StaleError: it is not.
    """
    if if_match is not None and planned.view().revision != if_match:
        raise StaleError


def refuse_status(patch: Any, verbs: str) -> None:
    """Refuse to change a status by a patch, naming the verbs that do.

    Raises:
        InvalidInputError: the patch holds a status.
    """
    if isinstance(patch, dict) and "status" in patch:
        raise InvalidInputError.at("/status", "use_a_verb", f"The status changes by a verb: {verbs}.")
