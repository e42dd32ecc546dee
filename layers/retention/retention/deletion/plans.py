"""Who goes and who is detached when a parent is deleted: the seventeen rules of the data model.

Lead        its partition goes: assignments, enrollments, executions, attempts. Conversions are detached.
Campaign    assignments and A/B tests go, these as below. Scripts, attempts and conversions are detached.
Sequence    steps, enrollments and executions go.
Script      steps and attempts are detached.
Assignment  its contacts go.
Step, enrollment    executions go; who waits for a step goes on to the next one.
Test        what was counted for it goes: an exposure on each of its leads.
Attempt     executions and conversions are detached; the transcript of a call goes.
Integration its secrets are forgotten (integrations/forgetting).
Endpoint    its secrets and its log are forgotten (outbound/secrets).

Where children are created on the strength of a parent that was read a moment before (campaign, sequence, script, step,
test), the parent stays as a tombstone until no such creator can be under way, and everything is done once more. Where
children are created in one transaction with a check of the parent (lead, attempt, enrollment), once is enough.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from retention.attempts.model import ContactAttempt
from retention.budgets.model import Spending
from retention.campaigns.model import Campaign, CampaignContact, CampaignLead
from retention.conversions.model import Conversion
from retention.core import Core
from retention.deletion import campaigns, sequences
from retention.deletion.chunks import counted_in, detach, in_chunks, owned, remove, remove_counted, scan, uncounted_in
from retention.entity import Entity
from retention.experiments.model import ABTest, RunningABTest
from retention.experiments.removing import remove_figures
from retention.integrations import forgetting
from retention.integrations.model import IntegrationConfig
from retention.jobs.runner import Chunk, Plan, Stage
from retention.leads.model import Lead
from retention.moving.former import former_ids_in
from retention.outbound import secrets as endpoint_secrets
from retention.outbound.endpoint import WebhookEndpoint
from retention.reports.transcripts import transcript_key
from retention.scripts.model import Script
from retention.sequences.model import (
    RetentionSequence,
    SequenceEnrollment,
    SequenceStep,
    SequenceStepExecution,
)
from retention.stats.contributing import campaign_scope, sequence_scope
from retention.stats.scopes import shares_of
from retention.table import keys
from retention.table.keys import key, key_of
from retention.table.store import raw_key

Target = Mapping[str, str]

#: The place of a scan that has seen everything: to begin again would find the same pages for ever.
_SCANNED: Final = "end"


# --- lead ------------------------------------------------------------------------------------------------------


def _lead_conversions(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    """Detach the conversions of a lead, then remove the pointers to them."""
    pk = key("Lead", id=target["leadId"]).pk
    rows = core.store.query(pk, starts_with=keys.prefix("ConversionOfLead", lead_id=target["leadId"]))
    for chunk in in_chunks(rows):
        conversions = [key("Conversion", id=row["conversionId"]["S"]) for row in chunk]
        count = detach(
            core,
            Conversion,
            conversions,
            lambda row: row.lead_id == target["leadId"],
            lead_id=None,
            contact_attempt_id=None,
        )
        remove(core, [raw_key(row) for row in chunk])
        yield Chunk(detached=count)


def lead_partition(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    """Remove what else is in a lead's partition, except the lead itself and its contact item."""
    lead = key("Lead", id=target["leadId"])
    kept = {lead, key("Contact", lead_id=target["leadId"])}
    doomed = (row for row in core.store.query(lead.pk) if raw_key(row) not in kept)
    for chunk in in_chunks(doomed):
        # The pointers first: who dies in between finds the notes of them again.
        former = remove(core, former_ids_in(chunk))
        yield Chunk(removed=former + remove_counted(core, counted_in(chunk)) + remove(core, uncounted_in(chunk)))


def finish_lead(core: Core, target: Target) -> None:
    """Remove the lead itself and its contact item, the last of it."""
    remove(core, [key("Lead", id=target["leadId"]), key("Contact", lead_id=target["leadId"])])


# --- campaign --------------------------------------------------------------------------------------------------


