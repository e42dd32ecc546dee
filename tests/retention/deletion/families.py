"""A parent of each kind with so many children of every kind that its deletion concerns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.conversions.model import Conversion
from retention.deletion.service import Deleted
from retention.entity import Entity
from retention.experiments.model import ABTest
from retention.scripts.model import Script
from retention.sequences.model import SequenceEnrollment, SequenceStep, SequenceStepExecution
from tests import factories as make
from tests.start import START


@dataclass(frozen=True)
class Family:
    """What is in the table, how the parent is deleted, and what is to be left of each kind of child."""

    entities: list[Entity]
    delete: Callable[[Application], Deleted]
    #: Children that go, and children that stay without their parent: kind, field, how many.
    gone: list[type[Entity]]
    kept: list[tuple[type[Entity], str]]
    #: The key of the parent's own item.
    parent: tuple[type[Entity], str]


def _leads(count: int) -> list[Any]:
    return [make.a_lead() for _ in range(count)]


def _with_contacts(leads: list[Any]) -> list[Entity]:
    return [*leads, *(make.a_contact(lead) for lead in leads)]


def of_lead(children: int) -> Family:
    lead = make.a_lead()
    campaigns = [make.a_campaign() for _ in range(children)]
    sequences = [make.a_sequence() for _ in range(children)]
    steps = [make.a_step(sequence) for sequence in sequences]
    enrollments = [make.an_enrollment(lead, sequence) for sequence in sequences]
    attempts = [make.an_attempt(lead) for _ in range(children)]
    executions = [
        make.an_execution(enrollment, step, status="SENT", executed_at=START, contact_attempt_id=attempt.id)
        for enrollment, step, attempt in zip(enrollments, steps, attempts, strict=True)
    ]
    conversions = [
        item for attempt in attempts for item in make.a_conversion(lead_id=lead.id, contact_attempt_id=attempt.id)
    ]
    assignments = [make.an_assignment(lead, campaign) for campaign in campaigns]
    return Family(
        [
            *_with_contacts([lead]), *campaigns, *sequences, *steps, *assignments, *enrollments, *attempts,
            *executions, *conversions,
        ],
        lambda app: app.deletion.lead(lead.id),
        [CampaignLead, SequenceEnrollment, SequenceStepExecution, ContactAttempt],
        [(Conversion, "lead_id"), (Conversion, "contact_attempt_id")],
        (type(lead), lead.id),
    )  # fmt: skip


def of_campaign(children: int) -> Family:
    campaign = make.a_campaign()
    leads = _leads(children)
    return Family(
        [
            campaign,
            *_with_contacts(leads),
            *(make.an_assignment(lead, campaign) for lead in leads),
            *(make.an_attempt(lead, campaign_id=campaign.id) for lead in leads),
            *(make.a_test(campaign) for _ in leads),
            *(make.a_script(campaign_id=campaign.id) for _ in leads),
            *(item for lead in leads for item in make.a_conversion(lead_id=lead.id, campaign_id=campaign.id)),
        ],
        lambda app: app.deletion.campaign(campaign.id),
        [CampaignLead, ABTest],
        [(ContactAttempt, "campaign_id"), (Script, "campaign_id"), (Conversion, "campaign_id")],
        (type(campaign), campaign.id),
    )


def of_sequence(children: int) -> Family:
    sequence = make.a_sequence()
    steps = [make.a_step(sequence, step_order=number) for number in range(children)]
    leads = _leads(children)
    enrollments = [make.an_enrollment(lead, sequence) for lead in leads]
    executions = [
        make.an_execution(enrollment, steps[number], status="SCHEDULED", scheduled_at=START, due_at=START)
        for number, enrollment in enumerate(enrollments)
    ]
    return Family(
        [sequence, *steps, *_with_contacts(leads), *enrollments, *executions],
        lambda app: app.deletion.sequence(sequence.id),
        [SequenceStep, SequenceEnrollment, SequenceStepExecution],
        [],
        (type(sequence), sequence.id),
    )


def of_script(children: int) -> Family:
    script = make.a_script()
    sequence = make.a_sequence()
    leads = _leads(children)
    return Family(
        [
            script,
            sequence,
            *(make.a_step(sequence, script_id=script.id) for _ in leads),
            *_with_contacts(leads),
            *(make.an_attempt(lead, script_id=script.id) for lead in leads),
        ],
        lambda app: app.deletion.script(script.id),
        [],
        [(SequenceStep, "script_id"), (ContactAttempt, "script_id")],
        (type(script), script.id),
    )


def of_step(children: int) -> Family:
    sequence = make.a_sequence()
    step = make.a_step(sequence)
    leads = _leads(children)
    enrollments = [make.an_enrollment(lead, sequence) for lead in leads]
    return Family(
        [
            sequence,
            step,
            *_with_contacts(leads),
            *enrollments,
            *(make.an_execution(enrollment, step, status="SENT", executed_at=START) for enrollment in enrollments),
        ],
        lambda app: app.deletion.step(sequence.id, step.id),
        [SequenceStepExecution],
        [],
        (type(step), step.id),
    )


def of_enrollment(children: int) -> Family:
    lead, sequence = make.a_lead(), make.a_sequence()
    enrollment = make.an_enrollment(lead, sequence)
    steps = [make.a_step(sequence) for _ in range(children)]
    return Family(
        [
            *_with_contacts([lead]),
            sequence,
            enrollment,
            *steps,
            *(make.an_execution(enrollment, step, status="SENT", executed_at=START) for step in steps),
        ],
        lambda app: app.deletion.enrollment(enrollment.id),
        [SequenceStepExecution],
        [],
        (type(enrollment), enrollment.id),
    )


def of_attempt(children: int) -> Family:
    lead, sequence = make.a_lead(), make.a_sequence()
    enrollment = make.an_enrollment(lead, sequence)
    steps = [make.a_step(sequence) for _ in range(children)]
    attempt = make.an_attempt(lead)
    sent = {"status": "SENT", "executed_at": START, "contact_attempt_id": attempt.id}
    return Family(
        [
            *_with_contacts([lead]),
            sequence,
            enrollment,
            *steps,
            attempt,
            *(make.an_execution(enrollment, step, **sent) for step in steps),
            *(item for _ in steps for item in make.a_conversion(lead_id=lead.id, contact_attempt_id=attempt.id)),
        ],
        lambda app: app.deletion.attempt(attempt),
        [],
        [(SequenceStepExecution, "contact_attempt_id"), (Conversion, "contact_attempt_id")],
        (type(attempt), attempt.id),
    )


FAMILIES = {
    maker.__name__.removeprefix("of_"): maker
    for maker in (of_lead, of_campaign, of_sequence, of_script, of_step, of_enrollment, of_attempt)
}
