"""Explains an enrollment: what became of each step or why not, and what comes next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from retention.clock import machine_time
from retention.contactrules.account import AccountRules, account_rules
from retention.core import Core
from retention.engine.configuration import Configuration
from retention.engine.errand import Errand
from retention.engine.kinds.step import StepKind
from retention.engine.loading import Loader
from retention.engine.obligation import Flight
from retention.engine.queue import Work
from retention.errors import NotFoundError
from retention.explaining import standing
from retention.explaining.model import ExplainedStep, Explanation, Next
from retention.explaining.preview import Previewer
from retention.explaining.rules import decisions, rule_of, sentence_of
from retention.explaining.standing import Standing
from retention.fields import Channel
from retention.holding.hold import NO_HOLD, Hold
from retention.holding.known import known_hold
from retention.ids import split
from retention.leads.contact import lead_key
from retention.sequences import timing
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sequences.service import Planned
from retention.table import keys, listing


@dataclass(frozen=True)
class _Case:
    """An enrollment with all that bears on it."""

    enrollment: SequenceEnrollment
    #: The sequence with its steps; None when it is gone.
    planned: Planned | None
    #: Executions of the present generation by their step.
    executions: Mapping[str, SequenceStepExecution]
    #: What is not over, by its step.
    errands: Mapping[str, Errand]
    now: datetime
    #: Whether all sending is held.
    hold: Hold

    @property
    def steps(self) -> Sequence[SequenceStep]:
        """The steps of the sequence, in order."""
        return [] if self.planned is None else self.planned.steps

    @property
    def open_execution(self) -> SequenceStepExecution | None:
        """What comes next; at most one execution of an enrollment is not over."""
        return next((one for one in self.executions.values() if one.is_open), None)


class ExplainService:
    """The use case of asking why."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def explain(self, enrollment_id: str) -> Explanation:
        """Where an enrollment stands, why, and what comes next. Reads only.

        Raises:
            NotFoundError: there is no such enrollment.
        """
        account = account_rules(self._core.settings)
        case = self._read(enrollment_id)
        previewer = Previewer(self._core, account, case.hold)
        enrollment = case.enrollment
        reason, since = standing.of_enrollment(enrollment, None if case.planned is None else case.planned.sequence)
        steps = [self._with_times(case, one, account, previewer) for one in _steps(case)]
        return Explanation(
            enrollment_id=enrollment.id,
            sequence_id=enrollment.sequence_id,
            lead_id=enrollment.lead_id,
            explained_at=case.now,
            status=enrollment.status,
            reason=reason,
            sentence="It goes on." if reason is None else sentence_of(reason),
            since=since,
            next=_next(case, steps),
            steps=steps,
            history=decisions(enrollment.history),
        )

    def _read(self, enrollment_id: str) -> _Case:
        """Two queries, and what a decision needs of what is not over."""
        core = self._core
        lead_id, sequence_id = split(enrollment_id, 2) or ("", "")
        starts_with = keys.prefix("SequenceEnrollment", sequence_id=sequence_id)
        rows = list(core.store.query(lead_key(lead_id).pk, starts_with=starts_with)) if lead_id else []
        # An id may begin with another one.
        found = [one for one in listing.from_rows(SequenceEnrollment, rows) if one.id == enrollment_id]
        if not found or found[0].deleting:
            raise NotFoundError(f"There is no enrollment {enrollment_id}.")
        enrollment = found[0]
        # Read afresh: nobody who asks why wants to hear what was true some seconds ago.
        configuration = Configuration(core)
        executions = {
            one.step_id: one
            for one in listing.from_rows(SequenceStepExecution, rows)
            if one.sequence_id == sequence_id and one.generation == enrollment.generation
        }
        waiting = [Work(type(one).__name__, one.id) for one in executions.values() if one.is_open]
        loader = Loader(core, {SequenceStepExecution.__name__: StepKind(core, configuration)})
        errands: dict[str, Errand] = {}
        for errand in loader.load(waiting).values():
            assert isinstance(errand.work, SequenceStepExecution)
            # The newer reading, and of the same time as the rest of the errand.
            executions[errand.work.step_id] = errand.work
            errands[errand.work.step_id] = errand
        # Read along with the errands.
        hold = known_hold(core) if waiting else NO_HOLD
        return _Case(enrollment, configuration.planned.get(sequence_id), executions, errands, core.now(), hold)

    def _with_times(
        self, case: _Case, step: ExplainedStep, account: AccountRules, previewer: Previewer
    ) -> ExplainedStep:
        """A step with what depends on the clock and on the rules as they are now."""
        errand = case.errands.get(step.step_id)
        if errand is None:
            return step
        if step.state == "scheduled":
            return step.model_copy(update={"preview": previewer.preview(errand, case.now)})
        flight = errand.own_flight or Flight.of(errand.work.flown)
        if step.state != "sending" or flight is None:
            return step
        settled = flight.at + machine_time(self._core.clock, account.settle_seconds[flight.channel])
        looked_into = settled if errand.work.phase is None else errand.work.due_at
        return step.model_copy(update={"sent_at": flight.at, "looked_into_at": looked_into})


