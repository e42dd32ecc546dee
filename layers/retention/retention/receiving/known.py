"""Callers by name, as the API published them: read once a minute, so that the store is not asked for each request."""

from collections import OrderedDict
from datetime import datetime
from typing import Final, NamedTuple

from retention.clock import Clock, machine_time
from retention.integrations.secrets import CallerDocuments
from retention.receiving.callers import Caller

#: Seconds of the machine for which a document counts as fresh.
KEPT: Final = 60.0
#: Seconds that must lie between two readings of a document because somebody could not prove himself with it.
DOUBT: Final = 5.0
#: Callers that are kept in memory: anybody may ask under any name.
MOST: Final = 500


class _Read(NamedTuple):
    caller: Caller | None
    at: datetime


class KnownCallers:
    """Finds what the door knows of a caller."""

    def __init__(self, documents: CallerDocuments, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._kept: OrderedDict[str, _Read] = OrderedDict()

    def find(self, name: str) -> Caller | None:
        """A caller; None when the API published none under this name.

        Raises:
            SecretStoreError: the store did not answer.
        """
        return self._of_the_last(KEPT, name)

    def find_again(self, name: str) -> Caller | None:
        """A caller, read anew unless that was done a few seconds ago: its keys may just have been changed.

        Raises:
            SecretStoreError: the store did not answer.
        """
        return self._of_the_last(DOUBT, name)

    def _of_the_last(self, seconds: float, name: str) -> Caller | None:
        now = self._clock.now()
        kept = self._kept.get(name)
        if kept is None or now - kept.at >= machine_time(self._clock, seconds):
            text = self._documents.read(name)
            kept = self._kept[name] = _Read(None if text is None else Caller.of(text), now)
            self._kept.move_to_end(name)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept.caller
