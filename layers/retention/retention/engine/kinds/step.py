"""A step of a sequence for one enrollment, as an obligation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention.contactrules.model import Lateness, Retry, SequenceSettings, StepSettings
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.decision import Decision, Park, Skip
from retention.engine.errand import Asking, Errand, Wanted
from retention.engine.reasons import Reason
from retention.ids import split
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.scripts.choosing import Choosing, Chosen
from retention.sequences import conditions
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sequences.progress import Ending, Onward, onward
from retention.sequences.service import Planned
from retention.table import keys
from retention.table.keys import key

#: What the standing of an enrollment means for its executions.
_OVER: Final = ("CANCELLED", "CONVERTED", "COMPLETED")


@dataclass(frozen=True)
class StepKind:
    """Executions of sequence steps."""

    core: Core
    configuration: Configuration

    def asking(self, identifier: str) -> Asking | None:
        """What is to be asked about one."""
        parts = split(identifier, 4)
        if parts is None:
            return None
        lead_id, sequence_id, generation, step_id = parts
        planned = self.configuration.planned.get(sequence_id)
        return StepAsking(self, lead_id, sequence_id, generation, step_id, planned, _step_of(planned, step_id))


@dataclass(frozen=True)
class StepAsking:
    """What is to be read of one execution, by the sequence as it is known at this moment."""

    kind: StepKind
    lead_id: str
    sequence_id: str
    generation: str
    step_id: str
    planned: Planned | None
    step: SequenceStep | None

    @property
    def wanted(self) -> list[Wanted]:
        """The execution, its enrollment, and the earlier executions that its conditions ask about."""
        place = key("SequenceEnrollment", lead_id=self.lead_id, sequence_id=self.sequence_id)
        earlier: set[str] = set()
        if self.planned is not None and self.step is not None and self.step.conditions:
            earlier = conditions.steps_named(self.step.conditions, self.planned.steps, self.step)
        return [self._execution(self.step_id), (SequenceEnrollment, place), *map(self._execution, sorted(earlier))]

    def _execution(self, step_id: str) -> Wanted:
        place = key(
            "SequenceStepExecution",
            lead_id=self.lead_id,
            sequence_id=self.sequence_id,
            generation=self.generation,
            step_id=step_id,
        )
        return SequenceStepExecution, place

    def errand(self, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read."""
        execution: SequenceStepExecution = read[0]
        enrollment: SequenceEnrollment | None = read[1]
        planned, step, configuration = self.planned, self.step, self.kind.configuration
        settings = SequenceSettings() if planned is None else SequenceSettings.model_validate(planned.sequence.settings)
        own = StepSettings() if step is None else StepSettings.model_validate(step.settings)
        chosen = Chosen(None) if step is None else Choosing(configuration).for_step(step, self.lead_id)
        campaign, campaign_settings = configuration.campaign_of(chosen.script)
        earlier = {one.step_id: one for one in read[2:] if one is not None}

        def hold(now: datetime) -> tuple[bool, dict[str, Any]]:
            if step is None or planned is None or lead is None or not step.conditions:
                return True, {}
            subject = conditions.Subject(lead, contact, now, planned.steps, step, earlier)
            verdict = conditions.holds(step.conditions, subject)
            return verdict.holds, verdict.why

        def follow(ending: Ending, everything: bool) -> Onward:
            done = self._done(execution) if everything else ()
            return onward(self.kind.core, planned, enrollment, execution, ending, done)

        return Errand(
            work=execution,
            contact=contact,
            lead=lead,
            suppressed=suppressed,
            channel=execution.channel if step is None else step.channel,
            script=chosen.script,
            experiment=chosen.experiment,
            standing=_standing(planned, enrollment, execution),
            passed_over=_passed_over(step),
            conditions=hold,
            follow=follow,
            campaign=campaign,
            campaign_settings=campaign_settings,
            sequence_settings=settings,
            step_settings=own,
            lateness=own.lateness or settings.lateness or Lateness(),
            retry=own.retry or settings.retry or Retry(),
        )

    def _done(self, execution: SequenceStepExecution) -> set[str]:
        """The steps that have an execution in this generation: asked only when the next one proves to be there."""
        starts_with = keys.prefix(
            "SequenceStepExecution", sequence_id=execution.sequence_id, generation=execution.generation
        )
        rows = self.kind.core.store.query_entities(
            SequenceStepExecution, lead_key(execution.lead_id).pk, starts_with=starts_with
        )
        return {row.step_id for row in rows if row.generation == execution.generation}


def _step_of(planned: Planned | None, step_id: str) -> SequenceStep | None:
    return None if planned is None else next((step for step in planned.steps if step.id == step_id), None)


def _passed_over(step: SequenceStep | None) -> Reason | None:
    if step is None:
        return Reason.STEP_GONE
    return None if step.is_active else Reason.STEP_INACTIVE


def _standing(
    planned: Planned | None, enrollment: SequenceEnrollment | None, execution: SequenceStepExecution
) -> Decision | None:
    """What its enrollment and sequence say, in this order."""
    if enrollment is None or enrollment.deleting or enrollment.generation != execution.generation:
        return Skip(Reason.ENROLLMENT_OVER)
    if enrollment.status in _OVER:
        return Skip(Reason.ENROLLMENT_OVER, {"enrollment": enrollment.status})
    if planned is None or planned.sequence.status == "ARCHIVED":
        return Skip(Reason.SEQUENCE_ARCHIVED, enrollment="CANCELLED")
    if enrollment.status == "PAUSED":
        return Park(Reason.ENROLLMENT_PAUSED, since=enrollment.paused_at or enrollment.enrolled_at)
    if planned.sequence.status != "ACTIVE":
        return Park(Reason.SEQUENCE_PAUSED, since=planned.sequence.paused_at or enrollment.enrolled_at)
    return None
