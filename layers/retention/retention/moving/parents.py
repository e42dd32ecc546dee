"""What must be there for an item to be: an archive holds no child without its parent, and an import takes none in."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from retention.attempts.model import ContactAttempt, DirectContact
from retention.budgets.model import Charge
from retention.campaigns.model import AutoAssigned, Campaign, CampaignContact, CampaignLead, FormerAssignment
from retention.conversions.model import (
    Conversion,
    ConversionOfClickId,
    ConversionOfLead,
    ConversionOfSource,
    ConversionOfSubId,
    ConversionRule,
    ConversionRuleClaim,
    UnmatchedConversion,
)
from retention.entity import Entity
from retention.experiments.model import ABTest, Exposure, RunningABTest
from retention.ids import split
from retention.intake.model import InboundWebhook, InboundWebhookSlug
from retention.leads.model import Contact, EmailClaim, ExternalReference, Lead, PhoneClaim
from retention.moving.former import FormerId, lead_of
from retention.replies.model import Reply
from retention.reports.transcripts import Transcript
from retention.scripts.model import Script, ScriptBody
from retention.sequences.model import (
    Arrival,
    Generation,
    RetentionSequence,
    SequenceEnrollment,
    SequenceStep,
    SequenceStepExecution,
)
from retention.table.keys import Key, key

Parent = tuple[type[Entity], Key]
_Finder = Callable[[Any], Parent]


def _root(kind: type[Entity], field: str) -> _Finder:
    """A parent that lives under its id alone."""
    return lambda item: (kind, key(kind.__name__, id=getattr(item, field)))


def _test(item: RunningABTest | Exposure) -> Parent:
    campaign_id, local_id = split(item.test_id, 2) or ("", "")
    return ABTest, key(ABTest.__name__, campaign_id=campaign_id, local_id=local_id)


def _assignment(item: CampaignContact) -> Parent:
    return CampaignLead, key(CampaignLead.__name__, lead_id=item.lead_id, campaign_id=item.campaign_id)


def _enrollment(item: SequenceStepExecution) -> Parent:
    return SequenceEnrollment, key(SequenceEnrollment.__name__, lead_id=item.lead_id, sequence_id=item.sequence_id)


def _step(item: SequenceStepExecution) -> Parent:
    return SequenceStep, key(SequenceStep.__name__, sequence_id=item.sequence_id, id=item.step_id)


def _attempt(item: Transcript) -> Parent:
    return ContactAttempt, key(ContactAttempt.__name__, lead_id=item.lead_id, id=item.contact_attempt_id)


_CAMPAIGN: Final = _root(Campaign, "campaign_id")
_LEAD: Final = _root(Lead, "lead_id")
_SEQUENCE: Final = _root(RetentionSequence, "sequence_id")
_CONVERSION: Final = _root(Conversion, "conversion_id")
_PARENTS: Final[Mapping[type[Entity], tuple[_Finder, ...]]] = {
    SequenceStep: (_SEQUENCE,),
    ABTest: (_CAMPAIGN,),
    CampaignLead: (_LEAD, _CAMPAIGN),
    SequenceEnrollment: (_LEAD, _SEQUENCE),
    ContactAttempt: (_LEAD,),
    SequenceStepExecution: (_LEAD, _enrollment, _step),
    ScriptBody: (_root(Script, "script_id"),),
    RunningABTest: (_test,),
    ConversionRuleClaim: (_root(ConversionRule, "rule_id"),),
    AutoAssigned: (_CAMPAIGN,),
    InboundWebhookSlug: (_root(InboundWebhook, "webhook_id"),),
    Contact: (_LEAD,),
    EmailClaim: (_LEAD,),
    PhoneClaim: (_LEAD,),
    ExternalReference: (_LEAD,),
    FormerAssignment: (_LEAD,),
    Generation: (_LEAD,),
    CampaignContact: (_LEAD, _assignment),
    DirectContact: (_LEAD,),
    Exposure: (_LEAD, _test),
    Transcript: (_LEAD, _attempt),
    Reply: (_LEAD,),
    ConversionOfLead: (_LEAD, _CONVERSION),
    ConversionOfSubId: (_CONVERSION,),
    ConversionOfClickId: (_CONVERSION,),
    ConversionOfSource: (_CONVERSION,),
    UnmatchedConversion: (_CONVERSION,),
    Charge: (_LEAD,),
    Arrival: (_LEAD,),
}
#: Kinds that others are children of.
PARENTS: Final[frozenset[str]] = frozenset(
    kind.__name__
    for kind in (
        Lead, Campaign, CampaignLead, RetentionSequence, SequenceStep, SequenceEnrollment, ContactAttempt, Script,
        ABTest, ConversionRule, InboundWebhook, Conversion,
    )
)  # fmt: skip


def parents_of(item: Entity) -> list[Parent]:
    """What must be there for an item to be; most specific last."""
    if isinstance(item, FormerId):
        lead_id = lead_of(item)
        return [] if lead_id is None else [(Lead, key(Lead.__name__, id=lead_id))]
    return [find(item) for find in _PARENTS.get(type(item), ())]
