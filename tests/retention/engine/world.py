"""A sequence, a lead and two workers, for stories about what may happen at every boundary.

A boundary is a point just before or just after a request to the table or a call of the provider. At each one something
else can be made to happen: another worker takes the same work, somebody opts out, the worker dies.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.engine.kinds.step import StepKind
from retention.engine.obligation import FLIGHT_FIELD, Flight
from retention.engine.queue import Work
from retention.engine.reconcile import Providers
from retention.engine.worker import Report, Worker
from retention.entity import Entity
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, LeadInput
from retention.scripts.model import ScriptInput
from retention.sequences.model import (
    SequenceCreate,
    SequenceEnrollment,
    SequenceStepExecution,
    StepInput,
)
from retention.table.keys import due_entry, index_partitions
from tests.retention.engine.ledger import Ledger

T = TypeVar("T")

E = TypeVar("E", bound=Entity)

#: Rounds of healing after which whatever is still owed is stuck.
PATIENCE = 40
#: Longer than the settle delay of a text message, in seconds.
LONG = 400
#: Time that a function may run, in seconds. Source: template.yaml.
FUNCTION_SECONDS = 60


class Died(BaseException):
    """The worker was killed."""


class InTurn(Executor):
    """Does at once, in the same thread, what it is given: stories are then the same each time."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do it."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor
            future.set_exception(error)
        return future


class World:
    """One table with an active sequence, and a provider with a ledger."""

    def __init__(self, app: Application, clock: ManualClock, **rules: Any) -> None:
        #: Contact is allowed at any time and as often as anybody likes, unless a story says otherwise.
        rules = {"sms_hours": "always", "call_hours": "always", "frequency_caps": "SMS 9/1h", **rules}
        self.core = replace(app.core, settings=replace(app.core.settings, **rules))
        self.app = app
        self.clock = clock
        self.ledger = Ledger(clock)
        self.providers: Providers = self.ledger
        self.people = 0
        self.sequences: list[str] = []
        #: Leads that were stopped, with what of theirs was on its way at that moment.
        self.stopped: dict[str, set[str]] = {}
        self.cancelled: set[str] = set()
        self.script = app.scripts.create(ScriptInput(name="Hello", type="SMS", content="Hi {{ firstName }}")).id

    # --- what there is -----------------------------------------------------------------------------------------

    def worker(self) -> Worker:
        """A worker that has just started, and knows the sequences and scripts as they are now."""
        worker = replace(build_worker(self.core, self.providers), pool=InTurn())
        configuration = cast(StepKind, worker.loader.kinds[SequenceStepExecution.__name__]).configuration
        for sequence in self.sequences:
            configuration.planned.get(sequence)
        configuration.script.get(self.script)
        return worker

    def sequence(self, *delays: int, **more: Any) -> str:
        """An active sequence of text messages, with these delays in hours."""
        steps = [StepInput(channel="SMS", script_id=self.script, delay_value=hours) for hours in delays]
        given = SequenceCreate(name="Win back", status="ACTIVE", steps=steps, **more)
        self.sequences.append(self.app.sequences.create(given).id)
        return self.sequences[-1]

    def lead(self, **more: Any) -> str:
        """A lead with a number of its own."""
        self.people += 1
        given: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovelace", "phone": f"+1202555{self.people:04d}"}
        return self.app.intake.create(LeadInput(**{**given, **more})).lead.id

    def enroll(self, sequence: str, lead: str) -> SequenceEnrollment:
        """An enrollment."""
        return self.app.enrolling.enroll(sequence, lead).enrollment

    # --- what is there now -------------------------------------------------------------------------------------

    def contact(self, lead: str) -> Contact:
        """The contact item of a lead."""
        found = self.app.core.store.find(Contact, contact_key(lead))
        assert found is not None
        return found

    def of(self, entity: type[E], lead: str) -> list[E]:
        """What there is of a kind in the partition of a lead."""
        return list(self.app.core.store.query_entities(entity, lead_key(lead).pk))

    def due(self, *leads: str) -> list[Work]:
        """What of these leads' executions is due now."""
        now = self.clock.now()
        found = [one for lead in leads for one in self.of(SequenceStepExecution, lead)]
        return [
            Work(SequenceStepExecution.__name__, one.id)
            for one in found
            if one.due_at is not None and one.due_at <= now
        ]

    def flights(self, lead: str) -> set[str]:
        """Obligations of a lead whose sends are under way."""
        contacts = self.of(Contact, lead)
        found = (Flight.of(getattr(contact, name)) for contact in contacts for name in FLIGHT_FIELD.values())
        return {flight.work for flight in found if flight is not None}

    # --- what happens ------------------------------------------------------------------------------------------

    def work(self, *leads: str) -> Report:
        """A worker that has just started does what is due for leads, within the time that a function may run."""
        return self.process(self.worker(), self.due(*leads))

    def process(self, worker: Worker, work: Sequence[Work]) -> Report:
        """A worker does work within the time that a function may run."""
        began = self.clock.now()
        return worker.process(work, lambda: FUNCTION_SECONDS - (self.clock.now() - began).total_seconds())

    def stop(self, lead: str) -> None:
        """The lead asks to be left alone: what is on its way may still arrive, once; nothing else."""
        self.app.leads.stop(lead, "OPT_OUT")
        under_way = self.flights(lead)
        self.stopped[lead] = under_way | {entry.work for entry in self.ledger.entries}
        self.ledger.resends_forbidden |= under_way

    def cancel(self, lead: str) -> None:
        """Cancel the enrollments of a lead."""
        for one in self.of(SequenceEnrollment, lead):
            if one.status in ("ACTIVE", "PAUSED"):
                self.app.interventions.cancel(one.id, if_match=None)
                self.cancelled.add(one.id)

    def run_jobs(self) -> None:
        """Run every job that is due."""
        for pk in index_partitions("Job", "due"):
            for row in list(self.app.core.store.query(pk, index="due")):
                self.app.runner.run(due_entry(row["dueSk"]["S"]).rest, lambda: True)

    def heal(self, lead: str, *, seconds: int = LONG) -> None:
        """Let time pass without faults until nothing is owed to a lead any more."""
        for _ in range(PATIENCE):
            self.ledger.accept_late()
            self.clock.advance(seconds)
            self.run_jobs()
            self.work(lead)
            if not any(one.is_open for one in self.of(SequenceStepExecution, lead)) and not self.flights(lead):
                return
        owed = [(one.id, one.status, one.due_at) for one in self.of(SequenceStepExecution, lead) if one.is_open]
        raise AssertionError(f"still owed: {owed}, under way: {self.flights(lead)}")

    @contextmanager
    def watching(self, boundary: Callable[[str], None]) -> Iterator[None]:
        """Be told of every boundary while the block runs, in the thread that comes to it."""

        def before(model: Any, **_: Any) -> None:
            boundary(f"before {model.name}")

        def after(model: Any, **_: Any) -> None:
            boundary(f"after {model.name}")

        events: Any = self.app.core.store._low.client.meta.events
        events.register("before-call.dynamodb", before)
        events.register("after-call.dynamodb", after)
        outside, self.ledger.watch = self.ledger.watch, boundary
        try:
            yield
        finally:
            events.unregister("before-call.dynamodb", before)
            events.unregister("after-call.dynamodb", after)
            self.ledger.watch = outside

    @contextmanager
    def at_boundary(self, number: int, act: Callable[[], object]) -> Iterator[list[str]]:
        """Do something at one boundary of what the block does; tells what boundaries there were."""
        passed: list[str] = []
        inside = [False]

        def boundary(name: str) -> None:
            if inside[0]:
                return
            passed.append(name)
            if len(passed) - 1 == number:
                inside[0] = True
                try:
                    act()
                finally:
                    inside[0] = False

        with self.watching(boundary):
            yield passed


