"""The conversions of an erased lead stay, for what they were worth, and name nobody any more."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from retention.conversions.scrubbing import scrub
from retention.core import Core
from retention.deletion.chunks import in_chunks, remove
from retention.erasure.tombstone import Target
from retention.jobs.runner import Chunk
from retention.leads.contact import lead_key
from retention.table import keys
from retention.table.store import raw_key


def scrub_conversions(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    """Scrub the conversions of a lead, then remove the pointers to them."""
    starts_with = keys.prefix("ConversionOfLead", lead_id=target["leadId"])
    rows = core.store.query(lead_key(target["leadId"]).pk, starts_with=starts_with)
    for chunk in in_chunks(rows):
        scrubbed = core.store.parallel(partial(scrub, core), [row["conversionId"]["S"] for row in chunk])
        remove(core, [raw_key(row) for row in chunk])
        yield Chunk(detached=sum(scrubbed))