def _steps(case: _Case) -> Iterator[ExplainedStep]:
    """Each step once, in order: those of the sequence, and those deleted from it that have an execution."""
    reached = standing.reached_by(list(case.executions.values()), case.steps)
    there = {step.id: step for step in case.steps}
    places = {step.id: (step.step_order, step.id) for step in case.steps}
    places |= {name: standing.place_of(one, case.steps) for name, one in case.executions.items()}
    expected = dict(_expected(case))
    for name, place in sorted(places.items(), key=lambda one: one[1]):
        execution = case.executions.get(name)
        if execution is None:
            how = standing.of_step(there[name], case.enrollment, reached)
            step = _explained(there[name].channel, name, place[0], how)
            yield step.model_copy(update={"expected_at": expected.get(name)} if how.state == "upcoming" else {})
        else:
            how = standing.of_execution(execution, case.errands.get(name), case.now, case.hold)
            channel = there[name].channel if name in there and execution.is_open else execution.channel
            step = _explained(channel, name, place[0], how)
            yield step.model_copy(update={**_facts(execution, how), "deleted": name not in there})


def _explained(channel: Channel, step_id: str, order: int, how: Standing) -> ExplainedStep:
    return ExplainedStep.model_construct(
        step_id=step_id,
        step_order=order,
        deleted=False,
        channel=channel,
        state=how.state,
        reason=how.reason,
        sentence=sentence_of(how.reason),
        rule=rule_of(how.reason),
        inputs=how.inputs,
    )


def _facts(execution: SequenceStepExecution, how: Standing) -> dict[str, object]:
    """What an execution adds. Its last decision is left out of the history where it is the answer itself."""
    history = list(execution.history or [])
    if history and history[-1]["code"] == how.reason:
        history.pop()
    return {
        "execution_id": execution.id,
        "contact_attempt_id": execution.contact_attempt_id,
        "scheduled_at": execution.scheduled_at,
        "executed_at": execution.executed_at,
        "held_since": execution.held_since,
        "history": decisions(history),
    }


def _expected(case: _Case) -> Iterator[tuple[str, datetime]]:
    """When steps that are still to come are due, should those before them run on time."""
    work = case.open_execution
    if work is None or work.due_at is None:
        return
    at, place = max(work.due_at, case.now), standing.place_of(work, case.steps)
    for step in case.steps:
        if step.is_active and (step.step_order, step.id) > place and step.id not in case.executions:
            at = timing.due_at(step, at)
            yield step.id, at


def _next(case: _Case, steps: Sequence[ExplainedStep]) -> Next | None:
    work = case.open_execution
    if work is None:
        return None
    step = next(one for one in steps if one.step_id == work.step_id)
    at = {"scheduled": work.due_at, "sending": step.looked_into_at}.get(step.state)
    return Next(step_id=step.step_id, state=step.state, at=at, held_since=work.held_since)
