"""A new lead with all that comes into being with it: its claims, its right to be contacted, and the news of it.

One at a time, or many in few transactions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from retention.core import Core
from retention.errors import ContentionError
from retention.leads.claims import Claims, names_of
from retention.leads.contact import view_of
from retention.leads.model import Contact, ExternalReference, Lead, LeadInput, LeadView, StopReason
from retention.outbound.announcing import announced
from retention.sequences.arrivals import news_of
from retention.sequences.model import THE_EXTERNAL_ID, Arrival
from retention.stats.counting import counts_of
from retention.table.keys import Key, key_of
from retention.table.store import MAX_TRANSACTION
from retention.table.writes import Create, Put, RefusedError, Write

#: Writes of leads that go together: what their figures need besides has room, too.
_TOGETHER: Final = MAX_TRANSACTION - 8


@dataclass(frozen=True)
class Addition:
    """A new lead, what is to be written with it, what is new of it, and what is announced."""

    view: LeadView
    writes: Sequence[Write]
    news: Sequence[Arrival]
    told: Sequence[Write]


def addition(
    core: Core, claims: Claims, given: LeadInput, stop: StopReason | None, identity: str | None = None
) -> Addition:
    """What a new lead is made of.

    Args:
        stop: why it may not be contacted, where one of its addresses is suppressed.
        identity: its id, by which whoever takes it in finds it again after a death, and has the triggers look at it
            then. Unless given: a new one, and an arrival in the table, so that nobody needs to.
    """
    now = core.now()
    lead = Lead.model_construct(
        **vars(given),
        id=identity or core.ids.new(now),
        created_at=now,
        updated_at=now,
        revision=core.ids.revision(),
    )
    contact = Contact(
        lead_id=lead.id,
        stop_reason=stop,
        stopped_at=now if stop else None,
        **claims.names(lead),
        revision=core.ids.revision(),
    )
    writes: list[Write] = [Create(lead), Create(contact), *claims.moved(lead, None)]
    if lead.external_id is not None:
        writes.append(Put(ExternalReference(external_id=lead.external_id, lead_id=lead.id)))
    news = [news_of(core, lead.id)] if identity is None else []
    if lead.external_id is not None and identity is None:
        news.append(news_of(core, lead.id, THE_EXTERNAL_ID))
    told = announced(core, "lead.created", lead.id, _said_of(lead))
    return Addition(view_of(lead, contact), [*writes, *(Put(one) for one in news), *told], news, told)


def _said_of(lead: Lead) -> dict[str, Any]:
    """What the team's own systems are told of a new lead."""
    label = (lead.meta or {}).get("sourceLabel")
    return {"leadId": lead.id, "externalId": lead.external_id, "source": lead.source, "sourceLabel": label}


def without_shared_addresses(todo: Mapping[int, LeadInput]) -> dict[int, LeadInput]:
    """The rows that share no address with an earlier row of these: they can be written side by side."""
    taken: set[tuple[str, str]] = set()
    wave: dict[int, LeadInput] = {}
    for number, given in todo.items():
        mine = set(names_of(given))
        if not mine & taken:
            wave[number] = given
        taken |= mine
    return wave


def added_together(core: Core, additions: Mapping[int, Addition]) -> dict[int, RefusedError | None]:
    """Write many new leads, in few transactions: None for each that was written, else why it was refused.

    Leads whose figures are added to the same tally go together, one transaction after the other, and those of other
    tallies beside them: so no transaction is in the way of another.

    Raises:
        ContentionError: others kept changing the same items; what was written stays.
    """
    lanes: defaultdict[Key, list[int]] = defaultdict(list)
    for number, one in additions.items():
        (counted,) = {key_of(count.entity) for count in counts_of(one.writes[:1])}  # type: ignore[union-attr]
        lanes[counted].append(number)

    def write(lane: Sequence[int]) -> dict[int, RefusedError | None]:
        outcomes: dict[int, RefusedError | None] = {}
        for group in _groups(lane, additions):
            outcomes |= _written(core, group, additions)
        return outcomes

    return {number: why for some in core.store.parallel(write, lanes.values()) for number, why in some.items()}


def _groups(lane: Sequence[int], additions: Mapping[int, Addition]) -> Iterator[list[int]]:
    """The leads of a lane, as many at once as fit into a transaction."""
    group: list[int] = []
    size = 0
    for number in lane:
        needed = len(additions[number].writes)
        if group and size + needed > _TOGETHER:
            yield group
            group, size = [], 0
        group.append(number)
        size += needed
    if group:
        yield group


def _written(core: Core, group: Sequence[int], additions: Mapping[int, Addition]) -> dict[int, RefusedError | None]:
    """Write some leads in one transaction; where that is refused, each in its own."""
    try:
        core.store.write(*(write for number in group for write in additions[number].writes))
    except (RefusedError, ContentionError) as error:
        if len(group) == 1:
            if isinstance(error, RefusedError):
                return {group[0]: error}
            raise
        return {number: why for one in group for number, why in _written(core, [one], additions).items()}
    return dict.fromkeys(group)
