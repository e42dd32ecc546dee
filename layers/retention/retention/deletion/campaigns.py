"""Assignments of leads to campaigns go with the contacts that are planned for them; one under way waits for its settle.

What was made for the campaign stays as contact attempts. The numbers of the contacts are remembered beside the lead, so
that no identity is used twice when it is assigned again.

Source: the send protocol, rules 1, 7, 9 and 10.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from retention.campaigns.cases import assignments_in
from retention.campaigns.model import CampaignContact, CampaignLead, FormerAssignment
from retention.core import Core
from retention.deletion.chunks import remove, remove_counted
from retention.deletion.unknown import ask_no_more
from retention.jobs.runner import Chunk
from retention.leads.contact import contact_key, lead_key, touch_contact
from retention.leads.model import Contact
from retention.sequences.passages import is_under_way, require_version
from retention.table import keys
from retention.table.keys import key, key_of
from retention.table.writes import Put, RefusedError, Remove, Write, gone

Target = Mapping[str, str]

#: How often an assignment is looked at again when it changed between reading and writing.
TRIES: Final = 10


def remove_assignments(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Remove the assignments of a campaign, with their contacts."""
    for cases, place in assignments_in(core, target["id"], checkpoint):
        untouched = [case.assignment for case in cases if case.assignment.progress is None]
        removed = remove_counted(core, untouched)
        begun = [case.assignment for case in cases if case.assignment.progress is not None]
        counts = core.store.parallel(partial(_remove_begun, core), begun)
        yield Chunk(
            removed=removed + sum(count for count, _ in counts), left=sum(left for _, left in counts), checkpoint=place
        )


def _remove_begun(core: Core, assignment: CampaignLead) -> tuple[int, int]:
    """Remove an assignment with its contacts; how many items went, and 1 when it must be looked at again."""
    removed, left = _remove_contacts(core, assignment)
    return removed + (0 if left else remove_counted(core, [assignment])), left


def _remove_contacts(core: Core, assignment: CampaignLead) -> tuple[int, int]:
    """Remove the contacts of an assignment that are not under way; how many went, and 1 when some are left."""
    for _ in range(TRIES):
        contact = core.store.find(Contact, contact_key(assignment.lead_id))
        there = contacts_of(core, assignment.lead_id, assignment.campaign_id)
        if not there:
            return 0, 0
        if contact is None or contact.erased:
            return remove(core, list(map(key_of, there))), 0
        idle = [one for one in there if not is_under_way(contact, one)]
        ask_no_more(core, idle)
        writes: list[Write] = [Remove(CampaignContact, key_of(one), seen=one.revision) for one in idle]
        try:
            core.store.write(*writes, require_version(contact))
        except RefusedError:
            continue
        return len(idle), int(len(idle) < len(there))
    return 0, 1


def contacts_of(core: Core, lead_id: str, campaign_id: str) -> list[CampaignContact]:
    """All contacts of a lead in a campaign."""
    starts_with = keys.prefix("CampaignContact", campaign_id=campaign_id)
    rows = core.store.query_entities(CampaignContact, lead_key(lead_id).pk, starts_with=starts_with)
    # An id may begin with another one.
    return [one for one in rows if one.campaign_id == campaign_id]


def remove_contacts_of_assignment(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    """Remove the contacts of one assignment."""
    assignment = core.store.find(CampaignLead, _place(target))
    if assignment is None:
        return
    removed, left = _remove_contacts(core, assignment)
    if removed or left:
        yield Chunk(removed=removed, left=left)


def forget_assignment(core: Core, target: Target) -> None:
    """Remove an assignment, and remember the numbers of its contacts."""
    assignment = core.store.find(CampaignLead, _place(target))
    if assignment is None:
        return
    last = max((one["n"] for one in (assignment.progress or {}).values()), default=assignment.base)
    lead_id, campaign_id = assignment.lead_id, assignment.campaign_id
    former = FormerAssignment(lead_id=lead_id, campaign_id=campaign_id, last=last)
    try:
        core.store.write(gone(assignment), Put(former), touch_contact(lead_id))
    except RefusedError as refusal:
        if not refusal.concerns(Contact):
            raise
        # The lead is going, and takes the assignment with it.


def _place(target: Target) -> keys.Key:
    return key("CampaignLead", lead_id=target["leadId"], campaign_id=target["campaignId"])
