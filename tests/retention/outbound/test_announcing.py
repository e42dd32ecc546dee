"""What happens becomes deliveries: once, in its own transaction, and for nothing where nobody listens."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.jobs.sweep import Sweep
from retention.leads.contact import contact_key
from retention.leads.model import Contact, LeadInput
from retention.outbound.announcing import announced
from retention.outbound.model import Delivery
from retention.outbound.registry import KEPT, endpoints_wanted, remember_endpoints
from retention.suppressions.model import SuppressionInput
from retention.table.keys import key
from retention.table.writes import RefusedError, Require
from tests.integrity import problems
from tests.retention.engine.world import World
from tests.retention.outbound.team import Team, Woken, telling
from tools.bench_engine.cost import counting


def told(team: Team) -> list[tuple[str, str]]:
    """What the team's server was told: types and endpoints' paths."""
    return sorted((one.type, one.endpoint_id) for one in team.all())


def test_each_endpoint_is_told_what_it_wants_and_nothing_else(team: Team) -> None:
    conversions = team.endpoint(events=["conversion.recorded", "conversion.changed"])
    both = team.endpoint(events=["conversion.recorded", "lead.created"])
    team.endpoint(events=["conversion.recorded"], is_active=False)

    team.happens("c1")
    team.happens("c1", what="conversion.changed")
    team.happens("l1", what="lead.created")
    team.happens("l1", what="lead.stopped")

    assert told(team) == sorted(
        [
            ("conversion.recorded", conversions.id),
            ("conversion.changed", conversions.id),
            ("conversion.recorded", both.id),
            ("lead.created", both.id),
        ]
    )


def test_announced_twice_is_one_delivery_and_refuses_nobody(team: Team) -> None:
    team.endpoint()
    team.happens("c1", revenue=1)
    team.deliver()
    before = team.only()

    team.happens("c1", revenue=2)
    team.deliver()

    after = team.only()
    assert (after.status, after.payload, len(team.receiver.got)) == ("delivered", before.payload, 1)
    # It came back into the list of what is due, and was taken out of it again.
    team.clock.advance(60)
    assert Sweep(team.app.core.store, team.clock, Woken()).wake_due_deliveries().woken == 0
    assert problems(team.app) == []


def test_46_announcements_at_once_are_one_delivery(team: Team) -> None:
    team.endpoint()
    barrier = Barrier(46)

    def announce(_: int) -> None:
        barrier.wait(30)
        team.app.core.store.write(*announced(team.app.core, "conversion.recorded", "c1", {}))

    with ThreadPoolExecutor(46) as pool:
        list(pool.map(announce, range(46)))

    team.deliver()
    assert team.only().status == "delivered"
    assert len(team.receiver.got) == 1


def test_what_did_not_happen_is_not_told(team: Team) -> None:
    team.endpoint()
    core = team.app.core
    never = Require(Contact, contact_key("nobody"))

    with pytest.raises(RefusedError):
        core.store.write(*announced(core, "conversion.recorded", "c1", {}), never)

    assert team.all() == []


def test_where_nobody_listens_it_costs_one_question_in_five_seconds(app: Application, clock: ManualClock) -> None:
    with counting(app) as cost:
        for number in range(50):
            assert announced(app.core, "message.sent", f"m{number}", {}) == []
        clock.advance(KEPT - 0.001)
        announced(app.core, "message.sent", "m", {})
    assert cost.requests == ["GetItem"]

    clock.advance(0.001)
    with counting(app) as cost:
        announced(app.core, "message.sent", "m", {})
    assert cost.requests == ["GetItem"]


def test_what_others_read_along_costs_no_question_at_all(team: Team) -> None:
    core = team.app.core
    team.endpoint()
    asked = endpoints_wanted(core)
    (registry,) = core.store.find_many(asked)
    remember_endpoints(core, [registry])

    with counting(team.app) as cost:
        assert endpoints_wanted(core) == []
        assert len(announced(core, "conversion.recorded", "c1", {})) == 1

    assert cost.requests == []


def test_an_endpoint_hears_within_five_seconds_in_every_process(team: Team) -> None:
    elsewhere = telling(team.app, team.clock, team.receiver).core
    assert announced(elsewhere, "conversion.recorded", "c0", {}) == []
    team.endpoint()
    assert announced(elsewhere, "conversion.recorded", "c0", {}) == []
    team.clock.advance(5)

    assert len(announced(elsewhere, "conversion.recorded", "c1", {})) == 1


def test_a_message_that_is_sent_is_told_in_the_transaction_that_settles_it(team: Team) -> None:
    world = World(team.app, team.clock)
    endpoint = team.endpoint(events=["message.sent", "message.failed"])
    lead = world.lead()
    sequence = world.sequence(0, 1)
    world.enroll(sequence, lead)
    queue = team.app.core.jobs_queue
    assert isinstance(queue, Woken)

    with counting(team.app) as cost:
        world.work(lead)

    delivery = team.only()
    assert cost.count("TransactWriteItems") == 1
    assert (delivery.type, delivery.endpoint_id) == ("message.sent", endpoint.id)
    assert queue.deliveries == [delivery.id]
    team.deliver()
    (got,) = team.receiver.got
    assert f'"leadId":"{lead}"' in got.body.decode()
    assert f'"sequenceId":"{sequence}"' in got.body.decode()


def test_a_lead_that_is_stopped_is_told_of_once_by_whichever_way(team: Team) -> None:
    team.endpoint(events=["lead.stopped"])
    leads = [
        team.app.intake.create(LeadInput(first_name="Ada", last_name="L", email=f"ada{n}@example.com")).lead
        for n in range(3)
    ]

    team.app.leads.stop(leads[0].id, "DO_NOT_CONTACT")
    team.app.leads.stop(leads[0].id, "DO_NOT_CONTACT")
    team.app.suppressions.add(SuppressionInput(address="ada1@example.com", reason="COMPLAINT"))
    team.app.suppressions.add(SuppressionInput(address="gone@example.com", reason="HARD_BOUNCE"))
    team.app.leads.update(leads[2].id, {"email": "gone@example.com"}, if_match=None)
    team.deliver()

    reasons = sorted(got.body.decode().split('"reason":"')[1].split('"')[0] for got in team.receiver.got)
    assert reasons == ["COMPLAINT", "DO_NOT_CONTACT", "HARD_BOUNCE"]


def test_a_delivery_is_forgotten_after_a_month(team: Team) -> None:
    team.endpoint()
    team.happens("c1")

    delivery = team.app.core.store.find(Delivery, key("Delivery", id=team.only().id))

    assert delivery is not None
    assert delivery.expires_at is not None
    assert (delivery.expires_at - team.clock.now()).days == 30
