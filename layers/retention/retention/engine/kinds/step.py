"""A step of a sequence for one enrollment, as an obligation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention.contactrules.model import Lateness, Retry, SequenceSettings, StepSettings
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.decision import Decision, Park, Skip
from retention.engine.errand import Errand, Following, Wanted
from retention.engine.reasons import Reason
from retention.ids import split
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.sequences import conditions
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sequences.progress import Ending, onward
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

    def wanted(self, identifier: str) -> list[Wanted] | None:
        """The execution, its enrollment, and the earlier executions that its conditions ask about."""
        parts = split(identifier, 4)
        if parts is None:
            return None
        lead_id, sequence_id, generation, step_id = parts

        def execution(step: str) -> Wanted:
            place = key(
                "SequenceStepExecution",
                lead_id=lead_id,
                sequence_id=sequence_id,
                generation=generation,
                step_id=step,
            )
            return SequenceStepExecution, place

        enrollment: Wanted = (SequenceEnrollment, key("SequenceEnrollment", lead_id=lead_id, sequence_id=sequence_id))
        return [execution(step_id), enrollment, *map(execution, self._asked_about(sequence_id, step_id))]

    def _asked_about(self, sequence_id: str, step_id: str) -> list[str]:
        """The steps whose outcomes the conditions of a step ask for."""
        planned = self.configuration.planned.get(sequence_id)
        step = _step_of(planned, step_id)
        if planned is None or step is None or not step.conditions:
            return []
        return sorted(conditions.steps_named(step.conditions, planned.steps, step))

    def errand(self, identifier: str, contact: Contact, lead: Lead | None, suppressed: bool, read: list[Any]) -> Errand:
        """Put together what was read."""
        execution: SequenceStepExecution = read[0]
        enrollment: SequenceEnrollment | None = read[1]
        planned = self.configuration.planned.get(execution.sequence_id)
        step = _step_of(planned, execution.step_id)
        settings = SequenceSettings() if planned is None else _sequence_settings(planned)
        own = StepSettings() if step is None else StepSettings.model_validate(_plain(step.settings))
        script = self.configuration.script.get(step.script_id) if step is not None and step.script_id else None
        earlier = {one.step_id: one for one in read[2:] if one is not None}

        def hold(now: datetime) -> tuple[bool, dict[str, Any]]:
            if step is None or planned is None or lead is None or not step.conditions:
                return True, {}
            subject = conditions.Subject(lead, contact, now, planned.steps, step, earlier)
            verdict = conditions.holds(step.conditions, subject)
            return verdict.holds, verdict.why

        def follow(ending: Ending, everything: bool) -> Following:
            done = self._done(execution) if everything else ()
            what = onward(self.core, planned, enrollment, execution, ending, done)
            return Following(what.writes, list(what.created))

        return Errand(
            work=execution,
            contact=contact,
            lead=lead,
            suppressed=suppressed,
            channel=execution.channel if step is None else step.channel,
            script=script,
            standing=_standing(planned, enrollment, execution),
            passed_over=_passed_over(step),
            conditions=hold,
            follow=follow,
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
        rows = self.core.store.query_entities(
            SequenceStepExecution, lead_key(execution.lead_id).pk, starts_with=starts_with
        )
        return {row.step_id for row in rows if row.generation == execution.generation}


def _step_of(planned: Planned | None, step_id: str) -> SequenceStep | None:
    return None if planned is None else next((step for step in planned.steps if step.id == step_id), None)


def _plain(settings: Any) -> Mapping[str, Any]:
    return settings.model_dump(by_alias=True, exclude_none=True) if not isinstance(settings, Mapping) else settings


def _sequence_settings(planned: Planned) -> SequenceSettings:
    return SequenceSettings.model_validate(_plain(planned.sequence.settings))


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
