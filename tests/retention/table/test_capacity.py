"""What operations cost, in requests and in write units as the table reports them."""

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import LEAD_STATUSES
from retention.table.layouts import LEAD_SHARDS
from tests import factories as make
from tests.api_client import ApiClient
from tests.retention.deletion.families import FAMILIES
from tests.retention.deletion.test_rules import work_off
from tools.bench_engine.cost import counting

LEAD = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+12025550100"}


def test_a_new_lead_costs_one_request_after_its_reads(api: ApiClient) -> None:
    with counting(api.app) as cost:
        assert api.post("/v1/leads", LEAD).status == 201

    assert cost.requests == ["BatchGetItem", "TransactWriteItems"]
    # In a transaction an item costs two units: lead, contact item, two claims; and one for the listing index. The
    # arrival, which has the triggers look at the lead, costs three, with its place among what is due. The figures of
    # the account cost two.
    assert cost.write_units == 9 + 3 + 2


def test_reading_a_lead_costs_one_request(api: ApiClient) -> None:
    path = api.post("/v1/leads", LEAD).headers["Location"]

    with counting(api.app) as cost:
        assert api.get(path).status == 200

    assert cost.requests == ["BatchGetItem"]


def test_a_change_costs_two_requests_and_one_unit_where_no_index_moves(api: ApiClient) -> None:
    path = api.post("/v1/leads", LEAD).headers["Location"]

    with counting(api.app) as cost:
        assert api.patch(path, {"notes": "called back"}).status == 200

    assert cost.requests == ["BatchGetItem", "PutItem"]
    assert cost.write_units == 1


def test_an_assignment_costs_one_transaction_of_at_most_ten_units(api: ApiClient) -> None:
    lead, campaign = make.a_lead(), make.a_campaign()
    make.load(api.app, [lead, make.a_contact(lead), campaign])

    with counting(api.app) as cost:
        assert api.post(f"/v1/campaigns/{campaign.id}/leads", {"leadId": lead.id}).status == 201

    assert cost.count("TransactWriteItems") == 1
    assert cost.write_units <= 10


def test_an_enrollment_costs_one_transaction_of_at_most_eleven_units(api: ApiClient) -> None:
    lead, sequence = make.a_lead(), make.a_sequence(status="ACTIVE")
    make.load(api.app, [lead, make.a_contact(lead), sequence, make.a_step(sequence)])

    with counting(api.app) as cost:
        reply = api.post(f"/v1/sequences/{sequence.id}/enrollments", {"leadId": lead.id})
        assert reply.status == 201

    assert cost.count("TransactWriteItems") == 1
    # Nine, and two for the figures of the sequence.
    assert cost.write_units <= 9 + 2


def test_a_page_of_fifty_costs_one_round_of_queries_and_one_batch_read(api: ApiClient) -> None:
    leads = [make.a_lead() for _ in range(120)]
    make.load(api.app, [*leads, *(make.a_contact(lead) for lead in leads)])

    with counting(api.app) as cost:
        assert len(api.get("/v1/leads?limit=50").json["data"]) == 50

    assert cost.count("Query") == LEAD_SHARDS * len(LEAD_STATUSES)
    assert cost.count("BatchGetItem") == 1


#: Units that a child costs: a delete, an index, the mark. What counts for figures goes in transactions with what it
#: counts for, at two units an item: attempts, enrollments, executions. What may be under way goes in a transaction of
#: its own, with the version of its lead: enrollments of a sequence, and who waits for a step and goes on to the next.
PER_CHILD = {"lead": 4.8, "enrollment": 3.6, "sequence": 4.2, "step": 9.3}


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_cascade_costs_at_most_a_few_units_for_each_child(app: Application, clock: ManualClock, kind: str) -> None:
    family = FAMILIES[kind](200)
    make.load(app, family.entities)

    with counting(app) as cost:
        family.delete(app)
        work_off(app, clock)

    children = 200 * (len(family.gone) + len({entity for entity, _ in family.kept}))
    assert cost.write_units / children <= PER_CHILD.get(kind, 3.1)
