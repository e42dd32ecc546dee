"""What telling costs, in requests and in write units as the table reports them."""

from retention.leads.model import LeadInput
from tests.retention.outbound.receiver import Say
from tests.retention.outbound.team import Team
from tools.bench_engine.cost import counting


def test_what_happens_costs_four_units_more_for_each_endpoint_that_wants_it(team: Team) -> None:
    leads = [team.app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace")).lead for _ in range(3)]
    costs = []
    for lead in leads:
        with counting(team.app) as cost:
            team.app.leads.stop(lead.id, "DO_NOT_CONTACT")
        costs.append(cost)
        team.endpoint(events=["lead.stopped"])

    nobody, one, two = (cost.write_units for cost in costs)
    assert (one - nobody, two - one) == (4, 4)
    assert [cost.count("TransactWriteItems") for cost in costs] == [1, 1, 1]


def test_a_delivery_that_is_taken_costs_four_requests_and_three_units(team: Team) -> None:
    team.endpoint()
    team.happens("c1")
    delivery = team.only().id

    with counting(team.app) as cost:
        team.app.deliverer.deliver([delivery])

    assert cost.requests == ["BatchGetItem", "BatchGetItem", "PutItem", "PutItem"]
    assert cost.write_units == 3


def test_25_together_share_their_reads(team: Team) -> None:
    team.endpoint()
    for number in range(25):
        team.happens(f"c{number}")
    ids = [one.id for one in team.all()]

    with counting(team.app) as cost:
        team.app.deliverer.deliver(ids)

    assert cost.count("BatchGetItem") == 2
    assert cost.count("PutItem") == 50


def test_a_try_that_fails_costs_four_units_and_the_first_of_an_endpoint_one_more(team: Team) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(500)
    team.happens("c1")
    team.happens("c2")
    first, second = (one.id for one in team.all())

    with counting(team.app) as one:
        team.app.deliverer.deliver([first])
    with counting(team.app) as other:
        team.app.deliverer.deliver([second])

    assert (one.write_units, other.write_units) == (5, 4)
