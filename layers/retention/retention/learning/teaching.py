"""The job that has the rules learn. It is begun every night, and by POST /v1/conversion-rules/recompute.

Any number of such jobs may run side by side: each write is on the condition that the rule is as it was read.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from retention.conversions.model import ConversionRule, RuleInput
from retention.conversions.rules import creation, removal
from retention.core import Core
from retention.jobs.runner import Chunk, Plan
from retention.learning.gathering import Gathered
from retention.learning.lessons import figures_for, figures_of, lessons
from retention.learning.samples import Samples, Value, samples_of
from retention.table import keys
from retention.table.writes import RefusedError, Replace, Write

#: Rules that are written between two looks at the clock.
CHUNK: Final = 50
#: How often the rules are gone through, when somebody changes one of them meanwhile.
ROUNDS: Final = 3


def _learn(core: Core, _: Mapping[str, str], checkpoint: Any) -> Iterator[Chunk]:
    gathered = Gathered.read(checkpoint, core)
    for _piece in gathered.rest(core):
        yield Chunk(checkpoint=gathered.as_json())
    samples, place = samples_of(core, gathered.numbers), gathered.as_json()
    for _round in range(ROUNDS):
        todo = _transactions(core, samples)
        for at in range(0, len(todo), CHUNK):
            changed = sum(core.store.parallel(partial(_written, core), todo[at : at + CHUNK]))
            yield Chunk(changed=changed, checkpoint=place)
        if not todo:
            return


def _transactions(core: Core, samples: Samples) -> list[list[Write]]:
    """What is to be written so that the rules say what was seen, a transaction each."""
    (partition,) = keys.partitions(ConversionRule.__name__)
    todo = lessons(list(core.store.query_entities(ConversionRule, partition)), samples)
    return [
        *(removal(rule) for rule in todo.superfluous),
        *(_new(core, value, samples) for value in todo.new),
        *([_changed(core, rule, samples)] for rule in todo.changed),
    ]


def _new(core: Core, value: Value, samples: Samples) -> list[Write]:
    given = RuleInput.model_validate(value._asdict())
    _, writes = creation(core, given, learned=True, **figures_of(samples[value])._asdict())
    return writes


def _changed(core: Core, rule: ConversionRule, samples: Samples) -> Write:
    return Replace(core.changed(rule, **figures_for(rule, samples)), before=rule)


def _written(core: Core, writes: Sequence[Write]) -> bool:
    """Whether the writes were carried out; not where somebody has changed the rule, or set one up, meanwhile."""
    with suppress(RefusedError):
        core.store.write(*writes)
        return True
    return False


#: It is begun anew by whoever begins it, so it never does that by itself.
PLAN: Final = Plan((_learn,), lambda core, target: None)
