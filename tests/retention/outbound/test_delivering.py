"""What becomes of a delivery: over real HTTP, against a server that answers as it is told."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from threading import Barrier
from typing import Any

import pytest

from retention.clock import ManualClock
from retention.jsontext import format_instant
from retention.outbound import delivering
from retention.outbound.announcing import announced
from retention.outbound.delivering import LEASE, Deliverer, Tally
from retention.outbound.endpoint import EndpointHealth
from retention.outbound.health import health_key
from retention.outbound.schedule import DELAYS, SPREAD
from retention.outbound.trying import MOST_KEPT
from retention.providers.connection import Deadline
from retention.providers.http import Reply
from tests.retention.outbound.receiver import Got, Say
from tests.retention.outbound.team import Team, Wire
from tests.retention.providers.listener import eventually
from tests.start import START

DAY = 24 * 3600
#: A public name that leads nowhere in tests.
NOBODY = "https://nobody.example.com/"


def try_again(team: Team) -> Tally:
    """The next try of the only delivery, at its time."""
    delivery = team.only()
    assert delivery.due_at is not None
    team.clock.advance((delivery.due_at - team.clock.now()).total_seconds())
    return team.app.deliverer.deliver([delivery.id])


def broken() -> None:
    """A fault of ours."""
    raise RuntimeError("a fault")


def failing(status: int = 500) -> Callable[[Got], Say]:
    return lambda _: Say(status)


def test_an_event_arrives_signed_and_says_what_happened(team: Team) -> None:
    issued = team.endpoint()

    team.happens("c1", revenue=Decimal("129.50"), status="customer", tid=None)
    assert team.app.deliverer.deliver([team.only().id]) == Tally(tried=1, delivered=1)

    (got,) = team.receiver.got
    assert issued.secret is not None
    assert got.is_signed_with(issued.secret)
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert got.headers["webhook-timestamp"] == str(int(team.clock.now().timestamp()))
    assert json.loads(got.body) == {
        "type": "conversion.recorded",
        "timestamp": format_instant(START),
        "data": {"conversionId": "c1", "revenue": 129.5, "status": "customer"},
    }
    delivery = team.only()
    assert got.headers["webhook-id"] == delivery.id
    assert (delivery.status, delivery.tries, delivery.last_status, delivery.last_answer, delivery.due_at) == (
        "delivered", 1, 200, "ok", None,
    )  # fmt: skip


def test_a_postback_asks_for_the_address_with_the_conversion_in_it(team: Team) -> None:
    team.endpoint("/k/postback?subid={subid}&status={status}&payout={payout}&tid={tid}", type="postback")
    team.happens("c1", subId="s 1", status="customer", revenue=Decimal("10.00"), tid="T1")

    team.deliver()

    (got,) = team.receiver.got
    assert (got.method, got.path, got.body) == ("GET", "/k/postback?subid=s%201&status=sale&payout=10&tid=T1", b"")


def test_a_failure_is_tried_again_for_four_days_under_the_same_id_and_then_given_up(team: Team) -> None:
    team.endpoint()
    team.receiver.answer = failing()
    team.happens("c1")

    for tries, delay in enumerate(DELAYS, start=1):
        assert try_again(team) == Tally(tried=1)
        delivery = team.only()
        assert (delivery.status, delivery.tries, delivery.last_status) == ("pending", tries, 500)
        assert delivery.due_at is not None
        assert delay <= (delivery.due_at - team.clock.now()).total_seconds() <= delay * (1 + SPREAD)
    assert try_again(team) == Tally(tried=1, failed=1)

    delivery = team.only()
    assert (delivery.status, delivery.tries, delivery.due_at) == ("failed", 11, None)
    assert len({got.headers["webhook-id"] for got in team.receiver.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in team.receiver.got}) == 11
    assert 4 * DAY < sum(DELAYS) < 5 * DAY


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 408, 418, 429, 500, 503, 599])
def test_only_2xx_is_a_success_and_no_redirect_is_followed(team: Team, status: int) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(status, headers={"Location": "/elsewhere"})
    team.happens("c1")

    team.deliver()

    assert team.only().status == "pending"
    assert [got.path for got in team.receiver.got] == ["/hook"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_each_2xx_is_a_success(team: Team, status: int) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(status, b"")
    team.happens("c1")

    team.deliver()

    assert team.only().status == "delivered"


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120),
        (503, format_datetime(START + timedelta(hours=1), usegmt=True), 3600),
        (429, "1", 5),
        (503, "99999999999999999999", DAY),
        (500, "120", 5),
        (429, "soon", 5),
        (429, "-5", 5),
    ],
)
def test_an_endpoint_may_ask_for_a_pause(team: Team, status: int, said: str, seconds: int) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(status, headers={"Retry-After": said})
    team.happens("c1")

    team.app.deliverer.deliver([team.only().id])

    due = team.only().due_at
    assert due is not None
    assert seconds <= (due - team.clock.now()).total_seconds() <= seconds * (1 + SPREAD)


def test_what_is_due_to_an_endpoint_that_asked_for_a_pause_waits_with_it(team: Team) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(429, headers={"Retry-After": "600"})
    team.happens("c1")
    team.deliver()
    team.happens("c2")

    team.deliver()

    waiting = next(one for one in team.all() if not one.tries)
    assert len(team.receiver.got) == 1
    assert waiting.due_at is not None
    assert waiting.due_at - team.clock.now() > timedelta(seconds=500)


def test_gone_switches_the_endpoint_off_and_what_was_on_its_way_is_cancelled(team: Team) -> None:
    endpoint = team.endpoint()
    team.receiver.answer = failing(410)
    for number in range(3):
        team.happens(f"c{number}")

    tally = team.deliver()

    assert tally.switched_off == 1
    off = team.app.endpoints.get(endpoint.id)
    assert (off.is_active, off.disabled_because, off.disabled_at) == (
        False, "It answered 410 Gone.", team.clock.now(),
    )  # fmt: skip
    team.clock.advance(DELAYS[0] * 2)
    asked = len(team.receiver.got)
    team.deliver()
    assert {one.status for one in team.all()} == {"cancelled"}
    assert len(team.receiver.got) == asked
    team.clock.advance(6)
    team.happens("c9")
    assert len(team.all()) == 3


def test_what_was_cancelled_with_its_endpoint_is_replayed_with_what_failed(team: Team) -> None:
    endpoint = team.endpoint()
    team.receiver.answer = failing(410)
    team.happens("c1")
    team.happens("c2")
    began = team.clock.now()
    team.deliver()
    team.clock.advance(DELAYS[0] * 2)
    team.deliver()
    assert [one.status for one in team.all()] == ["cancelled", "cancelled"]
    team.receiver.answer = lambda _: Say()
    team.app.endpoints.update(endpoint.id, {"isActive": True}, if_match=None)

    assert team.app.deliveries.replay_failed(endpoint.id, began).replayed == 2
    team.deliver()

    assert [one.status for one in team.all()] == ["delivered", "delivered"]


@pytest.mark.parametrize("silent", [False, True])
def test_five_days_of_nothing_but_failures_switch_an_endpoint_off(team: Team, silent: bool) -> None:
    endpoint = team.endpoint()
    team.receiver.answer = failing()
    if silent:
        team.app.endpoints.update(endpoint.id, {"url": NOBODY}, if_match=None)
    for day in range(5):
        team.happens(f"c{day}")
        assert team.app.deliverer.deliver([one.id for one in team.all()]).switched_off == 0
        team.clock.advance(DAY)
    assert team.app.endpoints.get(endpoint.id).is_active
    assert team.app.endpoints.get(endpoint.id).failing_since is not None

    assert team.deliver().switched_off == 1

    assert team.app.endpoints.get(endpoint.id).disabled_because == "Every try has failed for five days."


def test_a_blip_after_quiet_days_does_not_count_as_days_of_failures(team: Team) -> None:
    """The one delivery before it failed for good; then nothing happened for a week."""
    endpoint = team.endpoint()
    team.receiver.answer = failing()
    team.happens("c1")
    while (due := team.only().due_at) is not None:
        team.clock.advance(max(0.0, (due - team.clock.now()).total_seconds()))
        team.deliver()
    assert (team.only().status, team.app.endpoints.get(endpoint.id).is_active) == ("failed", True)
    team.clock.advance(7 * DAY)
    team.happens("c2")

    assert team.deliver().switched_off == 0

    team.receiver.answer = lambda _: Say()
    team.clock.advance(DELAYS[0] * 2)
    team.deliver()
    assert [one.status for one in team.all()] == ["failed", "delivered"]


def test_one_success_begins_the_five_days_anew(team: Team) -> None:
    endpoint = team.endpoint()
    team.receiver.answer = failing()
    team.happens("c1")
    team.deliver()
    team.clock.advance(4 * DAY)
    team.receiver.answer = lambda _: Say()
    team.happens("c2")
    team.deliver()
    assert team.app.endpoints.get(endpoint.id).failing_since is None
    team.receiver.answer = failing()
    team.clock.advance(4 * DAY)

    team.happens("c3")

    assert team.deliver().switched_off == 0
    assert team.app.endpoints.get(endpoint.id).is_active


def test_switched_on_again_it_is_told_again_and_its_failures_are_forgotten(team: Team) -> None:
    endpoint = team.endpoint()
    team.receiver.answer = failing(410)
    team.happens("c1")
    team.deliver()
    team.receiver.answer = lambda _: Say()

    after = team.app.endpoints.update(endpoint.id, {"isActive": True}, if_match=None)
    team.happens("c2")
    team.deliver()

    assert (after.is_active, after.disabled_at, after.disabled_because) == (True, None, None)
    team.clock.advance(DELAYS[0] * 2)
    team.deliver()
    assert [one.status for one in team.all()] == ["delivered", "delivered"]


class Impatient(Wire):
    """Waits half a second for what hangs, from when it was asked in each lane, and as long as usual for all else."""

    def __init__(self, team: Team) -> None:
        super().__init__(team)
        self._asked: list[str] = []

    def exchange(self, *given: Any, **named: Any) -> Reply:
        method, url, deadline = given
        if url.endswith("/hanging"):
            self._asked.append(url)
            eventually(lambda: len(self._asked) >= delivering.LANES)
            deadline = Deadline(0.5)
        return super().exchange(method, url, deadline, **named)


def test_an_endpoint_that_hangs_holds_up_nobody_and_then_rests(team: Team) -> None:
    hanging, fine = team.endpoint("/hanging"), team.endpoint("/fine")
    team.receiver.answer = lambda got: None if got.path == "/hanging" else Say()
    for number in range(40):
        team.happens(f"c{number}")

    Deliverer(team.app.core, Impatient(team)).deliver([one.id for one in team.all()])

    of = {endpoint.id: [one for one in team.all() if one.endpoint_id == endpoint.id] for endpoint in (hanging, fine)}
    assert {one.status for one in of[fine.id]} == {"delivered"}
    assert {one.status for one in of[hanging.id]} == {"pending"}
    # One try in each lane; all others wait without having been tried.
    assert sum(got.path == "/hanging" for got in team.receiver.got) == delivering.LANES
    assert sum(one.tries for one in of[hanging.id]) == delivering.LANES
    assert {one.last_error for one in of[hanging.id] if one.tries} == {"timeout"}


def test_a_lone_delivery_keeps_its_times_though_its_endpoint_gives_no_answer(team: Team, clock: ManualClock) -> None:
    endpoint = team.endpoint()
    team.app.endpoints.update(endpoint.id, {"url": NOBODY}, if_match=None)
    team.happens("c1")

    for tries in range(1, len(DELAYS) + 1):
        assert try_again(team).tried == 1
        assert team.only().tries == tries
        assert team.only().last_error == "address_refused"


def test_two_runs_at_once_make_one_request(team: Team) -> None:
    team.endpoint()
    team.happens("c1")
    delivery, barrier = team.only(), Barrier(4)

    def run(_: int) -> Tally:
        deliverer = Deliverer(team.app.core, team.app.http)
        barrier.wait(10)
        return deliverer.deliver([delivery.id])

    with ThreadPoolExecutor(4) as pool:
        tallies = list(pool.map(run, range(4)))

    assert sum(tally.tried for tally in tallies) == len(team.receiver.got) == 1


def test_who_dies_after_the_answer_has_it_sent_again_and_nothing_follows_a_success(team: Team) -> None:
    team.endpoint()
    team.happens("c1")
    delivery = team.only()
    deliverer = team.app.deliverer
    Deliverer(team.app.core, Wire(team, after=broken)).deliver([delivery.id])
    assert deliverer.deliver([delivery.id]) == Tally()  # Its lease still holds.
    team.clock.advance(LEASE + 1)

    assert team.deliver(deliverer) == Tally(tried=1, delivered=1)
    assert team.deliver(deliverer) == Tally()
    assert deliverer.deliver([delivery.id]) == Tally()
    assert [got.headers["webhook-id"] for got in team.receiver.got] == [delivery.id] * 2


def test_a_runner_that_lost_its_lease_changes_nothing_any_more(team: Team) -> None:
    team.endpoint()
    team.happens("c1")
    delivery = team.only()

    def while_it_is_asked(_: Got) -> Say:
        if len(team.receiver.got) == 1:
            team.clock.advance(LEASE + 1)
            Deliverer(team.app.core, team.app.http).deliver([delivery.id])
            return Say(500)
        return Say()

    team.receiver.answer = while_it_is_asked
    team.app.deliverer.deliver([delivery.id])

    assert (team.only().status, team.only().due_at) == ("delivered", None)


def test_an_answer_is_kept_as_a_person_can_read_it_and_no_longer_than_that(team: Team) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(500, b"\x1b[31mno\r\n\xff" + "é".encode() * 1000)
    team.happens("c1")

    team.deliver()

    kept = team.only().last_answer
    assert kept is not None
    assert kept.startswith(" [31mno  \ufffdéé")
    assert len(kept) == MOST_KEPT


def test_a_body_that_is_too_long_to_be_read_does_not_undo_a_success(team: Team) -> None:
    team.endpoint()
    team.receiver.answer = lambda _: Say(200, b"x" * 300_000)
    team.happens("c1")

    team.deliver()

    assert (team.only().status, team.only().last_answer) == ("delivered", None)


def test_for_a_day_after_a_change_of_the_secret_both_signatures_are_sent(team: Team) -> None:
    first = team.endpoint()
    second = team.app.endpoints.rotate_secret(first.id, if_match=None)
    assert first.secret is not None
    assert second.secret is not None
    for about in ("c1", "c2"):
        team.happens(about)
        team.deliver()
        team.clock.advance(DAY)

    during, after = team.receiver.got
    assert during.is_signed_with(first.secret)
    assert during.is_signed_with(second.secret)
    assert after.is_signed_with(second.secret)
    assert not after.is_signed_with(first.secret)


def test_the_day_of_both_signatures_is_one_of_the_machine(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a demo on fast time days pass in minutes, and a receiver is changed no sooner for that."""
    monkeypatch.setattr(ManualClock, "pace", 60.0)
    first = team.endpoint()
    team.app.endpoints.rotate_secret(first.id, if_match=None)
    assert first.secret is not None
    team.clock.advance(2 * DAY)

    team.happens("c1")
    team.app.deliverer.deliver([team.only().id])

    assert team.receiver.got[0].is_signed_with(first.secret)


