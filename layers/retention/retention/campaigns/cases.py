"""A lead in a campaign: what a change of the campaign has to look at, and the change itself.

Whoever changes a contact reads the contact item of the lead first and requires its version, as with the executions of a
sequence. What is under way is never touched: the worker that settles it finds assignment and campaign as they are then.
First contacts are created without raising the version: nothing that may be decided at that moment depends on them.

Source: the send protocol, rules 1, 2, 7, 9 and 10.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from retention.campaigns.model import Campaign, CampaignContact, CampaignLead
from retention.campaigns.progress import begun, open_contacts
from retention.core import Core
from retention.engine.hints import hint
from retention.entity import Entity
from retention.leads.contact import require_lead
from retention.leads.model import Contact
from retention.sequences.passages import Tally, is_under_way
from retention.table import keys
from retention.table.keys import Key, beside, key, key_of
from retention.table.store import raw_key
from retention.table.writes import Create, RefusedError, Replace, Write

#: Assignments that are read and changed between two looks at the clock: a second or two of work.
CHUNK: Final = 250
#: Leads of a campaign that an answer may wait for: what one transaction plans.
FEW: Final = 25
#: How often a case is looked at again when it changed between reading and writing.
TRIES: Final = 10
#: Leads whose first contacts are created in one transaction. It is refused as a whole, so not as many as fit.
TOGETHER: Final = 25
#: Writes of one transaction.
MOST_WRITES: Final = 95


@dataclass(frozen=True)
class Case:
    """An assignment, the contact item of its lead, and its contacts that are still to come."""

    #: None when the lead is gone, or is going.
    contact: Contact | None
    assignment: CampaignLead
    open: tuple[CampaignContact, ...] = ()

    @property
    def lead(self) -> Contact:
        """The contact item; asked for only where the lead is there."""
        assert self.contact is not None
        return self.contact

    @property
    def movable(self) -> list[CampaignContact]:
        """What is to come and may be changed now: it is neither being sent, nor may have been."""
        return [one for one in self.open if not is_under_way(self.lead, one)]


@dataclass(frozen=True)
class Move:
    """A change of a case: the writes, and what is due afterwards."""

    writes: list[Write]
    due: list[CampaignContact] = field(default_factory=list)


#: Says what is to be changed of a case as it is now; None: nothing.
Decide = Callable[[Case], Move | None]


def assignments_in(core: Core, campaign_id: str, checkpoint: Any = None) -> Iterator[tuple[list[Case], Any]]:
    """The cases of a campaign, in chunks, each with the place where it ends.

    Args:
        checkpoint: the place of the last chunk that was dealt with.
    """
    lanes = keys.index_partitions("CampaignLead", "owner", campaign_id=campaign_id)
    starts_with = keys.index_prefix("CampaignLead", "owner")
    done, after = checkpoint or (0, None)
    for number, pk in enumerate(lanes[done:], done):
        above = after if number == done else None
        more = True
        while more:
            rows = list(core.store.query(pk, index="owner", starts_with=starts_with, above=above, limit=CHUNK))
            more = len(rows) == CHUNK
            if rows:
                above = rows[-1]["ownerSk"]["S"]
                yield [one for one in read_cases(core, map(raw_key, rows)) if one is not None], [number, above]


def has_few(core: Core, campaign_id: str) -> bool:
    """Whether a campaign has so few leads that a change of it is followed through before the answer."""
    lanes = keys.index_partitions("CampaignLead", "owner", campaign_id=campaign_id)
    starts_with = keys.index_prefix("CampaignLead", "owner")

    def some(pk: str) -> int:
        return sum(1 for _ in core.store.query(pk, index="owner", starts_with=starts_with, limit=FEW + 1))

    return sum(core.store.parallel(some, lanes)) <= FEW


def read_cases(core: Core, assignments: Iterable[Key]) -> list[Case | None]:
    """The cases of the assignments at these keys; None where there is none. Three requests for up to a hundred."""
    wanted = list(assignments)
    contacts = core.store.find_many([(Contact, beside(one, "Contact")) for one in wanted])
    found: list[CampaignLead | None] = core.store.find_many([(CampaignLead, one) for one in wanted])
    asked: list[tuple[type[Entity], Key]] = [
        (CampaignContact, contact_key(one, channel, n))
        for one in found
        if one is not None
        for channel, n in open_contacts(one)
    ]
    there: dict[tuple[str, str], list[CampaignContact]] = {}
    for contact in core.store.find_many(asked):
        if contact is not None and contact.is_open:
            there.setdefault((contact.lead_id, contact.campaign_id), []).append(contact)
    return [
        None if one is None else Case(_there(item), one, tuple(there.get((one.lead_id, one.campaign_id), ())))
        for item, one in zip(contacts, found, strict=True)
    ]


def contact_key(assignment: CampaignLead, channel: str, n: int) -> Key:
    """Where a contact of an assignment lives."""
    return key("CampaignContact", lead_id=assignment.lead_id, campaign_id=assignment.campaign_id, channel=channel, n=n)


def _there(contact: Contact | None) -> Contact | None:
    return None if contact is None or contact.erased else contact


def change_cases(core: Core, cases: Sequence[Case], decide: Decide) -> Tally:
    """Change cases side by side, each in a transaction of its own, and have the worker told of what is due soon."""

    def change(case: Case) -> tuple[bool, Move | None]:
        present: Case | None = case
        for _ in range(TRIES):
            if present is None or present.contact is None or present.assignment.deleting:
                return True, None  # Whoever deletes the lead or the assignment takes care of everything.
            move = decide(present)
            if move is None:
                return True, None
            try:
                core.store.write(*move.writes)
            except RefusedError:
                present = read_cases(core, [key_of(case.assignment)])[0]
                continue
            return True, move
        return False, None

    done = core.store.parallel(change, cases)
    moves = [move for _, move in done if move is not None]
    hint(core, [contact for move in moves for contact in move.due])
    return Tally(len(moves), sum(not settled for settled, _ in done))


def begin_cases(core: Core, campaign: Campaign, cases: Sequence[Case]) -> Tally:
    """Plan the first contacts of leads, 25 leads in a transaction; where that is refused, of each on its own.

    A transaction and no batch of single writes: it requires of each lead that it is not being erased. An erased lead
    must not get a contact, and who erases it does not come back for latecomers.
    """
    ready = [one for one in cases if one.contact is not None and needs_beginning(one)]
    refused: list[Case] = []

    def begin(some: Sequence[Case]) -> list[CampaignContact] | None:
        moves = [first_contacts(core, campaign, one) for one in some]
        try:
            core.store.write(*(write for move in moves if move is not None for write in move.writes))
        except RefusedError:
            return None
        created = [contact for move in moves if move is not None for contact in move.due]
        # Of each transaction, so that the first are on their way while the others are written.
        hint(core, created)
        return created

    # Each lead costs a check, its assignment, and a contact a channel.
    size = min(TOGETHER, MOST_WRITES // (2 + max(len(campaign.channels), 1)))
    chunks = [ready[at : at + size] for at in range(0, len(ready), size)]
    for chunk, created in zip(chunks, core.store.parallel(begin, chunks), strict=True):
        if created is None:
            refused += chunk
    tally = change_cases(core, refused, lambda one: first_contacts(core, campaign, one))
    return Tally(len(ready) - len(refused) + tally.changed, tally.left)


def needs_beginning(case: Case) -> bool:
    """Whether nothing was planned for the lead yet."""
    return case.assignment.progress is None and not case.assignment.deleting


def first_contacts(core: Core, campaign: Campaign, case: Case) -> Move | None:
    """What plans the first contacts of a lead; None when they were planned, or there is no channel."""
    if not needs_beginning(case):
        return None
    started = begun(core, campaign, case.assignment)
    if not started.contacts:
        return None
    lead = require_lead(case.assignment.lead_id)
    writes: list[Write] = [lead, Replace(started.assignment, before=case.assignment), *map(Create, started.contacts)]
    return Move(writes, started.contacts)
