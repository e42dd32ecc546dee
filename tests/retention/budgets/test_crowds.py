"""Many workers at once spend from one budget, and not a message more than it suffices for."""

from concurrent.futures import ThreadPoolExecutor

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.engine.queue import Work
from retention.sequences.model import SequenceStepExecution
from tests.retention.budgets.purse import PRICE, Purse


def test_of_a_hundred_workers_at_once_ten_send_for_whom_there_is_money(app: Application, clock: ManualClock) -> None:
    purse = Purse(app, clock)
    sequence = purse.budgeted(10)
    due = purse.due(*purse.enrolled(sequence, 100))
    workers = [build_worker(purse.core, purse.ledger) for _ in range(20)]

    def take(at: int) -> int:
        return workers[at % 20].process([due[at]]).outcomes["sent"]

    with ThreadPoolExecutor(100) as pool:
        sent = sum(pool.map(take, range(100)))

    assert (sent, len(purse.ledger.entries)) == (10, 10)
    assert purse.spending(sequence) == (10 * PRICE, 0)
    assert purse.faults() == []


def test_copies_of_messages_in_many_workers_are_paid_once(app: Application, clock: ManualClock) -> None:
    purse = Purse(app, clock)
    sequence = purse.budgeted(20)
    leads = purse.enrolled(sequence, 20)
    due: list[Work] = purse.due(*leads)
    workers = [build_worker(purse.core, purse.ledger) for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda worker: worker.process(due), workers))

    assert len(purse.ledger.entries) == 20
    assert {one.status for lead in leads for one in purse.of(SequenceStepExecution, lead)} == {"SENT"}
    assert purse.spending(sequence)[0] == 20 * PRICE
