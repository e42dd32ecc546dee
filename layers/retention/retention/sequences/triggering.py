"""Which sequences and campaigns take what is new: new_lead and autoAssign. And which conversions have waited for it.

An arrival is looked at by whoever is told of it or finds it overdue, and removed when every sequence that it concerns
has the lead or has refused it for good. An import looks at its new leads itself, and leaves an arrival of those alone
that a sequence could not take.

    arrival --> removed
       |  a sequence could not take the lead now: due again later, a few times
       +--> given up, with an error in the log and an alarm
"""

import logging
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from retention.campaigns.autoassign import AutoAssigner, Newcomer
from retention.campaigns.model import Campaign, CampaignLead
from retention.clock import machine_time
from retention.conversions.attaching import Attaching
from retention.core import Core
from retention.errors import ConflictError, ContentionError, NotFoundError
from retention.jobs.queue import ArrivalHint
from retention.leads.contact import lead_key, require_lead
from retention.leads.model import Lead
from retention.sequences.arrivals import arrival_key, hint_of
from retention.sequences.enrolling import EnrollingService
from retention.sequences.listening import listening_to, took
from retention.sequences.model import THE_EXTERNAL_ID, THE_LEAD, Arrival, RetentionSequence
from retention.sequences.service import SequenceService
from retention.table import keys
from retention.table.keys import key
from retention.table.writes import Create, RefusedError, Remove, Replace

logger = logging.getLogger(__name__)

#: How often an arrival is looked at before it is given up.
MAX_TRIES: Final = 10
#: Seconds of the machine until the second look; doubles each time, up to the longest: three hours in all.
FIRST_PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 3600.0


@dataclass(frozen=True)
class Looked:
    """What came of looking at arrivals: how many leads were enrolled, put off to a later time, and given up."""

    enrolled: int = 0
    put_off: int = 0
    given_up: int = 0

    def __add__(self, other: "Looked") -> "Looked":
        """Both together."""
        return Looked(self.enrolled + other.enrolled, self.put_off + other.put_off, self.given_up + other.given_up)


@dataclass(frozen=True)
class _Case:
    """An arrival with its lead, and the sequences that may take it."""

    #: Has no revision where it is not in the table.
    arrival: Arrival
    lead: Lead | None
    #: For news of an assignment: the assignment, if it is still there.
    assignment: CampaignLead | None
    candidates: list[RetentionSequence]


@dataclass(frozen=True)
class _Listeners:
    """Who waits for news: sequences by the news that may concern them, and campaigns that take new leads."""

    sequences: dict[str, list[RetentionSequence]]
    campaigns: list[Campaign]

    def want(self, what: str) -> bool:
        """Whether anybody waits for such news."""
        return bool(self.sequences[what]) or (what == THE_LEAD and bool(self.campaigns))


