"""Are the figures those of the items that there are? Adds up every item anew, and names every number that differs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from retention.campaigns.model import Campaign
from retention.experiments.model import ABTest
from retention.sequences.model import RetentionSequence
from retention.stats.contributing import ACCOUNT, COUNTED, campaign_scope, contribution, sequence_scope, test_scope
from retention.stats.model import CHANGES, Tally
from retention.table.items import from_raw

_KINDS = {kind.__name__: kind for kind in COUNTED}
#: Scopes go with these.
_PARENTS = {RetentionSequence.__name__: sequence_scope, Campaign.__name__: campaign_scope, ABTest.__name__: test_scope}

#: Amounts by scope, quarter of an hour and name.
Amounts = Counter[tuple[str, str, str]]


def figures(rows: Iterable[Mapping[str, Any]], scope: str) -> Counter[str]:
    """The numbers of a scope as they are kept, of all times together."""
    told: Counter[str] = Counter()
    for (of, _, name), amount in kept(rows).items():
        told[name] += amount if of == scope else 0
    return told


def kept(rows: Iterable[Mapping[str, Any]]) -> Amounts:
    """The numbers as they are kept."""
    amounts: Amounts = Counter()
    for row in rows:
        if row["kind"]["S"] == Tally.__name__:
            for name, value in row.items():
                if "N" in value and name != CHANGES:
                    amounts[row["scope"]["S"], row["bucket"]["S"], name] += int(value["N"])
    return amounts


def recounted(rows: Iterable[Mapping[str, Any]]) -> Amounts:
    """The numbers as the items give them."""
    amounts: Amounts = Counter()
    for row in rows:
        kind = _KINDS.get(row["kind"]["S"])
        if kind is not None:
            for (place, name), amount in contribution(from_raw(kind, row)).items():
                amounts[place.scope, place.bucket, name] += amount
    return amounts


def scopes(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The scopes that there are: what has been deleted has no figures of its own any more."""
    parents = ((_PARENTS.get(row["kind"]["S"]), row) for row in rows)
    return {ACCOUNT} | {named(row["id"]["S"]) for named, row in parents if named is not None}


def untrue(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every figure that is not what the items give, of all that is in the table."""
    there, kept_there, wanted = scopes(rows), kept(rows), recounted(rows)
    for number in sorted(kept_there.keys() | wanted.keys()):
        if kept_there[number] != wanted[number] and number[0] in there:
            yield f"figure {number}: {kept_there[number]} is kept, {wanted[number]} is right"
