"""One submission: its lead and its claim in one transaction, then its target.

    claim, lead and log entry, at once --> lead at its target --> entry without a target: done
                                        |  died in between: the entry names the target still, and a retry goes on

A copy of the event finds the claim, and the entry beside it. Each part is unique by its key: doing it again changes
nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple

from retention.core import Core
from retention.errors import ContentionError
from retention.inbound.claim import ReceivedEvent, claim_of
from retention.inbound.outcome import DUPLICATE, Applied, Ignored, Later, Outcome
from retention.intake.activity import activity_key, entry, told
from retention.intake.mapping import Draft
from retention.intake.model import IntakeActivity
from retention.intake.targets import Targets
from retention.leads.intake import ErasedSinceError, LeadIntake, TakenIn
from retention.receiving.event import Event
from retention.table.writes import Create, Put, RefusedError, Replace, Write


class Submission(NamedTuple):
    """What is to be taken in."""

    event: Event
    #: The id of the form that it came through, or meta.
    webhook_id: str
    draft: Draft
    #: The campaign or sequence that the lead goes to, as the API names it.
    target: dict[str, str]


@dataclass(frozen=True)
class Taking:
    """Takes submissions in, each once."""

    core: Core
    intake: LeadIntake
    targets: Targets

    def take(self, submission: Submission) -> Outcome:
        """Take a submission in, whole; a copy of it changes nothing."""
        written: list[IntakeActivity] = []

        def also(taken: TakenIn) -> list[Write]:
            known = entry(
                self.core,
                submission.event,
                submission.webhook_id,
                "existing" if taken.deduplicated else "created",
                draft=submission.draft,
                lead_id=taken.lead.id,
                target=submission.target,
            )
            written[:] = [known]
            # An entry that is there already is that of a refusal which has been set right since.
            return [claim_of(self.core, submission.event), Put(known)]

        try:
            taken = self.intake.create(submission.draft.lead, also, told_at=submission.event.received_at)
        except RefusedError as refusal:
            if refusal.concerns(ReceivedEvent):
                return self.go_on(submission.event)
            raise
        except ErasedSinceError:
            return Ignored("the person was erased since")
        except ContentionError:
            return Later("others are changing the same lead")
        return self._finish(written[0], Applied("existing lead" if taken.deduplicated else "new lead"))

    def go_on(self, event: Event) -> Outcome:
        """What is left to do for an event that is claimed already: its target, where a try died before it."""
        known = self.core.store.find(IntakeActivity, activity_key(event))
        return DUPLICATE if known is None else self._finish(known, DUPLICATE)

    def _finish(self, known: IntakeActivity, outcome: Outcome) -> Outcome:
        if known.target is None:
            return outcome
        try:
            refused = self.targets.reach(known)
        except ContentionError:
            return Later("others are changing the same lead")
        errors = [*known.errors, *(told((refused,)) if refused is not None else [])]
        done = self.core.changed(known, target=None, errors=errors)
        try:
            self.core.store.write(Replace(done, before=known))
        except RefusedError:
            return outcome  # A copy of the event got there first.
        return outcome if outcome is not DUPLICATE else Applied("target")

    def log_test(self, event: Event, webhook_id: str, draft: Draft) -> Outcome:
        """Log a submission in test mode, and do nothing else."""
        logged = entry(self.core, event, webhook_id, "test", draft=draft)
        try:
            self.core.store.write(claim_of(self.core, event), Put(logged))
        except RefusedError:
            return DUPLICATE
        return Applied("test")

    def log_refusal(self, refused: IntakeActivity) -> None:
        """Log a submission that cannot be used: once, however often it comes."""
        try:
            self.core.store.write(Create(refused))
        except RefusedError:
            return
