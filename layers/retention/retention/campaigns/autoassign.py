"""New leads that a campaign takes by itself: by their source, while it is active, and no more than it may.

Where the number is limited, it is counted on an item that is changed in the transaction of the assignments themselves:
whoever comes second looks again, so the limit holds however many leads come at once. Without a limit nothing is shared.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from retention.campaigns.assignments import Added, added
from retention.campaigns.model import AutoAssigned, Campaign, CampaignLead, FormerAssignment
from retention.campaigns.progress import settings_of
from retention.contactrules.model import AutoAssign
from retention.core import Core
from retention.engine.hints import hint
from retention.errors import ContentionError
from retention.leads.model import Contact, Lead
from retention.sequences.arrivals import announce
from retention.sequences.model import Arrival
from retention.table import keys
from retention.table.keys import key
from retention.table.writes import Create, RefusedError, Replace, Write

logger = logging.getLogger(__name__)

#: How often it is looked again when others take leads into the same campaign.
TRIES: Final = 30
#: Leads that are taken in one transaction where their number is limited.
TOGETHER: Final = 12


class Newcomer(NamedTuple):
    """A lead that is new, with the news of it."""

    arrival: Arrival
    lead: Lead


class Taken(NamedTuple):
    """How many leads were taken, and those of which it could not be said yet."""

    assigned: int
    failed: set[str]


@dataclass(frozen=True)
class AutoAssigner:
    """Takes new leads into campaigns."""

    core: Core

    def campaigns(self) -> list[Campaign]:
        """The campaigns that take new leads now."""
        rows = self.core.store.query_entities(Campaign, keys.partitions("Campaign")[0])
        return [
            one
            for one in rows
            if one.status == "ACTIVE" and not one.deleting and settings_of(one).auto_assign is not None
        ]

    def take(self, campaigns: Sequence[Campaign], newcomers: Sequence[Newcomer]) -> Taken:
        """Assign new leads to the campaigns that want them. Doing it again does no harm."""
        assigned, failed = 0, set[str]()
        for campaign in campaigns:
            rule = settings_of(campaign).auto_assign or AutoAssign()
            wanted = [one.lead.id for one in newcomers if _is_wanted(campaign, rule, one)]
            try:
                assigned += self._assign(campaign, rule, wanted)
            except Exception:
                # Whatever it was: one campaign must not keep leads from the others.
                logger.exception("auto_assign_failed", extra={"campaign": campaign.id, "leads": len(wanted)})
                failed |= set(wanted)
        return Taken(assigned, failed)

    def _assign(self, campaign: Campaign, rule: AutoAssign, lead_ids: Sequence[str]) -> int:
        done: list[Added] = []
        if rule.max_leads is None:
            for made in self.core.store.parallel(lambda one: self._together(campaign, None, [one]), lead_ids):
                done += made
        else:
            for at in range(0, len(lead_ids), TOGETHER):
                done += self._together(campaign, rule.max_leads, lead_ids[at : at + TOGETHER])
        hint(self.core, [contact for one in done for contact in one.contacts])
        announce(self.core, [one.news for one in done])
        return len(done)

    def _together(self, campaign: Campaign, most: int | None, lead_ids: Sequence[str]) -> list[Added]:
        """Assign those of some leads that are not assigned yet, as far as there is room, in one transaction.

        Raises:
            ContentionError: others kept taking leads into the campaign.
        """
        core = self.core
        for _ in range(TRIES):
            counted, new = self._read(campaign, lead_ids)
            room = len(new) if most is None else max(0, most - counted.taken)
            chosen = [added(core, campaign, lead_id, 0) for lead_id in new[:room]]
            if not chosen:
                return []
            try:
                core.store.write(
                    *(write for one in chosen for write in one.writes),
                    *([] if most is None else [_count(core, counted, len(chosen))]),
                )
            except RefusedError:
                continue
            return chosen
        raise ContentionError

    def _read(self, campaign: Campaign, lead_ids: Sequence[str]) -> tuple[AutoAssigned, list[str]]:
        """The count, and the leads that may be assigned: none that was taken out again, or is being erased."""
        mine = {"campaign_id": campaign.id}
        found = self.core.store.find_many(
            [
                (AutoAssigned, key("AutoAssigned", **mine)),
                *((Contact, key("Contact", lead_id=one)) for one in lead_ids),
                *((CampaignLead, key("CampaignLead", **mine, lead_id=one)) for one in lead_ids),
                *((FormerAssignment, key("FormerAssignment", **mine, lead_id=one)) for one in lead_ids),
            ]
        )
        counted: AutoAssigned = found[0] or AutoAssigned(campaign_id=campaign.id, taken=0)
        size = len(lead_ids)
        contacts, assignments, former = found[1 : size + 1], found[size + 1 : 2 * size + 1], found[2 * size + 1 :]
        return counted, [
            lead_id
            for lead_id, contact, present, before in zip(lead_ids, contacts, assignments, former, strict=True)
            if present is None and before is None and contact is not None and not contact.erased
        ]


def _count(core: Core, counted: AutoAssigned, more: int) -> Write:
    after = core.changed(counted, taken=counted.taken + more)
    return Replace(after, before=counted) if counted.revision else Create(after)


def _is_wanted(campaign: Campaign, rule: AutoAssign, newcomer: Newcomer) -> bool:
    """Whether a campaign wants a new lead: it came since the campaign was started, and from the right source."""
    lead, since = newcomer.lead, campaign.started_at or campaign.created_at
    if lead.deleting or lead.status in ("CONVERTED", "LOST") or newcomer.arrival.arrived_at < since:
        return False
    return not rule.sources or lead.source in rule.sources or (lead.meta or {}).get("sourceLabel") in rule.sources