def test_a_secret_that_cannot_be_read_counts_as_no_try(team: Team) -> None:
    endpoint = team.endpoint()
    team.app.endpoints._secrets.remove(endpoint)
    team.happens("c1")

    team.deliver()

    delivery = team.only()
    assert (delivery.status, delivery.tries, team.receiver.got) == ("pending", 0, [])
    assert delivery.due_at is not None
    assert delivery.due_at >= team.clock.now()


def test_what_is_on_its_way_to_a_deleted_endpoint_goes_with_it(team: Team) -> None:
    endpoint = team.endpoint()
    team.happens("c1")

    team.app.endpoints.delete(endpoint.id, if_match=None)

    assert team.all() == []
    assert team.app.core.store.find(EndpointHealth, health_key(endpoint.id)) is None


def test_a_delivery_that_comes_after_its_endpoint_was_deleted_is_cancelled(team: Team) -> None:
    endpoint = team.endpoint()
    core = team.app.core
    writes = announced(core, "conversion.recorded", "c1", {})
    team.app.endpoints.delete(endpoint.id, if_match=None)
    core.store.write(*writes)

    team.deliver()

    assert (team.only().status, team.receiver.got) == ("cancelled", [])


def test_a_fault_of_ours_in_one_delivery_harms_no_other(team: Team) -> None:
    team.endpoint()
    team.happens("c1")
    team.happens("c2")
    faults = iter([broken])

    team.deliver(Deliverer(team.app.core, Wire(team, before=lambda: next(faults, int)())))

    assert sorted(one.status for one in team.all()) == ["delivered", "pending"]
