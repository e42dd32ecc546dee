"""Conversions that came before anybody knew whose they are, and the leads that they turn out to belong to.

    unmatched --> attached, once: a lead with one of its ids comes, or a later postback tells

A lead leaves its external id before it looks for conversions, and a conversion its ids before it looks for leads: one
of the two always finds the other, however close they come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from retention.attempts.model import ContactAttempt
from retention.conversions.attribution import Attribution, brought
from retention.conversions.model import Conversion, UnmatchedConversion
from retention.conversions.recording import Recorder, conversion_key, names_of
from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError
from retention.leads.following import wake_followers
from retention.outbound.announcing import wake_deliveries
from retention.table import keys
from retention.table.gathering import MAX_PARTITIONS, items_in
from retention.table.keys import key, key_of
from retention.table.writes import RefusedError, Remove


@dataclass(frozen=True)
class Attaching:
    """Gives conversions their leads."""

    core: Core
    recorder: Recorder
    attribution: Attribution

    @classmethod
    def of(cls, core: Core) -> Self:
        """Put together."""
        return cls(core, Recorder(core), Attribution(core))

    def waited_for(self, external_ids: Iterable[str]) -> set[str]:
        """Those of some external ids for whose leads conversions wait; a request for fifty."""
        places = {keys.partitions("UnmatchedConversion", external_id=one)[0]: one for one in external_ids}
        partitions = list(places)
        groups = [partitions[at : at + MAX_PARTITIONS] for at in range(0, len(partitions), MAX_PARTITIONS)]
        found = self.core.store.parallel(lambda group: items_in(self.core.store, group), groups)
        return {places[pk] for some in found for pk, rows in some.items() if rows}

    def waiting_for(self, lead_id: str) -> int:
        """Give a lead the conversions that wait under its external id; how many there were."""
        lead = self.attribution.lead(lead_id)
        if lead is None or lead.external_id is None:
            return 0
        (pk,) = keys.partitions("UnmatchedConversion", external_id=lead.external_id)
        waiting = list(self.core.store.query_entities(UnmatchedConversion, pk))
        return sum(self._resolve(one, lead_id) for one in waiting)

    def _resolve(self, pointer: UnmatchedConversion, lead_id: str) -> bool:
        conversion = self.core.store.find(Conversion, conversion_key(pointer.conversion_id))
        if conversion is None:
            self.core.store.write(Remove(UnmatchedConversion, key_of(pointer)))
            return False
        return self._attach_whole(conversion, lead_id)

    def _attach_whole(self, conversion: Conversion, lead_id: str) -> bool:
        """Give a lead a conversion and what else its visitor did; whether it got that conversion.

        The others come first: they need not name the lead, so that after a death in between nothing but this
        conversion leads to them.
        """
        if conversion.lead_id is not None:
            return False
        self.attach_all(self.attribution.of_visitor(conversion, but=[conversion.id]), lead_id, None)
        return self.attach(conversion.id, lead_id)

    def look_again(self, conversion: Conversion) -> bool:
        """Give a conversion the lead that came while it was written; whether there is one."""
        lead = self.attribution.lead_known_as(names_of(conversion))
        return lead is not None and self._attach_whole(conversion, lead.id)

    def attach_all(self, conversions: Iterable[Conversion], lead_id: str, attempt: ContactAttempt | None) -> None:
        """Give those of a visitor's conversions that have none a lead, and the contact that brought them.

        But not a tracker's whose lead was deleted, which waits no more: it must not make a customer of the next.
        """
        without = [one for one in conversions if one.lead_id is None and names_of(one)]
        places = [
            (UnmatchedConversion, key("UnmatchedConversion", external_id=names_of(one)[0], conversion_id=one.id))
            for one in without
        ]
        waiting = self.core.store.find_many(places) if places else []
        for conversion, pointer in zip(without, waiting, strict=True):
            if pointer is not None or conversion.word is None:
                self.attach(conversion.id, lead_id, attempt)

    def attach(self, conversion_id: str, lead_id: str, attempt: ContactAttempt | None = None) -> bool:
        """Give a conversion its lead, which a customer's is converted by; False where it has one, or either is gone.

        Raises:
            ContentionError: others kept changing them.
        """
        for _ in range(REVISE_TRIES):
            before = self.core.store.find(Conversion, conversion_key(conversion_id))
            lead = self.attribution.lead(lead_id)
            if before is None or before.lead_id is not None or lead is None:
                return False
            after = brought(self.core.changed(before, lead_id=lead_id), attempt)
            writes = self.recorder.writes(after, before, lead)
            try:
                self.core.store.write(*writes)
            except RefusedError:
                continue
            wake_followers(self.core, writes)
            wake_deliveries(self.core, writes)
            return True
        raise ContentionError
