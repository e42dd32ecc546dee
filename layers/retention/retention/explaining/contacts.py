"""Explains what a campaign does for a lead: each contact with exactly one current answer, and what comes next."""

from dataclasses import dataclass

from retention.campaigns.assignments import AssignmentService
from retention.campaigns.model import CampaignContact
from retention.contactrules.account import account_rules
from retention.core import Core
from retention.deletion.campaigns import contacts_of
from retention.engine.configuration import Configuration
from retention.engine.errand import Errand
from retention.engine.kinds.contact import ContactKind
from retention.engine.loading import Loader
from retention.engine.queue import Work
from retention.explaining import standing
from retention.explaining.model import CampaignLeadView, ExplainedContact
from retention.explaining.preview import Previewer
from retention.explaining.rules import decisions, rule_of, sentence_of
from retention.holding.hold import Hold
from retention.holding.known import known_hold


@dataclass(frozen=True)
class ContactExplainer:
    """The use case of asking why a campaign did, or did not, contact a lead."""

    core: Core
    assignments: AssignmentService

    def explain(self, campaign_id: str, lead_id: str) -> CampaignLeadView:
        """The assignment of a lead to a campaign, with its contacts. Reads only.

        Raises:
            NotFoundError: the lead is not assigned to it, or there is no such campaign.
        """
        assignment = self.assignments.get(campaign_id, lead_id)
        found = [one for one in contacts_of(self.core, lead_id, campaign_id) if one.n > assignment.base]
        found.sort(key=lambda one: (one.executed_at or one.scheduled_at or one.held_due_at or self.core.now(), one.id))
        # Read afresh: nobody who asks why wants to hear what was true some seconds ago.
        loader = Loader(self.core, {CampaignContact.__name__: ContactKind(self.core, Configuration(self.core))})
        errands = loader.load([Work(type(one).__name__, one.id) for one in found if one.is_open])
        by_id = {work.id: errand for work, errand in errands.items()}
        hold = known_hold(self.core)
        return CampaignLeadView.model_construct(
            **vars(assignment), contacts=[self._explained(one, by_id.get(one.id), hold) for one in found]
        )

    def _explained(self, contact: CampaignContact, errand: Errand | None, hold: Hold) -> ExplainedContact:
        now = self.core.now()
        how = standing.of_execution(contact, errand, now, hold)
        history = list(contact.history or [])
        if history and history[-1]["code"] == how.reason:
            history.pop()
        preview = None
        if how.state == "scheduled" and errand is not None:
            preview = Previewer(self.core, account_rules(self.core.settings), hold).preview(errand, now)
        return ExplainedContact.model_construct(
            id=contact.id,
            channel=contact.channel,
            state=how.state,
            reason=how.reason,
            sentence=sentence_of(how.reason),
            rule=rule_of(how.reason),
            inputs=how.inputs,
            contact_attempt_id=contact.contact_attempt_id,
            scheduled_at=contact.scheduled_at,
            executed_at=contact.executed_at,
            held_since=contact.held_since,
            preview=preview,
            history=decisions(history),
        )
