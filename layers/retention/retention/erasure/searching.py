"""The proof: everything that the stack keeps is searched for what names the person, and the finds are counted.

    table     every item, with its keys and its places in the indexes; but for the lead, which the job goes by, and last
    buckets   every file
    letters   the dead-letter queue of what came in

What is found is told by where it is, never by what it says: the text of a script, the notes of another lead. Nothing of
that kind is removed by itself, for it may be somebody else's; a person looks at it.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from retention.core import Core
from retention.erasure.letters import MANY, Letters
from retention.erasure.objects import Place, read_all
from retention.erasure.tombstone import DONE, Target, traces_of
from retention.erasure.traces import Traces, text_of
from retention.jobs.runner import Chunk
from retention.leads.contact import contact_key, lead_key
from retention.table.layouts import LAYOUTS
from retention.table.scanning import scan_page
from retention.table.store import raw_key

#: Finds that the result names; the rest is counted.
MOST_NAMED: Final = 20
_TABLE: Final = "table"


def search(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Search everything once. The checkpoint is where, and what was found so far."""
    traces = traces_of(core, target)
    if traces is None or checkpoint == DONE:
        return
    place, found = checkpoint or (None, _nothing(traces))
    if place is None or place[0] == _TABLE:
        yield from _table(core, traces, None if place is None else place[1], found)
        place = ("buckets", ())
    if place[0] == "buckets":
        yield from _buckets(core, traces, Place(*place[1]), found)
    if core.settings.inbound_dead_letter_queue_url:
        before = deepcopy(found)  # Messages have no order: begun again, this part begins at its beginning.
        for letter in Letters(core).each():
            found["letters"] += 1
            _note(found, traces.found_in(letter["Body"].encode()), {"where": "dead-letter queue"})
            if found["letters"] % MANY == 0:
                yield Chunk(checkpoint=(("letters", ""), before))
    yield Chunk(checkpoint=DONE, result={"search": found})


def _nothing(traces: Traces) -> dict[str, Any]:
    return {"for": traces.looked_for, "items": 0, "files": 0, "letters": 0, "hits": 0, "found": [], "namesakes": 0}


def _note(found: dict[str, Any], traces: list[str], where: dict[str, Any]) -> None:
    if traces:
        found["hits"] += 1
        if len(found["found"]) < MOST_NAMED:
            found["found"].append({**where, "names": traces})


def _table(core: Core, traces: Traces, place: Any, found: dict[str, Any]) -> Iterator[Chunk]:
    last = {lead_key(traces.lead_id), contact_key(traces.lead_id)}
    while True:
        rows, place = scan_page(core.store, place, list(LAYOUTS))
        for row in rows:
            if raw_key(row) in last:
                continue
            found["items"] += 1
            text = text_of(row)
            named = row.get("id", {}).get("S", "")
            where = {
                "where": row["kind"]["S"],
                **({"id": named} if named and not traces.found_in(named.encode()) else {}),
            }
            _note(found, traces.found_in(text), where)
            found["namesakes"] += traces.is_namesake_in(text)
        yield Chunk(checkpoint=((_TABLE, place) if place else ("buckets", ()), found))
        if place is None:
            return


def _buckets(core: Core, traces: Traces, place: Place, found: dict[str, Any]) -> Iterator[Chunk]:
    for seen in read_all(core, traces, place):
        if seen.found is not None:
            found["files"] += 1
            _note(found, ["file"] if seen.found else [], {"where": seen.bucket, "id": seen.key})
        yield Chunk(checkpoint=(("buckets", seen.place), found))
