"""Which scopes figures are kept of: the account, and every sequence, campaign and test that there is."""

from collections.abc import Iterator
from typing import Final

from retention.campaigns.model import Campaign
from retention.core import Core
from retention.entity import Entity
from retention.experiments.model import ABTest
from retention.ids import split
from retention.sequences.model import RetentionSequence
from retention.stats.contributing import ACCOUNT
from retention.stats.model import Tally
from retention.table import keys
from retention.table.items import from_raw
from retention.table.keys import Key, key

#: What a scope is of, by the word before its id.
_OWNERS: Final[dict[str, type[Entity]]] = {"SEQUENCE": RetentionSequence, "CAMPAIGN": Campaign, "TEST": ABTest}


def all_scopes(core: Core) -> list[str]:
    """Every scope that there is now: one query a kind."""
    return [ACCOUNT, *(keys.scope(word, one) for word, kind in _OWNERS.items() for one in _ids(core, kind))]


def _ids(core: Core, kind: type[Entity]) -> Iterator[str]:
    for pk in keys.partitions(kind.__name__):
        for row in core.store.query(pk):
            if row["kind"]["S"] == kind.__name__:
                yield str(vars(from_raw(kind, row))["id"])


def is_there(core: Core, scope: str) -> bool:
    """Whether what a scope is of is there, be it that it is going."""
    if scope == ACCOUNT:
        return True
    word, _, identifier = scope.partition("#")
    kind = _OWNERS.get(word)
    place = None if kind is None else _place(kind, identifier)
    return kind is not None and place is not None and core.store.find(kind, place) is not None


def _place(kind: type[Entity], identifier: str) -> Key | None:
    if kind is not ABTest:
        return key(kind.__name__, id=identifier)
    parts = split(identifier, 2)
    return None if parts is None else key(kind.__name__, campaign_id=parts[0], local_id=parts[1])


def shares_of(scope: str) -> list[str]:
    """The partitions of the tallies of a scope."""
    return keys.partitions(Tally.__name__, scope=scope)