def wrong(world: World, lead: str) -> list[str]:
    """What must never be of a lead, once everything has come to rest."""
    found: list[str] = []
    executions = {one.id: one for one in world.of(SequenceStepExecution, lead)}
    attempts = {one.id: one for one in world.of(ContactAttempt, lead)}
    sent = {entry.work for entry in world.ledger.entries if entry.work.startswith(lead)}
    if lead in world.stopped:
        found += [f"{work} was sent after its lead was stopped" for work in sent - world.stopped[lead]]
    found += [f"{work} was sent again after its lead was stopped" for work in world.ledger.sent_again]
    for work in sent:
        accepted = world.ledger.of(work)
        if len(accepted) > 1:
            found.append(f"{work} was sent {len(accepted)} times")
        execution = executions.get(work)
        if execution is not None and execution.status not in ("SENT", "DELIVERED", "FAILED"):
            found.append(f"{work} was sent and is {execution.status}")
        if execution is not None and (work not in attempts or attempts[work].provider_ref != accepted[0].ref):
            found.append(f"{work} was sent and its attempt does not say so: {attempts.get(work)}")
    for execution in executions.values():
        if execution.status == "SENT" and execution.id not in sent:
            found.append(f"{execution.id} is SENT and was not sent")
    for enrollment in world.of(SequenceEnrollment, lead):
        found += _enrollment(world, enrollment, list(executions.values()))
    return found


def _enrollment(
    world: World, enrollment: SequenceEnrollment, executions: Sequence[SequenceStepExecution]
) -> Iterator[str]:
    mine = [one for one in executions if (one.enrollment_id, one.generation) == (enrollment.id, enrollment.generation)]
    done = [one for one in mine if not one.is_open]
    if enrollment.current_step != len(done):
        yield f"{enrollment.id} says {enrollment.current_step} steps are done, {len(done)} are"
    waiting = [one.step_id for one in mine if one.is_open]
    if waiting != ([enrollment.waiting_for] if enrollment.waiting_for else []):
        yield f"{enrollment.id} waits for {enrollment.waiting_for}, open are {waiting}"
    if enrollment.id in world.cancelled and enrollment.status != "CANCELLED":
        yield f"{enrollment.id} was cancelled and is {enrollment.status}"
    if enrollment.status == "ACTIVE" and not waiting:
        yield f"{enrollment.id} is stranded"
