"""Which plan carries out which job: by its task, and by the kind of what it is done to."""

from collections.abc import Mapping
from typing import Final

from retention.campaigns import following, watching
from retention.campaigns.model import Campaign
from retention.conversions.model import ConversionRule
from retention.deletion.plans import PLANS as DELETIONS
from retention.engine import stopping
from retention.erasure import plan as erasing
from retention.experiments import ending
from retention.experiments.model import ABTest
from retention.exports import making
from retention.imports import stages
from retention.imports.model import Import
from retention.intake import opening
from retention.intake.model import InboundWebhook
from retention.integrations import publishing
from retention.integrations.model import IntegrationConfig
from retention.jobs.runner import Plan
from retention.leads.model import Lead
from retention.learning import teaching
from retention.sequences import evaluating, followthrough
from retention.sequences.model import RetentionSequence
from retention.stats import recounting
from retention.stats.service import KIND as FIGURES

PLANS: Final[Mapping[tuple[str, str], Plan]] = {
    **{("delete", kind): plan for kind, plan in DELETIONS.items()},
    **followthrough.PLANS,
    **following.PLANS,
    ("evaluate", Campaign.__name__): watching.PLAN,
    ("stop", Lead.__name__): stopping.PLAN,
    ("erase", Lead.__name__): erasing.PLAN,
    ("judge", ABTest.__name__): ending.PLAN,
    ("learn", ConversionRule.__name__): teaching.PLAN,
    ("publish", IntegrationConfig.__name__): publishing.PLAN,
    ("publish", InboundWebhook.__name__): opening.PLAN,
    ("evaluate", RetentionSequence.__name__): evaluating.PLAN,
    ("recount", FIGURES): recounting.PLAN,
    ("inspect", Import.__name__): stages.INSPECTION,
    ("import", Import.__name__): stages.TAKING_IN,
    **making.PLANS,
}
