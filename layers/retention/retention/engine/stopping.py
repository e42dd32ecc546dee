"""Ends what is planned for a lead that is not to be contacted any more, or has become a customer.

The lead is left in peace without it: the gate is closed already, and whatever comes to it is skipped. But it may be
weeks until it comes there; whoever looks at the lead should see at once that nothing is to come.

What is under way is left to its own outcome: its enrollment is over by then, and nothing follows.

Source: the send protocol, rules 1, 7 and 8.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from retention.attempts.model import DirectContact
from retention.campaigns.model import CampaignContact, CampaignLead
from retention.core import Core
from retention.engine.commit import Committer
from retention.engine.configuration import Configuration
from retention.engine.decision import Skip
from retention.engine.kinds.contact import ContactKind
from retention.engine.kinds.direct import DirectKind
from retention.engine.loading import Loader
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.engine.settle import Settler
from retention.errors import ContentionError
from retention.jobs.runner import Chunk, Plan
from retention.leads.contact import lead_key
from retention.leads.model import Contact, Lead
from retention.sequences import moves
from retention.sequences.model import SequenceEnrollment
from retention.sequences.passages import Move, Passage, change_passages, is_under_way, read_passages
from retention.table import keys, listing

#: How often one contact is looked at again when it changed between reading and writing.
TRIES: Final = 10


@dataclass(frozen=True)
class Stop:
    """A stop that is followed through."""

    core: Core
    lead_id: str
    #: What becomes of enrollments.
    ending: Literal["CANCELLED", "CONVERTED"]
    reason: Reason
    at: datetime

    @classmethod
    def of(cls, core: Core, target: Mapping[str, str]) -> "Stop":
        """The stop that a job is to follow through (leads/following)."""
        at = datetime.fromisoformat(target["at"])
        if target["reason"] == "CONVERTED":
            return cls(core, target["leadId"], "CONVERTED", Reason.CONVERTED, at)
        return cls(core, target["leadId"], "CANCELLED", Reason.LEAD_STOPPED, at)

    def concerns(self, planned_at: datetime, contact: Contact) -> bool:
        """Whether it ends what was planned at an instant: everything, or what was there before it.

        A lead that may be contacted again gets nothing back; but what was planned since then stays.

        Args:
            contact: the contact item, read before. Whatever is read here and changes later raises its version.
        """
        if planned_at <= self.at or contact.stop_reason is not None:
            return True
        lead = self.core.store.find(Lead, lead_key(self.lead_id)) if self.ending == "CONVERTED" else None
        return lead is not None and lead.status == "CONVERTED"

    def end(self, passage: Passage) -> Move | None:
        """What ends an enrollment, with the execution that it waits for; None where it is let be."""
        if passage.contact is None or not self.concerns(passage.enrollment.enrolled_at, passage.contact):
            return None
        return moves.end(self.core, passage, self.ending, self.reason, self.core.now())

    def end_alone(self, loader: Loader, settler: Settler, work: Work, planned_at: datetime | None) -> bool:
        """End what belongs to no enrollment; False where it is let be.

        Args:
            planned_at: when it was planned; None: when its attempt was begun.

        Raises:
            ContentionError: others kept changing the same items.
        """
        for _ in range(TRIES):
            errand = loader.reload(work)
            if errand is None or not errand.work.is_open or is_under_way(errand.contact, errand.work):
                return False
            asked_at = self.at if errand.attempt is None else errand.attempt.started_at
            if not self.concerns(planned_at or asked_at, errand.contact):
                return False
            if settler.skipped(errand, Skip(self.reason, enrollment=self.ending)).done:
                return True
        raise ContentionError


def _enrollments(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    rows = core.store.query_entities(
        SequenceEnrollment, lead_key(target["leadId"]).pk, starts_with=keys.prefix("SequenceEnrollment")
    )
    running = [keys.key_of(one) for one in rows if one.status in ("ACTIVE", "PAUSED")]
    passages = [one for one in read_passages(core, running) if one is not None and not one.enrollment.deleting]
    tally = change_passages(core, passages, Stop.of(core, target).end)
    # Where nothing was done nothing is said: begun again, the stage must come to its end.
    if tally.changed or tally.left:
        yield Chunk(changed=tally.changed, left=tally.left)


def _directs(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    stop = Stop.of(core, target)
    loader = Loader(core, {DirectContact.__name__: DirectKind(core, Configuration(core))})
    settler = Settler(core, Committer(core, loader))
    rows = core.store.query_entities(
        DirectContact, lead_key(target["leadId"]).pk, starts_with=keys.prefix("DirectContact")
    )
    for row in rows:
        if row.is_open and stop.end_alone(loader, settler, Work(DirectContact.__name__, row.id), None):
            yield Chunk(changed=1)


def _campaigns(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    """What campaigns owe: planned, as far as a stop is concerned, when the lead was assigned."""
    stop = Stop.of(core, target)
    loader = Loader(core, {CampaignContact.__name__: ContactKind(core, Configuration(core))})
    settler = Settler(core, Committer(core, loader))
    rows = list(core.store.query(lead_key(target["leadId"]).pk, starts_with=keys.prefix("CampaignLead")))
    assigned = {one.campaign_id: one.assigned_at for one in listing.from_rows(CampaignLead, rows)}
    for row in listing.from_rows(CampaignContact, rows):
        work = Work(CampaignContact.__name__, row.id)
        if row.is_open and stop.end_alone(loader, settler, work, assigned.get(row.campaign_id)):
            yield Chunk(changed=1)


PLAN: Final = Plan((_enrollments, _campaigns, _directs), lambda core, target: None)
