"""Accepting a delete: from that moment the parent is gone for readers and closed to new children.

The mark and the job that carries on are written in one transaction. A small delete is finished before the answer; a
large one goes on in the jobs function.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from retention.attempts.direct import withdrawn
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign, CampaignLead
from retention.core import Core
from retention.entity import Entity
from retention.errors import ContentionError, NotFoundError, StaleError
from retention.experiments.ending import running_key, without_place
from retention.experiments.model import ABTest, RunningABTest
from retention.ids import join, split
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.jobs.starting import begun, work_a_moment
from retention.leads import addresses
from retention.leads.contact import touch_contact
from retention.leads.model import Contact, EmailClaim, ExternalReference, Lead, PhoneClaim
from retention.scripts.model import Script
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep
from retention.table.keys import Key, key, key_of
from retention.table.writes import Change, Create, RefusedError, Remove, Replace, Write

E = TypeVar("E", bound=Entity)

#: How often a mark is tried again when others change the parent.
MARK_TRIES: Final = 10


def claims_on(lead: Lead) -> list[tuple[type[Entity], Key]]:
    """Where the claims on a lead's addresses live; a lead may have an address that another one owns."""
    found: list[tuple[type[Entity], Key]] = []
    if lead.email:
        found.append((EmailClaim, key("EmailClaim", address=addresses.email_identity(lead.email))))
    if lead.phone:
        found.append((PhoneClaim, key("PhoneClaim", address=lead.phone)))
    return found


def claims_given_up(lead: Lead, claims: Sequence[EmailClaim | PhoneClaim | None]) -> list[Write]:
    """The part of a transaction that gives free what a lead alone may have: its addresses and its external id.

    Args:
        claims: the claims on its addresses, as they were read.
    """
    writes: list[Write] = [
        Remove(type(one), key_of(one), equal={"lead_id": lead.id})
        for one in claims
        if one is not None and one.lead_id == lead.id
    ]
    if lead.external_id:
        where = key("ExternalReference", external_id=lead.external_id, lead_id=lead.id)
        writes.append(Remove(ExternalReference, where))
    return writes


@dataclass(frozen=True)
class Deleted:
    """What became of a delete: everything is gone, or a job carries on."""

    job: Job | None


class DeletionService:
    """Deletes whatever has children."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._runner = runner

    def lead(self, lead_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete a lead. Its addresses are free again at once."""
        contact = key("Contact", lead_id=lead_id)

        def others(lead: Lead) -> list[Write]:
            claims = self._core.store.find_many(claims_on(lead))
            return [Change(Contact, contact, set={"erased": True}, add={"version": 1}), *claims_given_up(lead, claims)]

        return self._delete(Lead, key("Lead", id=lead_id), {"leadId": lead_id, "id": lead_id}, if_match, others)

    def campaign(self, campaign_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete a campaign."""
        return self._delete(Campaign, key("Campaign", id=campaign_id), {"id": campaign_id}, if_match)

    def ab_test(self, test_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete an A/B test. Its channel of its campaign is free for another at once."""
        parts = split(test_id, 2)
        if parts is None:
            raise NotFoundError(f"There is no A/B test {test_id}.")
        where = key("ABTest", campaign_id=parts[0], local_id=parts[1])
        target = {"campaignId": parts[0], "localId": parts[1], "id": test_id}

        def others(test: ABTest) -> list[Write]:
            held = self._core.store.find(RunningABTest, running_key(test))
            return without_place(test) if held is not None and held.test_id == test.id else []

        return self._delete(ABTest, where, target, if_match, others)

    def assignment(self, campaign_id: str, lead_id: str, *, if_match: str | None = None) -> Deleted:
        """Take a lead out of a campaign."""
        where = key("CampaignLead", lead_id=lead_id, campaign_id=campaign_id)
        target = {"leadId": lead_id, "campaignId": campaign_id, "id": join(lead_id, campaign_id)}
        # Whoever is about to send something for it sees the new version.
        return self._delete(CampaignLead, where, target, if_match, lambda _: [touch_contact(lead_id)])

    def script(self, script_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete a script."""
        return self._delete(Script, key("Script", id=script_id), {"id": script_id}, if_match)

    def sequence(self, sequence_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete a sequence."""
        return self._delete(RetentionSequence, key("RetentionSequence", id=sequence_id), {"id": sequence_id}, if_match)

    def step(self, sequence_id: str, step_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete a step of a sequence."""
        where = key("SequenceStep", sequence_id=sequence_id, id=step_id)
        return self._delete(SequenceStep, where, {"sequenceId": sequence_id, "id": step_id}, if_match)

    def enrollment(self, enrollment_id: str, *, if_match: str | None = None) -> Deleted:
        """Delete an enrollment."""
        parts = split(enrollment_id, 2)
        if parts is None:
            raise NotFoundError(f"There is no enrollment {enrollment_id}.")
        where = key("SequenceEnrollment", lead_id=parts[0], sequence_id=parts[1])
        target = {"leadId": parts[0], "sequenceId": parts[1], "id": enrollment_id}
        # Whoever is about to send something for it sees the new version.
        return self._delete(SequenceEnrollment, where, target, if_match, lambda _: [touch_contact(parts[0])])

    def attempt(self, attempt: ContactAttempt, *, if_match: str | None = None) -> Deleted:
        """Delete a contact attempt. A message by hand that has not gone out is withdrawn with it.

        Raises:
            ConflictError: that message is being sent at this moment.
        """
        where = key("ContactAttempt", lead_id=attempt.lead_id, id=attempt.id)
        target = {"leadId": attempt.lead_id, "id": attempt.id}
        return self._delete(ContactAttempt, where, target, if_match, lambda found: withdrawn(self._core, found))

    def _delete(
        self,
        entity: type[E],
        where: Key,
        target: dict[str, str],
        if_match: str | None,
        others: Callable[[E], Sequence[Write]] = lambda _: (),
    ) -> Deleted:
        """Mark the parent, put the job beside it, and work on it for a moment.

        Raises:
            NotFoundError, StaleError, ContentionError
        """
        job = self._mark(entity, where, {"kind": entity.__name__, **target}, if_match, others)
        after = work_a_moment(self._core, self._runner, job)
        # Whatever waits for latecomers alone is gone; what waits for a send under way is not.
        gone = after.status == "succeeded" or (after.status == "waiting" and after.last_round)
        return Deleted(None if gone else after)

    def _mark(
        self,
        entity: type[E],
        where: Key,
        target: dict[str, str],
        if_match: str | None,
        others: Callable[[E], Sequence[Write]],
    ) -> Job:
        core = self._core
        for _ in range(MARK_TRIES):
            found = core.store.find(entity, where)
            if found is None or found.deleting:
                raise NotFoundError
            if if_match is not None and found.revision != if_match:
                raise StaleError
            job = begun(core, "delete", target)
            mark = Replace(core.changed(found, deleting=True), before=found)
            try:
                core.idempotency.commit(mark, Create(job), *others(found), outcome=Deleted(job))
            except RefusedError as refusal:
                if 0 in refusal.failed:
                    continue
                if refusal.concerns(Contact):
                    raise NotFoundError from None  # Its lead is gone, or going.
                raise
            return job
        raise ContentionError
