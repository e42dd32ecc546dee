"""Writing records: many in one transaction, each on the condition that there is nothing yet.

The figures go into the same transactions, as always. Exposures do not: those of the archive are the sums already.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from retention.core import Core
from retention.imports.archive.arriving import Arriving
from retention.imports.archive.judging import compare_raw
from retention.imports.archive.records import Record
from retention.leads.following import wake_followers
from retention.stats.counting import counts_of
from retention.table.keys import Key
from retention.table.store import MAX_TRANSACTION, Store
from retention.table.writes import RefusedError, Require, Write, target

#: Items of one transaction, figures included; below the most there may be.
MOST: Final = MAX_TRANSACTION - 5
#: Bytes of records in one transaction; DynamoDB takes 4 MB. Source: Developer Guide, quotas of transactions.
MOST_BYTES: Final = 2 * 1024 * 1024

#: Records with their writes, for one transaction.
_Together = list[tuple[Record, list[Write]]]

_stores: WeakKeyDictionary[Store, Store] = WeakKeyDictionary()


def _counting_only(core: Core) -> Store:
    """The table, with the figures and nothing else following what is written."""
    if core.store not in _stores:
        settings = core.settings
        _stores[core.store] = Store(settings.table_name, settings.aws_region, lambda _, writes: counts_of(writes))
    return _stores[core.store]


def write(core: Core, records: Sequence[Record], arriving: Arriving) -> None:
    """Write records that were not there when they were judged; each that is there by now is held against its item.

    Raises:
        ContentionError, SecretStoreError
    """
    store = _counting_only(core)

    def written(together: _Together) -> None:
        try:
            store.write(*_each_once(one for _, ones in together for one in ones))
        except RefusedError:
            for record, ones in together:
                _write_alone(core, store, record, ones)
        else:
            for _, ones in together:
                wake_followers(core, ones)

    # Transactions that change the same figures get in each other's way: those one by one, the others side by side.
    counted: list[_Together] = []
    free: list[_Together] = []
    for together, changes_figures in _together(records, arriving):
        (counted if changes_figures else free).append(together)
    store.parallel(written, free)
    for together in counted:
        written(together)


def _write_alone(core: Core, store: Store, record: Record, writes: Sequence[Write]) -> None:
    try:
        store.write(*writes)
    except RefusedError as refusal:
        found = refusal.found.get(0)
        if found is None:
            record.refuse("", "parent_missing", "What this belongs to was deleted at the same moment.")
        else:
            compare_raw(record, found)
            record.was_there = not record.errors
    else:
        wake_followers(core, writes)


def _each_once(writes: Iterable[Write]) -> list[Write]:
    """Writes, of which several may require the same item."""
    kept: dict[Key, Write] = {}
    for number, one in enumerate(writes):
        kept.setdefault(target(one)[1] if isinstance(one, Require) else Key(str(number), ""), one)
    return list(kept.values())


def _together(records: Sequence[Record], arriving: Arriving) -> Iterator[tuple[_Together, bool]]:
    """Records with their writes, as many at a time as fit into a transaction with the figures that they change.

    And whether they change any.
    """
    batch: _Together = []
    places: set[Key] = set()
    size, changes_figures = 0, False
    for record in records:
        writes = arriving.writes_of(record)
        counts = counts_of(writes)
        touched = {target(one)[1] for one in (*writes, *counts)}
        if batch and (len(places | touched) > MOST or size + record.size > MOST_BYTES):
            yield batch, changes_figures
            batch, places, size, changes_figures = [], set(), 0, False
        batch.append((record, writes))
        places |= touched
        size += record.size
        changes_figures = changes_figures or bool(counts)
    if batch:
        yield batch, changes_figures
