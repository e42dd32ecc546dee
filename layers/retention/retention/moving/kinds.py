"""Which items an archive carries, in which order, and why it leaves the others behind."""

from collections.abc import Mapping
from typing import Final

from retention.attempts.model import ContactAttempt, DirectContact
from retention.budgets.model import Charge, Spending
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
from retention.intake.model import InboundWebhook, InboundWebhookSlug
from retention.integrations.model import IntegrationConfig
from retention.leads.model import Contact, EmailClaim, ExternalReference, Lead, PhoneClaim
from retention.moving.former import FormerId
from retention.outbound.endpoint import WebhookEndpoint
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
from retention.suppressions.model import LiftedSuppression, Suppression

#: The thirteen entities of the data model, in the order of an archive: what is referred to comes before what refers.
ENTITIES: Final[tuple[type[Entity], ...]] = (
    Campaign,
    Script,
    RetentionSequence,
    SequenceStep,
    ABTest,
    ConversionRule,
    IntegrationConfig,
    Lead,
    CampaignLead,
    SequenceEnrollment,
    ContactAttempt,
    SequenceStepExecution,
    Conversion,
)
#: What else belongs to an account, behind them. Suppressions first: whoever may not be contacted is known before what
#: is owed comes.
COMPANIONS: Final[tuple[type[Entity], ...]] = (
    Suppression,
    LiftedSuppression,
    ScriptBody,
    RunningABTest,
    ConversionRuleClaim,
    AutoAssigned,
    InboundWebhook,
    InboundWebhookSlug,
    WebhookEndpoint,
    Contact,
    EmailClaim,
    PhoneClaim,
    ExternalReference,
    FormerAssignment,
    Generation,
    CampaignContact,
    DirectContact,
    Exposure,
    Transcript,
    Reply,
    ConversionOfLead,
    ConversionOfSubId,
    ConversionOfClickId,
    ConversionOfSource,
    UnmatchedConversion,
    Spending,
    Charge,
    Arrival,
    FormerId,
)
CARRIED: Final[Mapping[str, type[Entity]]] = {kind.__name__: kind for kind in (*ENTITIES, *COMPANIONS)}

_OF_THE_STACK: Final = "is the stack's own, not the account's"
_PASSING: Final = "has done its duty when it is read once, and leaves by itself"
#: What is left behind.
LEFT_BEHIND: Final[Mapping[str, str]] = {
    "ApiKey": "opens this stack only: its hash is keyed with the stack's root secret",
    "BootstrapRetirement": _OF_THE_STACK,
    "Job": _OF_THE_STACK,
    "Import": _OF_THE_STACK,
    "Export": _OF_THE_STACK,
    "EndpointHealth": _OF_THE_STACK,
    "EndpointRegistry": "follows from the endpoints, and is brought up to them when an import has ended",
    "ProviderSlots": _OF_THE_STACK,
    "ProviderRest": _OF_THE_STACK,
    "SendingHold": _OF_THE_STACK,
    "Delivery": _PASSING,
    "ReceivedEvent": _PASSING,
    "IntakeActivity": _PASSING,
    "IdempotencyRecord": _PASSING,
    "FigureRepair": _PASSING,
    "FormerIdOfLead": "comes into being with the former id that it names",
    "Tally": "is the sum of what is carried, and comes into being with it",
    "RecountSheet": _OF_THE_STACK,
    "RecountPiece": _OF_THE_STACK,
}
