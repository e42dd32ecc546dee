"""What new leads of a file set off: sequences, campaigns and conversions that wait; once, and nobody else."""

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.conversions.model import UnmatchedConversion
from retention.leads.model import LeadInput
from retention.sequences.triggering import FIRST_PAUSE
from tests import factories as make
from tests.integrity import count, problems
from tests.retention.conversions.tracker import Tracker
from tests.retention.imports.giving import everything, given, leads_of, taken_in
from tests.retention.sequences.news import arrivals, enrolled, look
from tools.bench_engine.cost import counting

pytestmark = pytest.mark.usefixtures("bucket")

HEADER = "first name,last name,email,external id,source\n"
ADA = "Ada,Lovelace,ada@example.com,crm-1,Facebook\n"
BOB = "Bob,Builder,bob@example.com,crm-2,fair\n"


def a_sequence(app: Application, **step: str) -> str:
    """A sequence that takes new leads."""
    sequence = make.a_sequence(status="ACTIVE", trigger_type="new_lead", trigger_config={})
    make.load(app, [sequence, make.a_step(sequence, **step)])
    return sequence.id


def test_new_leads_are_enrolled_once_and_known_ones_are_not(app: Application, clock: ManualClock) -> None:
    app.intake.create(LeadInput(first_name="Bob", last_name="B", email="bob@example.com"))
    look(app, clock)
    sequence = a_sequence(app)

    for _ in range(2):
        taken_in(app, given(app, HEADER + ADA + BOB), on_duplicate="update")
    clock.advance(FIRST_PAUSE)
    look(app, clock)

    ada, _ = leads_of(app)
    assert enrolled(app, sequence) == [ada.id]
    assert problems(app) == []


def test_a_campaign_takes_those_of_its_sources_and_no_more_than_it_may(app: Application) -> None:
    rule = {"autoAssign": {"sources": ["META"], "maxLeads": 3}}
    campaign = make.a_campaign(status="ACTIVE", settings=rule)
    make.load(app, [campaign])
    rows = [f"P{n},Q,p{n}@example.com,,{'Facebook' if n % 2 else 'fair'}\n" for n in range(20)]

    taken_in(app, given(app, HEADER + "".join(rows)))

    sources = {lead.id: lead.source for lead in leads_of(app)}
    taken = [row["leadId"]["S"] for row in everything(app, CampaignLead.__name__)]
    assert [sources[one] for one in taken] == ["META"] * 3


def test_conversions_that_wait_for_an_external_id_get_their_lead(app: Application) -> None:
    tracker = Tracker(app)
    tracker.send(tid="1", external_id="crm-2", status="sale", payout="21")

    taken_in(app, given(app, HEADER + ADA + BOB))

    ada, bob = leads_of(app)
    assert ({one.lead_id for one in tracker.conversions()}, bob.status, ada.status) == ({bob.id}, "CONVERTED", "NEW")
    assert (count(app, UnmatchedConversion), arrivals(app)) == (0, [])
    assert problems(app) == []


def test_a_lead_that_a_sequence_could_not_take_is_looked_at_again(app: Application, clock: ManualClock) -> None:
    bad, good = a_sequence(app, delay_unit="MOONS"), a_sequence(app)

    taken_in(app, given(app, HEADER + ADA))

    (ada,) = leads_of(app)
    assert (enrolled(app, good), enrolled(app, bad)) == ([ada.id], [])
    (step,) = app.sequences.find(bad).steps
    make.load(app, [step.model_copy(update={"delay_unit": "HOURS"})])
    clock.advance(FIRST_PAUSE)
    look(app, clock)
    assert (enrolled(app, good), enrolled(app, bad), arrivals(app)) == ([ada.id], [ada.id], [])
    assert problems(app) == []


def test_where_nobody_waits_for_new_leads_they_cost_no_look(app: Application) -> None:
    rows = [f"P{n},Q,p{n}@example.com,crm-{n},\n" for n in range(200)]
    one = given(app, HEADER + "".join(rows))

    with counting(app) as cost:
        taken_in(app, one)

    assert len(leads_of(app)) == 200
    # Sequences and campaigns once for all, and whether a conversion waits for one of fifty external ids.
    assert (cost.count("Query"), cost.count("ExecuteStatement")) == (2, 4)
    # In a transaction an item costs two units: lead, contact item, claim, external id; and one for the listing index.
    # The rest is for figures, and for the progress of the import and its job.
    assert cost.write_units <= 200 * 9 + 150
