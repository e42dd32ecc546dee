"""Many copies, many workers, many obligations: one send each, and nobody waits for somebody else's trouble."""

from concurrent.futures import ThreadPoolExecutor

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.sequences.model import SequenceStepExecution
from retention.table.writes import Change, Replace
from tests.retention.engine.world import World, wrong


def test_46_copies_of_a_message_in_eight_workers_at_once_are_one_send(app: Application, clock: ManualClock) -> None:
    world = World(app, clock)
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    due = world.due(lead)
    workers = [build_worker(world.core, world.ledger) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda copy: workers[copy % 8].process(due), range(46)))

    assert len(world.ledger.entries) == 1
    assert sum(report.outcomes["sent"] for report in reports) == 1
    assert wrong(world, lead) == []


def test_100_due_items_of_a_paused_sequence_delay_nobody_else(app: Application, clock: ManualClock) -> None:
    world = World(app, clock)
    paused, running = world.sequence(0), world.sequence(0)
    waiting = [world.lead() for _ in range(100)]
    for lead in waiting:
        world.enroll(paused, lead)
    other = world.lead()
    world.enroll(running, other)
    # The status alone, as a worker finds it before the job that follows the pause through has come by.
    sequence = app.sequences.find(paused).sequence
    after = app.core.changed(sequence, status="PAUSED", paused_at=clock.now())
    app.core.store.write(Replace(after, before=sequence))
    worker = world.worker()

    report = world.process(worker, [*world.due(*waiting), *world.due(other)])

    assert report.outcomes["sequence_paused"] == 100
    assert [entry.work.partition(".")[0] for entry in world.ledger.entries] == [other]
    held = [one for lead in waiting for one in world.of(SequenceStepExecution, lead)]
    assert {(one.status, one.due_at) for one in held} == {("PENDING", None)}, "the dispatcher finds them no more"
    assert all(one.held_due_at is not None for one in held), "they keep their place"


def test_one_that_fails_in_an_unforeseen_way_harms_no_other(app: Application, clock: ManualClock) -> None:
    world = World(app, clock)
    sequence = world.sequence(0)
    leads = [world.lead() for _ in range(5)]
    for lead in leads:
        world.enroll(sequence, lead)
    due = world.due(*leads)
    broken = world.of(SequenceStepExecution, leads[2])[0]
    # Nothing of ours writes such an item: it stands for whatever nobody thought of.
    shapeless = Change(Contact, contact_key(leads[2]), set={"sms_flight": {"what": "is this"}}, add={"version": 1})
    app.core.store.write(shapeless)

    report = world.process(world.worker(), due)

    assert {entry.work.partition(".")[0] for entry in world.ledger.entries} == set(leads) - {leads[2]}
    assert [work.id for work in report.failed] == [broken.id]
