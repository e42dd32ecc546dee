"""An erasure is accepted: from that moment the lead is gone for readers, and nobody at its addresses is contacted.

One transaction marks the lead, closes the gate of every send, gives its addresses free and suppresses them by their
keyed hash, and puts the job beside it that does the rest (plan).
"""

from typing import Final, NamedTuple

from retention.core import Core
from retention.deletion.service import MARK_TRIES, claims_given_up
from retention.entity import Entity
from retention.erasure.tombstone import own_former
from retention.erasure.traces import Traces
from retention.errors import ContentionError, InvalidInputError, NotFoundError, StaleError
from retention.jobs.model import Job
from retention.jsontext import format_instant
from retention.leads import addresses
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, EmailClaim, Lead, PhoneClaim
from retention.outbound.announcing import lead_stopped, wake_deliveries
from retention.suppressions.model import STOP_REASONS, Suppression
from retention.suppressions.suppressing import Address, new_suppression, wanted
from retention.table.keys import Key
from retention.table.writes import Change, Create, RefusedError, Replace, Write

#: What the stop of an erased lead is told to be.
_STOPPED: Final = STOP_REASONS["ERASURE"]


class _Standing(NamedTuple):
    """An address of the lead, with its suppression and its owner as they were read."""

    address: Address
    suppression: Suppression | None
    claim: EmailClaim | PhoneClaim | None

    def is_of(self, lead: Lead) -> bool:
        """Whether it is nobody else's."""
        return self.claim is None or self.claim.lead_id == lead.id


class ErasureService:
    """The use cases of erasure."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def erase(self, lead_id: str, reason: str | None, *, if_match: str | None) -> Job:
        """Have a person forgotten; the job that does it.

        Args:
            reason: why, for the record: it is kept with the job, so it must not name the person.

        Raises:
            NotFoundError: there is no such lead, or it is going already.
            StaleError: it has changed since `if_match`.
            InvalidInputError: the reason names the person.
            ContentionError: others kept changing it.
        """
        core = self._core
        for _ in range(MARK_TRIES):
            lead, contact = core.store.find_many([(Lead, lead_key(lead_id)), (Contact, contact_key(lead_id))])
            if lead is None or lead.deleting or contact is None or contact.erased:
                raise NotFoundError(f"There is no lead {lead_id}.")
            if if_match is not None and lead.revision != if_match:
                raise StaleError
            traces = Traces.of(lead, own_former(core, contact))
            _refuse_names(traces, reason)
            job, writes = self._accepting(lead, contact, traces, reason)
            try:
                core.idempotency.commit(*writes, outcome=job)
            except RefusedError:
                continue  # The lead, an address of it or its suppression has changed since it was read.
            core.jobs_queue.wake(job.id)
            wake_deliveries(core, writes)
            return job
        raise ContentionError

    def _accepting(self, lead: Lead, contact: Contact, traces: Traces, reason: str | None) -> tuple[Job, list[Write]]:
        """The job, and the whole transaction that begins it."""
        core, now = self._core, self._core.now()
        standing = self._standing(traces)
        mine = [one for one in standing if one.is_of(lead)]
        shared = {one.claim.lead_id for one in standing if one.claim is not None and not one.is_of(lead)}
        suppressions = [self._suppressed(one) for one in mine]
        kept = [write.entity for write in suppressions if isinstance(write.entity, Suppression)]
        target = {
            "kind": Lead.__name__,
            "leadId": lead.id,
            "id": lead.id,
            "at": format_instant(now),
            # What stays, and with whom an address is shared, which is not suppressed for that.
            **({"suppressions": ",".join(one.id for one in kept)} if kept else {}),
            **({"sharedWith": ",".join(sorted(shared))} if shared else {}),
            **({"reason": reason} if reason else {}),
        }
        job = Job(
            id=core.ids.new(now),
            task="erase",
            target=target,
            created_at=now,
            updated_at=now,
            due_at=now,
            revision=core.ids.revision(),
        )
        writes: list[Write] = [
            Replace(core.changed(lead, deleting=True), before=lead),
            Create(job),
            Change(Contact, contact_key(lead.id), set={"erased": True}, add={"version": 1}, equal={"erased": False}),
            *claims_given_up(lead, [one.claim for one in standing]),
            *suppressions,
        ]
        if contact.stop_reason is None:
            writes += lead_stopped(core, lead.id, _STOPPED, now)
        return job, writes

    def _standing(self, traces: Traces) -> list[_Standing]:
        """The addresses of the person, also those of before, as the table has them now."""
        given = [Address(EmailClaim, addresses.email_identity(one)) for one in traces.emails]
        given += [Address(PhoneClaim, one) for one in traces.phones]
        asked: list[tuple[type[Entity], Key]] = [one for address in given for one in wanted(self._core, address)]
        found = iter(self._core.store.find_many(asked))
        return [_Standing(address, next(found), next(found)) for address in given]

    def _suppressed(self, standing: _Standing) -> Create | Replace:
        """One that is suppressed already stays so, now for this reason, without what people noted about it.

        Its date tells what came in before the erasure from what comes later.
        """
        known = standing.suppression
        if known is None:
            return Create(new_suppression(self._core, standing.address, "ERASURE", None))
        now = {"reason": "ERASURE", "note": None, "source": None, "created_at": self._core.now()}
        return Replace(self._core.changed(known, **now), before=known)


def _refuse_names(traces: Traces, reason: str | None) -> None:
    told = (reason or "").encode()
    if traces.found_in(told) or traces.is_namesake_in(told):
        detail = "It is kept when the person is erased, so it must not name them."
        raise InvalidInputError.at("/reason", "names_the_person", detail)
