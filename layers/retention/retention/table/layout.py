"""What the layout of a kind of item says, and the indexes that there are."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class IndexKey(NamedTuple):
    """Where an item stands in one index. `only` names a field and the values for which it stands there at all."""

    pk: str
    sk: str
    only: tuple[str, frozenset[str]] | None = None


class Layout(NamedTuple):
    """Where the items of one kind live, with the reason."""

    pk: str
    sk: str
    why: str
    indexes: Mapping[str, IndexKey] = {}
    #: How many partitions share the kind's index entries. A partition takes about 1,000 writes a second.
    shards: int = 1
    #: The field whose hash picks the shard.
    shard_by: str = "id"


#: The three sparse, KEYS_ONLY indexes, named for the question each answers.
INDEXES: Final[Mapping[str, tuple[str, str, str]]] = {
    "due": ("duePk", "dueSk", "Which obligations may run now? Which sends wait for somebody?"),
    "owner": ("ownerPk", "ownerSk", "What belongs to this campaign, sequence or step?"),
    "listing": ("listingPk", "listingSk", "Which items of this kind and facet are there, newest first?"),
}
