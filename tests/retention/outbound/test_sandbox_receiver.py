"""The sandbox's receiver, which was written apart from us, believes what we sign, and shows our patience."""

from collections.abc import Iterator
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.outbound.schedule import DELAYS
from tests.retention.outbound.receiver import Receiver
from tests.retention.outbound.team import Team, telling
from tools.sandbox.running import Sandbox, running_sandbox


class At(Receiver):
    """A receiver that somebody else runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """Its address."""
        return self._url


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now, webhooks="http://127.0.0.1:9/webhooks") as running:
        yield running


@pytest.fixture
def team(app: Application, clock: ManualClock, sandbox: Sandbox) -> Team:
    at = At(sandbox.url)
    return Team(telling(app, clock, at), clock, at)


def test_what_we_sign_is_verified_by_another_and_tried_until_it_takes_it(team: Team, sandbox: Sandbox) -> None:
    issued = team.endpoint("/receiver/crm")
    team.endpoint("/receiver/tracker?subid={subid}&status={status}&payout={payout}", type="postback")
    manner: dict[str, Any] = {"secret": issued.secret, "status": 500, "times": 2}
    sandbox.ask("PUT", "/receivers/crm", manner)

    team.happens("c1", subId="s1", status="customer", revenue=10)
    for delay in (0.0, *DELAYS[:2]):
        team.clock.advance(delay * 1.2)
        team.deliver()

    got = sandbox.ask("GET", "/receivers/crm")["got"]
    assert [(one["answer"], one["verified"]) for one in got] == [(500, True), (500, True), (204, True)]
    assert len({one["headers"]["webhook-id"] for one in got}) == 1
    (told,) = sandbox.ask("GET", "/receivers/tracker")["got"]
    assert (told["method"], told["query"]) == ("GET", {"subid": "s1", "status": "sale", "payout": "10"})
    assert [one.status for one in team.all()] == ["delivered", "delivered"]
