"""Which plan carries out which job: by its task, and by the kind of what it is done to.

Each is loaded when a job asks for it first: functions that begin jobs run few of them, and would pay for all at every
cold start.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from retention.jobs.runner import Plan

#: Where they are: a module, and what it calls the plan, or its plans by what they carry out.
_WHERE: Final[Mapping[tuple[str, str], str]] = {
    **{
        ("delete", kind): "deletion.plans:PLANS"
        for kind in (
            "Lead", "Campaign", "RetentionSequence", "SequenceStep", "Script", "SequenceEnrollment", "ABTest",
            "CampaignLead", "ContactAttempt", "IntegrationConfig", "WebhookEndpoint",
        )
    },
    **{
        (task, "RetentionSequence"): "sequences.followthrough:PLANS"
        for task in ("activate", "pause", "resume", "archive")
    },
    **{(task, "Campaign"): "campaigns.following:PLANS" for task in ("start", "pause", "resume", "complete")},
    ("evaluate", "Campaign"): "campaigns.watching:PLAN",
    ("evaluate", "RetentionSequence"): "sequences.evaluating:PLAN",
    ("stop", "Lead"): "engine.stopping:PLAN",
    ("erase", "Lead"): "erasure.plan:PLAN",
    ("judge", "ABTest"): "experiments.ending:PLAN",
    ("learn", "ConversionRule"): "learning.teaching:PLAN",
    ("publish", "IntegrationConfig"): "integrations.publishing:PLAN",
    ("publish", "InboundWebhook"): "intake.opening:PLAN",
    ("recount", "Figures"): "stats.recounting:PLAN",
    ("inspect", "Import"): "imports.stages:INSPECTION",
    ("import", "Import"): "imports.stages:TAKING_IN",
    ("export", "Export"): "exports.making:PLANS",
}  # fmt: skip


class _Plans(Mapping[tuple[str, str], Plan]):
    """The plans, by what they carry out."""

    def __getitem__(self, what: tuple[str, str]) -> Plan:
        module, name = _WHERE[what].split(":")
        found = getattr(import_module(f"retention.{module}"), name)
        if isinstance(found, Plan):
            return found
        plan: Plan = found[what] if what in found else found[what[1]]
        return plan

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


PLANS: Final[Mapping[tuple[str, str], Plan]] = _Plans()