def _campaign_tests(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Mark the tests, which then take no new exposures, and remove what was counted for them. They stay to the end."""
    rows = _rows_of_tests(core, target)
    remove(core, [raw_key(row) for row in rows if row["kind"]["S"] == RunningABTest.__name__])
    tests = [row for row in rows if row["kind"]["S"] == ABTest.__name__ and row["sk"]["S"] > (checkpoint or "")]
    for chunk in in_chunks(tests):
        marked = detach(core, ABTest, list(map(raw_key, chunk)), lambda test: not test.deleting, deleting=True)
        for part in remove_figures(core, [row["id"]["S"] for row in chunk]):
            yield replace(part, checkpoint=checkpoint)
        checkpoint = chunk[-1]["sk"]["S"]
        yield Chunk(removed=marked, checkpoint=checkpoint)


def _rows_of_tests(core: Core, target: Target) -> list[dict[str, Any]]:
    starts_with = keys.prefix("ABTest", campaign_id=target["id"])
    return list(core.store.query(keys.partitions("ABTest")[0], starts_with=starts_with))


def _finish_campaign(core: Core, target: Target) -> None:
    tests = (raw_key(row) for row in _rows_of_tests(core, target))
    remove(core, [*tests, key("AutoAssigned", campaign_id=target["id"]), key("Campaign", id=target["id"])])


def _detach_owned(entity: type[ContactAttempt] | type[Conversion]) -> Stage:
    def stage(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
        for chunk in in_chunks(owned(core, entity.__name__, campaign_id=target["id"])):
            count = detach(core, entity, chunk, lambda row: row.campaign_id == target["id"], campaign_id=None)
            yield Chunk(detached=count)

    return stage


def _campaign_scripts(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    scripts = core.store.query_entities(Script, keys.partitions("Script")[0])
    mine = (key_of(script) for script in scripts if script.campaign_id == target["id"])
    for chunk in in_chunks(mine):
        count = detach(core, Script, chunk, lambda row: row.campaign_id == target["id"], campaign_id=None)
        yield Chunk(detached=count)


def _remove_tombstone(entity: type[Entity]) -> Any:
    def finish(core: Core, target: Target) -> None:
        remove(core, [key(entity.__name__, **_names(target))])

    return finish


def _names(target: Target) -> dict[str, str]:
    """The key fields that a target holds, by the names that the key table uses."""
    names = {"leadId": "lead_id", "sequenceId": "sequence_id", "campaignId": "campaign_id", "localId": "local_id"}
    return {names.get(name, name): value for name, value in target.items() if name != "kind"}


# --- sequence (its enrollments, steps alone and enrollments alone: deletion/sequences) -------------------------------


def _sequence_steps(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    pk = keys.partitions("SequenceStep")[0]
    rows = core.store.query(pk, starts_with=keys.prefix("SequenceStep", sequence_id=target["id"]))
    for chunk in in_chunks(map(raw_key, rows)):
        yield Chunk(removed=remove(core, chunk))


# --- figures ---------------------------------------------------------------------------------------------------


def _figures_of(scope_of: Callable[[str], str]) -> Stage:
    """The tallies of a scope go last. What a count that comes later brings back, the recount removes."""

    def stage(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
        tallies = (row for pk in shares_of(scope_of(target["id"])) for row in core.store.query(pk))
        for chunk in in_chunks(map(raw_key, tallies)):
            remove(core, chunk)
            yield Chunk()

    return stage


def _budget_of(scope_of: Callable[[str], str]) -> Stage:
    """What was used of a budget; its charges go with their leads."""

    def stage(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
        (pk,) = keys.partitions(Spending.__name__, scope=scope_of(target["id"]))
        for rows in in_chunks(map(raw_key, core.store.query(pk))):
            remove(core, rows)
            yield Chunk()

    return stage


# --- script ----------------------------------------------------------------------------------------------------


def _script_steps(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    steps = core.store.query_entities(SequenceStep, keys.partitions("SequenceStep")[0])
    for chunk in in_chunks(key_of(step) for step in steps if step.script_id == target["id"]):
        count = detach(core, SequenceStep, chunk, lambda row: row.script_id == target["id"], script_id=None)
        yield Chunk(detached=count)


def _script_attempts(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Detach attempts by a scan: deleting a script is rare, and no attempt has to pay for an index because of it."""
    if checkpoint == _SCANNED:
        return
    for attempts, place in scan(core, ContactAttempt, checkpoint):
        mine = [key_of(attempt) for attempt in attempts if attempt.script_id == target["id"]]
        count = detach(core, ContactAttempt, mine, lambda row: row.script_id == target["id"], script_id=None)
        yield Chunk(detached=count, checkpoint=place or _SCANNED)


def _finish_script(core: Core, target: Target) -> None:
    remove(core, [key("Script", id=target["id"]), key("ScriptBody", script_id=target["id"])])


# --- test ------------------------------------------------------------------------------------------------------


def _test_figures(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    yield from remove_figures(core, [target["id"]])


# --- attempt ---------------------------------------------------------------------------------------------------


def _attempt_executions(core: Core, target: Target, _: Any) -> Iterator[Chunk]:
    pk = key("Lead", id=target["leadId"]).pk
    for kind in (SequenceStepExecution, CampaignContact):
        rows = core.store.query_entities(kind, pk, starts_with=keys.prefix(kind.__name__))
        mine = (key_of(one) for one in rows if one.contact_attempt_id == target["id"])
        for chunk in in_chunks(mine):
            count = detach(
                core, kind, chunk, lambda row: row.contact_attempt_id == target["id"], contact_attempt_id=None
            )
            yield Chunk(detached=count)


def _attempt_conversions(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Detach the conversions of an attempt, which are among its lead's. Their pointers stay, so the place is kept."""
    pk = key("Lead", id=target["leadId"]).pk
    prefix = keys.prefix("ConversionOfLead", lead_id=target["leadId"])
    for chunk in in_chunks(core.store.query(pk, starts_with=prefix, above=checkpoint)):
        found = [key("Conversion", id=row["conversionId"]["S"]) for row in chunk]
        count = detach(
            core, Conversion, found, lambda row: row.contact_attempt_id == target["id"], contact_attempt_id=None
        )
        yield Chunk(detached=count, checkpoint=chunk[-1]["sk"]["S"])


def _finish_attempt(core: Core, target: Target) -> None:
    where = key("ContactAttempt", lead_id=target["leadId"], id=target["id"])
    remove(core, [where, transcript_key(target["id"])])


PLANS: Final[Mapping[str, Plan]] = {
    Lead.__name__: Plan((_lead_conversions, lead_partition), finish_lead),
    Campaign.__name__: Plan(
        (
            campaigns.remove_assignments,
            _campaign_tests,
            _campaign_scripts,
            _detach_owned(ContactAttempt),
            _detach_owned(Conversion),
        ),
        _finish_campaign,
        settles=True,
        late=(_figures_of(campaign_scope), _budget_of(campaign_scope)),
    ),
    RetentionSequence.__name__: Plan(
        (sequences.remove_enrollments, _sequence_steps),
        _remove_tombstone(RetentionSequence),
        settles=True,
        late=(_figures_of(sequence_scope), _budget_of(sequence_scope)),
    ),
    SequenceStep.__name__: Plan((sequences.remove_executions_of_step,), _remove_tombstone(SequenceStep), settles=True),
    Script.__name__: Plan((_script_steps,), _finish_script, settles=True, late=(_script_attempts,)),
    SequenceEnrollment.__name__: Plan((sequences.remove_executions_of_enrollment,), sequences.forget_enrollment),
    ABTest.__name__: Plan((_test_figures,), _remove_tombstone(ABTest), settles=True),
    CampaignLead.__name__: Plan((campaigns.remove_contacts_of_assignment,), campaigns.forget_assignment),
    ContactAttempt.__name__: Plan((_attempt_executions, _attempt_conversions), _finish_attempt),
    IntegrationConfig.__name__: forgetting.PLAN,
    WebhookEndpoint.__name__: endpoint_secrets.PLAN,
}
