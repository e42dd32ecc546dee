"""Unsubscribe links: once or often, forged or old, also when the address has moved on."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored
from retention.jobs.model import Job
from retention.leads.contact import lead_key
from retention.leads.model import Lead, LeadInput
from retention.receiving.event import Event
from retention.replies.handling import Replies
from retention.suppressions.model import Suppression
from retention.table.writes import Replace
from retention.templates.links import Click, sign
from tests.api_client import ApiClient
from tests.integrity import count, problems
from tests.retention.engine.stories import sends
from tests.retention.engine.world import World, wrong
from tests.retention.replies.texting import follows, link, suppression_of
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def work_of(lead: str) -> str:
    """The id of a step that a lead was sent."""
    return f"{lead}.sequence.1.step"


@pytest.mark.parametrize("how", ["one_click", "page"])
def test_it_suppresses_the_address_of_its_channel_and_stops_the_lead(world: World, how: str) -> None:
    lead = world.lead(email="Ada@example.com")

    assert follows(world.app, link(world.app, work_of(lead)), how) == Applied("unsubscribed")

    suppression = suppression_of(world.app, "ada@EXAMPLE.com")
    assert suppression is not None
    assert suppression.reason == "OPT_OUT"
    assert (
        suppression.note
        == {
            "one_click": "unsubscribed: one click in a mail program",
            "page": "unsubscribed: on the page",
        }[how]
    )
    assert count(world.app, Suppression) == 1, "the number is another address"
    assert world.app.leads.get(lead).contact.reason == "OPT_OUT"
    assert count(world.app, Job) == 1
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    assert [entry["detail"] for entry in entries if entry["type"] == "stop"] == [{"source": "unsubscribe"}]


def test_it_wins_at_every_boundary_of_a_send(world: World) -> None:
    def unsubscribe(lead: str) -> None:
        assert follows(world.app, link(world.app, work_of(lead), "SMS")) == Applied("unsubscribed")
        under_way = world.flights(lead)
        world.stopped[lead] = under_way | {entry.work for entry in world.ledger.entries}
        world.ledger.resends_forbidden |= under_way

    for lead, passed, boundary in sends(world, world.sequence(0, 0), unsubscribe):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"


def test_twice_is_once(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    token, other = link(world.app, work_of(lead)), link(world.app, f"{lead}.sequence.1.next")

    assert follows(world.app, token) == Applied("unsubscribed")
    version = world.contact(lead).version
    assert follows(world.app, token, "one_click") == DUPLICATE
    assert follows(world.app, other) == Ignored("known")

    assert world.contact(lead).version == version
    assert count(world.app, Job) == 1


def test_46_copies_over_eight_threads_are_one_stop(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    token = link(world.app, work_of(lead))

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: follows(world.app, token), range(46)))

    assert outcomes.count(Applied("unsubscribed")) == 1
    assert outcomes.count(DUPLICATE) == 45
    assert (count(world.app, Job), count(world.app, Suppression)) == (1, 1)


def test_followed_again_after_contact_was_allowed_again_it_ends_it_again(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    token = link(world.app, work_of(lead))
    copy = Event("unsubscribe", token, {"token": token, "how": "page"}, world.clock.now())
    follows(world.app, token)
    suppression = suppression_of(world.app, "ada@example.com")
    assert suppression is not None
    world.clock.advance(60)
    world.app.suppressions.lift(suppression.id, because="she asked", by="key", if_match=None)
    world.clock.advance(60)
    world.app.leads.unstop(lead, "she asked")

    assert Replies(world.app.core).unsubscribe(copy) == DUPLICATE
    assert not world.app.leads.get(lead).contact.stopped, "an old copy says nothing new"
    world.clock.advance(60)
    assert follows(world.app, token) == Applied("unsubscribed")
    assert follows(world.app, token) == DUPLICATE

    assert world.app.leads.get(lead).contact.stopped
    assert suppression_of(world.app, "ada@example.com") is not None
    assert problems(world.app) == []


def test_followed_again_after_the_suppression_alone_was_lifted_it_suppresses_again(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    token = link(world.app, work_of(lead))
    follows(world.app, token)
    first = suppression_of(world.app, "ada@example.com")
    assert first is not None
    world.clock.advance(60)
    world.app.suppressions.lift(first.id, because="a mistake", by="key", if_match=None)
    world.clock.advance(60)

    assert follows(world.app, token) == Applied("unsubscribed")

    assert suppression_of(world.app, "ada@example.com") is not None


def test_a_lead_without_that_address_is_stopped(world: World) -> None:
    lead = world.lead()

    assert follows(world.app, link(world.app, work_of(lead))) == Applied("unsubscribed")
    assert follows(world.app, link(world.app, work_of(lead))) == DUPLICATE

    assert world.app.leads.get(lead).contact.stopped
    assert count(world.app, Suppression) == 0


def test_a_lead_that_is_stopped_already_keeps_its_reason_and_its_address_is_suppressed(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    world.app.leads.stop(lead, "COMPLAINT")

    assert follows(world.app, link(world.app, work_of(lead))) == Applied("unsubscribed")

    assert world.app.leads.get(lead).contact.reason == "COMPLAINT"
    assert suppression_of(world.app, "ada@example.com") is not None


def test_an_address_that_another_lead_owns_stops_both(world: World) -> None:
    lead, owner = world.lead(email="ada@example.com"), world.lead(email="other@example.com")
    found = world.app.core.store.find(Lead, lead_key(lead))
    assert found is not None
    # Nothing of ours writes such a lead: it stands for one of before, whose address went to another.
    elsewhere = found.model_copy(update={"email": "other@example.com"})
    world.app.core.store.write(Replace(elsewhere, before=found))

    assert follows(world.app, link(world.app, work_of(lead))) == Applied("unsubscribed")

    assert world.contact(lead).stop_reason == "OPT_OUT"
    assert world.contact(owner).stop_reason == "OPT_OUT"


def test_an_address_that_is_changed_at_the_same_moment_is_suppressed_as_it_is_then(world: World) -> None:
    lead = world.lead(email="ada@example.com")

    def move() -> None:
        world.app.leads.update(lead, {"email": "new@example.com"}, if_match=None)

    with just_before_the_next_transaction(world.app, move):
        follows(world.app, link(world.app, work_of(lead)))

    assert suppression_of(world.app, "new@example.com") is not None
    assert suppression_of(world.app, "ada@example.com") is None


def test_an_unsubscribe_takes_three_requests(world: World) -> None:
    lead = world.lead(email="ada@example.com")

    with counting(world.app) as cost:
        follows(world.app, link(world.app, work_of(lead)))

    assert cost.requests == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_lead_that_is_gone_is_let_be(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    world.app.deletion.lead(lead)

    assert follows(world.app, link(world.app, work_of(lead))) == Ignored("gone")
    assert follows(world.app, link(world.app, work_of("nobody"))) == Ignored("gone")

    assert count(world.app, Suppression) == 0
    given = LeadInput(first_name="Ada", last_name="Lovelace", email="ada@example.com")
    assert not world.app.intake.create(given).lead.contact.stopped


def test_a_link_of_a_preview_counts_for_nothing(world: World) -> None:
    lead = world.lead(email="ada@example.com")

    assert follows(world.app, link(world.app, work_of(lead), preview=True)) == Ignored("preview")

    assert not world.app.leads.get(lead).contact.stopped


def test_every_forged_token_is_ignored_without_a_write(world: World) -> None:
    lead = world.lead(email="ada@example.com")
    token = link(world.app, work_of(lead))
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    flipped = [bytes([*raw[:at], raw[at] ^ (1 << bit), *raw[at + 1 :]]) for at in range(len(raw)) for bit in range(8)]
    forged = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in flipped]
    forged += [token[:at] for at in range(len(token))] + [token + one for one in ("A", "=", " ", "/")]
    forged.append(sign(world.app.core.keyring, Click(work_of(lead), "https://example.com")))

    assert {follows(world.app, one) for one in forged} == {Ignored("not_ours")}
    assert isinstance(Replies(world.app.core).unsubscribe(Event("unsubscribe", "x", {}, world.clock.now())), Hopeless)

    assert not world.app.leads.get(lead).contact.stopped
    assert count(world.app, ReceivedEvent) == 0
