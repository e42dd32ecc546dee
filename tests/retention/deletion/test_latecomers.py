"""Children that are created while their parent is being deleted: refused, or gone with it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.errors import InvalidInputError, NotFoundError
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from tests import factories as make
from tests.integrity import count, problems
from tests.retention.deletion.test_rules import work_off

#: Creators at work while the parent goes.
CREATORS = 8
#: Leads that each creator tries to attach.
EACH = 15


def create_while_deleting(app: Application, create: Callable[[str], object], delete: Callable[[], object]) -> None:
    """Create children from several threads; delete the parent once some of them are there."""
    leads = [make.a_lead() for _ in range(CREATORS * EACH)]
    make.load(app, [*leads, *(make.a_contact(lead) for lead in leads)])
    some_are_there = threading.Barrier(CREATORS + 1)

    def creator(number: int) -> None:
        for position, lead in enumerate(leads[number::CREATORS]):
            with suppress(NotFoundError, InvalidInputError):
                create(lead.id)
            if position == 2:
                some_are_there.wait()

    with ThreadPoolExecutor(CREATORS) as pool:
        working = [pool.submit(creator, number) for number in range(CREATORS)]
        some_are_there.wait()
        delete()
        for work in working:
            work.result()


@pytest.mark.parametrize("_round", range(3))
def test_assignments_do_not_outlive_a_campaign_that_is_deleted_meanwhile(
    app: Application, clock: ManualClock, _round: int
) -> None:
    campaign = make.a_campaign()
    make.load(app, [campaign])

    create_while_deleting(
        app,
        lambda lead_id: app.assignments.create(campaign.id, lead_id),
        lambda: app.deletion.campaign(campaign.id),
    )
    work_off(app, clock)

    assert count(app, CampaignLead) == 0
    assert problems(app) == []


@pytest.mark.parametrize("_round", range(3))
def test_enrollments_do_not_outlive_a_sequence_that_is_deleted_meanwhile(
    app: Application, clock: ManualClock, _round: int
) -> None:
    sequence = make.a_sequence(status="ACTIVE")
    make.load(app, [sequence, make.a_step(sequence)])

    create_while_deleting(
        app,
        lambda lead_id: app.enrolling.enroll(sequence.id, lead_id),
        lambda: app.deletion.sequence(sequence.id),
    )
    work_off(app, clock)

    assert (count(app, SequenceEnrollment), count(app, SequenceStepExecution)) == (0, 0)
    assert problems(app) == []


@pytest.mark.parametrize("_round", range(3))
def test_nothing_is_created_for_a_lead_that_is_deleted_meanwhile(
    app: Application, clock: ManualClock, _round: int
) -> None:
    lead = make.a_lead()
    make.load(app, [lead, make.a_contact(lead)])
    campaigns = [make.a_campaign() for _ in range(40)]
    make.load(app, campaigns)
    with ThreadPoolExecutor(CREATORS + 1) as pool:
        creators = [pool.submit(app.assignments.create, campaign.id, lead.id) for campaign in campaigns]
        deleting = pool.submit(app.deletion.lead, lead.id)
        outcomes = [work.exception() for work in creators]
        deleting.result()
    work_off(app, clock)

    assert all(outcome is None or isinstance(outcome, NotFoundError | InvalidInputError) for outcome in outcomes)
    assert count(app, CampaignLead) == 0
    assert problems(app) == []
