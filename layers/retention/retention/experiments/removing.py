"""What goes with tests: their exposures on leads, and their tallies. Each may be done twice without harm."""

from collections.abc import Iterator, Sequence

from retention.core import Core
from retention.deletion.chunks import in_chunks, owned, remove, remove_counted
from retention.experiments.figures import tallies_of
from retention.experiments.model import Exposure
from retention.jobs.runner import Chunk
from retention.table.store import raw_key


def remove_figures(core: Core, test_ids: Sequence[str]) -> Iterator[Chunk]:
    """Remove all that was counted for tests that take no new exposures, because they are being deleted.

    Each exposure has a tally, and the tallies go last: a test without any has nothing left.
    """
    for test_id, tallies in zip(test_ids, tallies_of(core, test_ids), strict=True):
        if not tallies:
            continue
        for chunk in in_chunks(owned(core, Exposure.__name__, test_id=test_id)):
            found = [one for one in core.store.find_many([(Exposure, one) for one in chunk]) if one is not None]
            if found:
                yield Chunk(removed=remove_counted(core, found))
        yield Chunk(removed=remove(core, list(map(raw_key, tallies))))
