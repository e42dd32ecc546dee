"""Taking leads in: one lead per person, one at a time or a thousand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from retention import validation
from retention.bulk import RowResult, refused
from retention.core import Core
from retention.errors import ContentionError, InvalidInputError, RetentionError
from retention.leads.adding import Addition, addition, without_shared_addresses
from retention.leads.claims import Claims
from retention.leads.contact import require_lead
from retention.leads.model import Contact, EmailClaim, Lead, LeadInput, LeadView, PhoneClaim, StopReason
from retention.leads.service import LeadService, tidied
from retention.outbound.announcing import wake_deliveries
from retention.sequences.arrivals import announce
from retention.sequences.model import Arrival
from retention.table.writes import RefusedError, Write

#: How often a lead is looked for again when its address changed hands between reading and writing.
CLAIM_TRIES: Final = 5


class ErasedSinceError(RetentionError):
    """Whoever this is about was erased after it was told."""

    code = "erased"


@dataclass(frozen=True)
class TakenIn:
    """A lead as it was taken in, or found to be known already."""

    lead: LeadView
    deduplicated: bool


#: What else is to be written with a lead, once it is known which one it is.
Also = Callable[[TakenIn], list[Write]]


class LeadIntake:
    """Takes leads in, and recognises the ones that are known."""

    def __init__(self, core: Core, leads: LeadService) -> None:
        self._core = core
        self._leads = leads
        self._claims = Claims(core)

    def create(self, given: LeadInput, also: Also | None = None, told_at: datetime | None = None) -> TakenIn:
        """Take in a lead; a person already known by e-mail, else by phone, is returned as is.

        Args:
            also: what else is written in the same transaction; for a person who is known, in one of its own that
                requires the lead.
            told_at: when this was told, where it was not just now.

        Raises:
            InvalidInputError: the phone number cannot be dialled.
            ErasedSinceError: the person was erased after it was told. Told later, they come in again, stopped.
            RefusedError: because of what else was to be written.
        """
        given = tidied(given, self._core.settings)
        for _ in range(CLAIM_TRIES):
            known = self._claims.look_up([given])[0]
            if known.owner is not None:
                view = self._leads.find(known.owner)
                if view is not None and self._is_noted(TakenIn(view, deduplicated=True), also):
                    return TakenIn(view, deduplicated=True)
                continue
            if told_at is not None and known.erased_at is not None and told_at < known.erased_at:
                raise ErasedSinceError
            added = self._add(given, known.stop, also=also)
            if added is not None:
                announce(self._core, added.news)
                wake_deliveries(self._core, added.told)
                return TakenIn(added.view, deduplicated=False)
        raise ContentionError

    def _is_noted(self, known: TakenIn, also: Also | None) -> bool:
        """Write what goes with a person who is known; False when the lead went meanwhile."""
        if also is None:
            return True
        try:
            self._core.store.write(*also(known), require_lead(known.lead.id))
        except RefusedError as refusal:
            if refusal.concerns(Contact):
                return False
            raise
        return True

    def create_many(self, rows: Sequence[Any]) -> list[RowResult]:
        """Take in many leads, each as `create` does; one result a row, in order. A bad row harms no other."""
        results: dict[int, RowResult] = {}
        todo: dict[int, LeadInput] = {}
        for number, row in enumerate(rows):
            try:
                validation.refuse_server_owned(Lead, row)
                todo[number] = tidied(validation.parse(LeadInput, row), self._core.settings)
            except InvalidInputError as error:
                results[number] = refused(error)
        while todo:
            results.update(self._take_in(todo))
            todo = {number: given for number, given in todo.items() if number not in results}
        return [results[number] for number in range(len(rows))]

    def _take_in(self, todo: dict[int, LeadInput]) -> dict[int, RowResult]:
        """Find the rows that are known and write, side by side, the new ones that share no address with one another."""
        known = dict(zip(todo, self._claims.look_up(list(todo.values())), strict=True))
        results = {number: RowResult("existing", one.owner) for number, one in known.items() if one.owner is not None}
        wave = without_shared_addresses({number: row for number, row in todo.items() if number not in results})

        news: list[Arrival] = []
        written: list[Write] = []

        def one(number: int) -> tuple[int, RowResult]:
            added = self._add(todo[number], known[number].stop, alone=False)
            if added is not None:
                news.extend(added.news)
                written.extend(added.told)
                return number, RowResult("created", added.view.id)
            try:
                taken = self.create(todo[number])
            except ContentionError as error:
                return number, refused(error)
            return number, RowResult("existing" if taken.deduplicated else "created", taken.lead.id)

        results |= dict(self._core.store.parallel(one, wave))
        announce(self._core, news)
        wake_deliveries(self._core, written)
        return results

    def _add(
        self, given: LeadInput, stop: StopReason | None, *, alone: bool = True, also: Also | None = None
    ) -> Addition | None:
        """Write a new lead with its claims and its arrival; None when somebody else has one of its addresses by now."""
        core = self._core
        added = addition(core, self._claims, given, stop)
        taken = TakenIn(added.view, deduplicated=False)
        writes = [*added.writes, *(also(taken) if also is not None else [])]
        try:
            core.idempotency.commit(*writes, outcome=taken if alone else None)
        except RefusedError as refusal:
            if refusal.concerns(EmailClaim) or refusal.concerns(PhoneClaim):
                return None
            raise
        return added
