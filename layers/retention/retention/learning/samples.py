"""The samples of each value: what was sent with it, and the paid conversions that this has brought.

metric     value           its samples
hour       00 to 23        sends at that hour, where the lead lives
weekday    MON to SUN      sends on that day, where the lead lives
word       a word          sends with a script that has the word as it is now

Of other metrics nothing is known: a rule of one keeps its figures.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from retention.contactrules.model import WEEKDAYS
from retention.core import Core
from retention.learning.words import words_of
from retention.scripts.bodies import fetch
from retention.scripts.model import Script
from retention.table import keys

HOUR: Final = "hour"
WEEKDAY: Final = "weekday"
WORD: Final = "word"
#: The metrics that are known.
METRICS: Final = frozenset({HOUR, WEEKDAY, WORD})
#: Scripts whose texts are read at once: 250 KB each at the most.
BATCH: Final = 20


class Value(NamedTuple):
    """A value of a metric on a channel."""

    channel: str
    metric: str
    value: str


class Sample(NamedTuple):
    """What was seen of a value."""

    sends: int = 0
    conversions: int = 0

    @property
    def converted(self) -> int:
        """Conversions as a share of sends: what one send has brought twice is no second success."""
        return min(self.conversions, self.sends)


#: What was seen, by value. A value that was not seen is not there.
Samples = Mapping[Value, Sample]


def samples_of(core: Core, numbers: Counter[str]) -> Samples:
    """What numbers say of each value (gathering.Gathered.numbers)."""
    seen: dict[Value, Sample] = {}
    for values, sample in (*_of_hours(numbers), *_of_scripts(core, numbers)):
        for value in values:
            before = seen.get(value, Sample())
            seen[value] = Sample(before.sends + sample.sends, before.conversions + sample.conversions)
    return {value: sample for value, sample in seen.items() if sample.sends > 0}


def _of_hours(numbers: Counter[str]) -> Iterator[tuple[Iterable[Value], Sample]]:
    for owner in {name.rpartition(":")[0] for name in numbers if name.startswith("hour:")}:
        _, at, channel = owner.split(":")
        weekday, hour = WEEKDAYS[int(at[0])], at[1:]
        yield (Value(channel, WEEKDAY, weekday), Value(channel, HOUR, hour)), _sample(numbers, owner)


def _of_scripts(core: Core, numbers: Counter[str]) -> Iterator[tuple[Iterable[Value], Sample]]:
    for script in _scripts(core, numbers):
        values = [Value(script.type, WORD, word) for word in words_of(script)]
        yield values, _sample(numbers, f"script:{script.id}")


def _scripts(core: Core, numbers: Counter[str]) -> Iterator[Script]:
    """The scripts that were sent and are still there, with their content."""
    (partition,) = keys.partitions(Script.__name__)
    there = core.store.query_entities(Script, partition)
    sent = [one for one in there if not one.deleting and f"script:{one.id}:sent" in numbers]
    for at in range(0, len(sent), BATCH):
        yield from fetch(core, sent[at : at + BATCH])


def _sample(numbers: Counter[str], owner: str) -> Sample:
    return Sample(numbers[f"{owner}:sent"], numbers[f"{owner}:converted"])
