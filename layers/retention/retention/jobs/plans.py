"""Which plan carries out which job: by its task, and by the kind of what it is done to."""

from collections.abc import Mapping
from typing import Final

from retention.deletion.plans import PLANS as DELETIONS
from retention.engine import stopping
from retention.intake import opening
from retention.intake.model import InboundWebhook
from retention.integrations import publishing
from retention.integrations.model import IntegrationConfig
from retention.jobs.runner import Plan
from retention.leads.model import Lead
from retention.sequences import evaluating, followthrough
from retention.sequences.model import RetentionSequence

PLANS: Final[Mapping[tuple[str, str], Plan]] = {
    **{("delete", kind): plan for kind, plan in DELETIONS.items()},
    **followthrough.PLANS,
    ("stop", Lead.__name__): stopping.PLAN,
    ("publish", IntegrationConfig.__name__): publishing.PLAN,
    ("publish", InboundWebhook.__name__): opening.PLAN,
    ("evaluate", RetentionSequence.__name__): evaluating.PLAN,
}
