"""Sends side by side, and writes down what comes back as it comes: in groups, without waiting for a group.

While one group is written, others come back; they are the next. So a provider that answers at once makes few large
transactions, one that is slow many small ones, and a send that hangs holds up nobody but itself.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait

from retention.engine.queue import Work
from retention.engine.sending import Ended, Sender, Through
from retention.providers.port import Accepted

logger = logging.getLogger(__name__)


def deliver_all(
    sender: Sender, pool: Executor, through: Sequence[Through], time_left: Callable[[], float]
) -> Iterator[tuple[Work, Ended]]:
    """Send what is behind the gate, and settle it; what became of each. What fails is found by its flight."""
    sends = {pool.submit(sender.deliver, one, time_left): one for one in through}
    order = list(sends)
    waiting = set(sends)
    while waiting:
        back, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from _settled(sender, [(sends[future], future) for future in order if future in back])


def _settled(sender: Sender, back: Sequence[tuple[Through, Future[Ended | Accepted]]]) -> Iterator[tuple[Work, Ended]]:
    taken: list[tuple[Through, Accepted]] = []
    for one, future in back:
        try:
            answer = future.result()
        except Exception:
            logger.exception("work_failed", extra={"work": one.ready.work.id})
            continue
        if isinstance(answer, Accepted):
            taken.append((one, answer))
        else:
            yield one.ready.work, answer
    for (one, _), ended in zip(taken, sender.settle(taken), strict=True):
        if isinstance(ended, Exception):
            logger.error("work_failed", extra={"work": one.ready.work.id}, exc_info=ended)
        else:
            yield one.ready.work, ended
