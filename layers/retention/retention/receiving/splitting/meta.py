"""Meta's notices of leads: up to a thousand in a request, by page. They hold ids alone; the lead is fetched later."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from retention import jsontext
from retention.errors import MalformedInputError
from retention.receiving.event import Event
from retention.receiving.splitting.texts import as_text

#: What is kept of a notice, by our names.
_KEPT: Final = {
    "leadgenId": "leadgen_id",
    "pageId": "page_id",
    "formId": "form_id",
    "adId": "ad_id",
    "adgroupId": "adgroup_id",
    "createdTime": "created_time",
}


class Notices(NamedTuple):
    """What a request told."""

    events: list[Event]
    #: How many entries there were, and how many were left out because they are not recent.
    entries: int
    stale: int


def notices(body: bytes, now: datetime, is_fresh: Callable[[Mapping[str, Any]], bool]) -> Notices:
    """The leads that a request tells of.

    Raises:
        MalformedInputError: it is no notice of Meta's.
    """
    outer = jsontext.loads_strict(body)
    entries = outer.get("entry") if isinstance(outer, dict) else None
    if not isinstance(entries, list):
        raise MalformedInputError.at("/entry", "no_entries", "The body must hold a list of entries.")
    known = [entry for entry in entries if isinstance(entry, dict)]
    fresh = [entry for entry in known if is_fresh(entry)]
    events = [Event("meta", content["leadgenId"], content, now) for entry in fresh for content in _leads(entry)]
    return Notices(events, len(entries), len(known) - len(fresh))


def _leads(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    changes = entry.get("changes")
    for change in changes if isinstance(changes, list) else ():
        value = change.get("value") if isinstance(change, dict) and change.get("field") == "leadgen" else None
        if isinstance(value, dict) and as_text(value.get("leadgen_id")) is not None:
            yield {ours: as_text(value.get(theirs)) for ours, theirs in _KEPT.items()}
