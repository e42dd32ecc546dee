"""What a campaign costs, counted at the wire: the figures of docs/campaigns.md."""

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.retention.campaigns.season import Season
from tools.bench_engine.cost import counting

#: Of starting, for each lead: a check of its contact item 2 (it is a transaction), the assignment 2, the contact 3 with
#: its place in the due index.
START_UNITS = 7
#: Of a contact that is accepted, at most: gate, contact, attempt with its places, assignment, contact item, 4 for the
#: lead's becoming a contacted one; and its part of the tallies, which the leads of a transaction share.
CONTACT_UNITS = 19
#: Requests to the table for it: two loads and a gate for 25, and two transactions in which they are settled.
CONTACT_REQUESTS = 0.3


def test_starting_is_a_few_requests_and_a_contact_one_transaction(app: Application, clock: ManualClock) -> None:
    season = Season(app, clock)
    campaign, leads = season.draft(), [season.lead() for _ in range(25)]
    for lead in leads:
        season.enroll(campaign, lead)

    with counting(app) as starting:
        season.start(campaign)

    # Four shards of leads: a transaction each at most, beside that of the verb.
    assert starting.requests.count("TransactWriteItems") <= 1 + 4
    assert starting.write_units <= 25 * START_UNITS + 30
    worker, due = season.worker(), season.due(*leads)

    with counting(app) as sending:
        report = worker.process(due)

    assert report.outcomes["sent"] == 25
    assert len(sending.requests) / 25 <= CONTACT_REQUESTS
    assert sending.write_units / 25 <= CONTACT_UNITS