@dataclass(frozen=True)
class TriggerService:
    """Looks at what is new."""

    core: Core
    enrolling: EnrollingService
    attaching: Attaching
    assigner: AutoAssigner

    @classmethod
    def of(cls, core: Core) -> Self:
        """Put together."""
        return cls(core, EnrollingService(core, SequenceService(core)), Attaching.of(core), AutoAssigner(core))

    def look_at(self, hints: Sequence[ArrivalHint]) -> Looked:
        """Enroll the leads of arrivals where a trigger says so, assign them where a campaign does. Again: no harm."""
        named = [hint for hint in hints if hint.what == THE_EXTERNAL_ID]
        if named:
            others = [hint for hint in hints if hint.what != THE_EXTERNAL_ID]
            return self._attach(named) + (self.look_at(others) if others else Looked())
        listeners = self._listeners({hint.what for hint in hints})
        self.core.store.parallel(self._remove, [hint for hint in hints if not listeners.want(hint.what)])
        cases = self._read([hint for hint in hints if listeners.want(hint.what)], listeners.sequences)
        return self._deal_with(cases, listeners.campaigns)

    def look_at_new(self, leads: Sequence[Lead]) -> Looked:
        """The same for new leads of which no arrival tells: what cannot be dealt with now becomes one.

        For those who come back to the same leads should they die before this was done. Where nobody waits for news it
        costs two queries, and a request for each fifty leads that have an external id.
        """
        listeners = self._listeners({THE_LEAD})
        cases = [_Case(_untold(lead, THE_LEAD), lead, None, listeners.sequences[THE_LEAD]) for lead in leads]
        looked = self._deal_with(cases, listeners.campaigns) if listeners.want(THE_LEAD) else Looked()
        without = self._without_their_conversions(leads)
        failed = [_untold(lead, THE_EXTERNAL_ID) for lead in leads if lead.id in without]
        self.core.store.parallel(self._put_off, failed)
        return looked + Looked(0, len(failed))

    def _listeners(self, whats: Set[str]) -> _Listeners:
        """Who waits for news, read now, that is after the news was written: a sequence that was active when it was
        cannot be missed, as it could with a copy kept from before.
        """
        sequences = list(self.core.store.query_entities(RetentionSequence, keys.partitions("RetentionSequence")[0]))
        campaigns = self.assigner.campaigns() if THE_LEAD in whats else []
        return _Listeners({what: listening_to(sequences, what) for what in whats}, campaigns)

    def _attach(self, hints: Sequence[ArrivalHint]) -> Looked:
        """Give leads the conversions that wait under their external ids."""
        leads = self.core.store.find_many([(Lead, lead_key(hint.lead_id)) for hint in hints])
        without = self._without_their_conversions([lead for lead in leads if lead is not None])
        failed = [hint for hint in hints if hint.lead_id in without]
        self.core.store.parallel(self._remove, [hint for hint in hints if hint not in failed])
        places = [(Arrival, arrival_key(hint.lead_id, hint.what)) for hint in failed]
        again = [one for one in self.core.store.find_many(places) if one is not None]
        given_up = sum(self.core.store.parallel(self._put_off, again))
        return Looked(0, len(again) - given_up, given_up)

    def _without_their_conversions(self, leads: Sequence[Lead]) -> set[str]:
        """Give leads the conversions that wait under their external ids; the leads with which it did not work out."""
        external_ids = {lead.id: lead.external_id for lead in leads if lead.external_id is not None}
        waited_for = self.attaching.waited_for(external_ids.values())
        return {one for one, named in external_ids.items() if named in waited_for and not self._is_attached(one)}

    def _is_attached(self, lead_id: str) -> bool:
        try:
            self.attaching.waiting_for(lead_id)
        except Exception:
            # Whatever it was: one lead must not keep others from theirs.
            logger.exception("attaching_failed", extra={"lead": lead_id})
            return False
        return True

    def _read(self, hints: Sequence[ArrivalHint], candidates: dict[str, list[RetentionSequence]]) -> list[_Case]:
        """The arrivals that are still as they were seen, with their leads."""
        found: list[Any] = self.core.store.find_many(
            [
                wanted
                for hint in hints
                for wanted in (
                    (Arrival, arrival_key(hint.lead_id, hint.what)),
                    (Lead, lead_key(hint.lead_id)),
                    (CampaignLead, key("CampaignLead", lead_id=hint.lead_id, campaign_id=hint.what)),
                )
            ]
        )
        rows = zip(hints, found[::3], found[1::3], found[2::3], strict=True)
        return [
            _Case(present, lead, assignment, candidates[hint.what])
            for hint, present, lead, assignment in rows
            if present is not None and present.revision == hint.revision
        ]

    def _enroll(self, cases: Sequence[_Case]) -> tuple[int, set[str]]:
        """Enroll the leads of each sequence; how many there were, and the leads with which it did not work out."""
        wanted: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
        for case in sorted(cases, key=lambda one: one.arrival.arrived_at):
            for sequence in case.candidates:
                if _is_taken(sequence, case):
                    wanted[sequence.id][case.arrival.lead_id] = case.arrival.arrived_at
        enrolled, failed = 0, set()
        for sequence_id, news in wanted.items():
            lead_ids = list(news)
            try:
                results = self.enrolling.enroll_many(sequence_id, lead_ids, by_trigger=True, news=news)
            except (NotFoundError, ConflictError):
                continue  # Deleted or archived since: it takes nobody any more.
            except Exception:
                # Whatever it was: one sequence must not keep leads from the others.
                logger.exception("trigger_failed", extra={"sequence": sequence_id, "leads": len(lead_ids)})
                failed |= set(lead_ids)
                continue
            enrolled += sum(result.status == "created" for result in results)
            failed |= {
                lead_id
                for lead_id, result in zip(lead_ids, results, strict=True)
                if any(error.code == ContentionError.code for error in result.errors)
            }
        return enrolled, failed

    def _deal_with(self, cases: Sequence[_Case], campaigns: Sequence[Campaign]) -> Looked:
        enrolled, failed = self._enroll(cases)
        new = [one for one in cases if one.arrival.what == THE_LEAD]
        newcomers = [Newcomer(one.arrival, one.lead) for one in new if one.lead is not None]
        failed |= self.assigner.take(campaigns, newcomers).failed
        done = [case.arrival for case in cases if case.arrival.lead_id not in failed]
        again = [case.arrival for case in cases if case.arrival.lead_id in failed]
        self.core.store.parallel(self._remove, [hint_of(one) for one in done if one.revision])
        given_up = sum(self.core.store.parallel(self._put_off, again))
        return Looked(enrolled, len(again) - given_up, given_up)

    def _remove(self, hint: ArrivalHint) -> None:
        """Remove an arrival in the state in which it was seen; a newer one stays."""
        try:
            self.core.store.write(Remove(Arrival, arrival_key(hint.lead_id, hint.what), seen=hint.revision))
        except RefusedError:
            return

    def _put_off(self, failed: Arrival) -> int:
        """Have an arrival looked at again later; 1 when that was tried often enough."""
        tries = failed.tries + 1
        if tries >= MAX_TRIES:
            logger.error("arrival_given_up", extra={"lead": failed.lead_id, "what": failed.what, "tries": tries})
            self._remove(hint_of(failed))
            return 1
        pause = machine_time(self.core.clock, min(FIRST_PAUSE * 2**failed.tries, LONGEST_PAUSE))
        again = self.core.changed(failed, tries=tries, due_at=self.core.now() + pause)
        writes = [Replace(again, before=failed)] if failed.revision else [Create(again), require_lead(failed.lead_id)]
        try:
            self.core.store.write(*writes)
        except RefusedError:
            return 0  # Gone, or newer by now.
        return 0


def _untold(lead: Lead, what: str) -> Arrival:
    """The arrival of a new lead that is not in the table."""
    return Arrival(lead_id=lead.id, what=what, arrived_at=lead.created_at, due_at=lead.created_at)


def _is_taken(sequence: RetentionSequence, case: _Case) -> bool:
    """Whether a sequence's trigger wants a lead. Whether it may be contacted is asked when it is enrolled."""
    lead = case.lead
    if lead is None or lead.deleting or lead.status in ("CONVERTED", "LOST"):
        return False
    if case.arrival.what != THE_LEAD and case.assignment is None:
        return False
    return took(sequence, case.arrival.arrived_at) and _comes_from(lead, sequence.trigger_config.get("sources"))


def _comes_from(lead: Lead, sources: Sequence[str] | None) -> bool:
    """Whether a lead is from one of these sources, or bears one of them as its label; no sources mean any."""
    return not sources or lead.source in sources or (lead.meta or {}).get("sourceLabel") in sources
