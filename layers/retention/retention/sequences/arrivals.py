"""News about a lead, left in the transaction that writes it, so that the trigger new_lead cannot miss it.

It stays until triggering has looked at it: a request that dies right after its transaction loses nothing.
"""

from collections.abc import Sequence

from retention.core import Core
from retention.jobs.queue import ArrivalHint
from retention.sequences.model import THE_LEAD, Arrival
from retention.table.keys import Key, key


def arrival_key(lead_id: str, what: str) -> Key:
    """Where an arrival lives."""
    return key("Arrival", lead_id=lead_id, what=what)


def news_of(core: Core, lead_id: str, what: str = THE_LEAD) -> Arrival:
    """The arrival that goes with something new about a lead; to be put in the same transaction.

    Args:
        what: the id of the campaign, where it is an assignment that is new.
    """
    now = core.now()
    return Arrival(lead_id=lead_id, what=what, arrived_at=now, due_at=now, revision=core.ids.revision())


def hint_of(news: Arrival) -> ArrivalHint:
    """What a message says of an arrival."""
    return ArrivalHint(news.lead_id, news.what, news.revision)


def announce(core: Core, news: Sequence[Arrival]) -> None:
    """Have arrivals looked at now that they are written; without it they are found within a minute or two."""
    if news:
        core.jobs_queue.wake_for_arrivals([hint_of(one) for one in news])
