"""Whoever makes a delivery may die at any point: none is lost, and none is sent again once it is known to be taken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from retention.outbound.delivering import LEASE, Deliverer
from retention.outbound.model import Delivery
from tests.retention.outbound.receiver import Got, Say
from tests.retention.outbound.team import Team, Wire


class DiedError(BaseException):
    """The runner was killed."""


@contextmanager
def at_boundaries(team: Team, pass_by: Callable[[str], None]) -> Iterator[Deliverer]:
    """Have something called just before and after each request of a deliverer to the table, and to the endpoint."""
    events = team.app.core.store._low.client.meta.events
    wire = Wire(team, lambda: pass_by("before the request"), lambda: pass_by("after the answer"))

    def before(model: Any, **_: Any) -> None:
        pass_by(f"before {model.name}")

    def after(model: Any, **_: Any) -> None:
        pass_by(f"after {model.name}")

    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield Deliverer(team.app.core, wire)
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)


@pytest.mark.parametrize("status", [200, 500])
def test_death_at_every_boundary_loses_nothing(team: Team, status: int) -> None:
    team.endpoint()
    boundaries: list[str] = []
    team.happens("first")
    team.receiver.answer = lambda _: Say(status)
    first = team.only().id
    with at_boundaries(team, boundaries.append) as deliverer:
        deliverer.deliver([first])
    names = list(boundaries)
    assert {"before the request", "after the answer", "before PutItem", "after PutItem"} <= set(names)

    for number, name in enumerate(names):
        team.receiver.answer = lambda _: Say(status)
        team.receiver.got.clear()
        passed: list[str] = []

        def pass_by(what: str, passed: list[str] = passed, number: int = number) -> None:
            passed.append(what)
            if len(passed) == number + 1:
                raise DiedError(what)

        team.happens(f"{status}-{number}")
        (mine,) = [one for one in team.all() if f'"{status}-{number}"' in one.payload]
        with pytest.raises(DiedError), at_boundaries(team, pass_by) as deliverer:
            deliverer.deliver([mine.id])

        requests = heal(team, mine)

        assert team.found(mine.id).status == "delivered", name
        # At most the one more that a lost answer costs, besides the try that was answered with a failure.
        assert 1 <= requests <= 2 + (status == 500), name
        assert team.app.deliverer.deliver([mine.id]).tried == 0, name


def heal(team: Team, mine: Delivery) -> int:
    """Sweeps, until nothing is due; how often the delivery was asked for."""
    team.receiver.answer = lambda _: Say()
    for _ in range(5):
        team.clock.advance(LEASE + 1)
        team.deliver()

    def is_mine(got: Got) -> bool:
        return got.headers["webhook-id"] == mine.id

    return sum(map(is_mine, team.receiver.got))
