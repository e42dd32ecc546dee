"""What is owed to an erased lead goes first: no worker needs to look at it again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention.attempts.model import DirectContact
from retention.campaigns.model import CampaignContact
from retention.core import Core
from retention.deletion.chunks import counted_in, in_chunks, remove, remove_counted, uncounted_in
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.erasure.tombstone import Target
from retention.jobs.runner import Chunk
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact
from retention.sequences.model import Arrival, SequenceStepExecution
from retention.table.items import from_raw

#: Kinds of obligations.
OWED: Final[Mapping[str, type[Obligation]]] = {
    kind.__name__: kind for kind in (SequenceStepExecution, CampaignContact, DirectContact)
}


def remove_owed(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    """Remove what is due one day, but for sends whose outcome is not known yet."""
    under_way = {flight.work for flight in flights_of(core, target["leadId"])}

    def is_idle(row: Mapping[str, Any]) -> bool:
        kind = row["kind"]["S"]
        return kind == Arrival.__name__ or (kind in OWED and "duePk" in row and row["id"]["S"] not in under_way)

    rows = (row for row in core.store.query(lead_key(target["leadId"]).pk) if is_idle(row))
    for chunk in in_chunks(rows):
        yield Chunk(removed=remove_counted(core, counted_in(chunk)) + remove(core, uncounted_in(chunk)))


def flights_of(core: Core, lead_id: str) -> list[Flight]:
    """The sends to a lead whose outcome is not known: those that hold a channel, and those that were released."""
    contact = core.store.find(Contact, contact_key(lead_id))
    held = [] if contact is None else [Flight.of(getattr(contact, field)) for field in FLIGHT_FIELD.values()]
    rows = (row for row in core.store.query(lead_key(lead_id).pk) if row["kind"]["S"] in OWED)
    owed = (from_raw(OWED[row["kind"]["S"]], row) for row in rows)
    released = [Flight.of(one.flown) for one in owed if one.phase == "released" and one.is_open]
    found = [flight for flight in (*held, *released) if flight is not None]
    return list({flight.work: flight for flight in found}.values())
