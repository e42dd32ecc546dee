"""The seventeen delete rules, over every child there is, and through a death at every single request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import NotFoundError
from retention.jobs.model import Job
from retention.table.keys import due_entry, index_partitions
from retention.table.store import raw_key
from tests import factories
from tests.integrity import everything, problems, scan
from tests.retention.deletion.families import FAMILIES, Family

#: Longer than a lease, and than the time that a deleted parent is watched.
LONG = 120


#: Runs after which a job that still has not ended is stuck.
PATIENCE = 500


def work_off(app: Application, clock: ManualClock, *, in_one_go: bool = False) -> None:
    """Let time pass and run whatever is due, one chunk at a time unless told otherwise, until nothing is."""
    for _ in range(PATIENCE):
        clock.advance(LONG)
        waiting = [row for pk in index_partitions("Job", "due") for row in app.core.store.query(pk, index="due")]
        due = [due_entry(row["dueSk"]["S"]).rest for row in waiting]
        if not due:
            return
        for job_id in due:
            app.runner.run(job_id, lambda: in_one_go)
    raise AssertionError("jobs do not come to an end")


def assert_carried_out(app: Application, family: Family, children: int) -> None:
    items = everything(app)
    assert problems(app, items) == []
    parent, parent_id = family.parent
    assert not [item for item in items if isinstance(item, parent) and vars(item).get("id") == parent_id]
    assert [item for item in items if type(item) in family.gone] == []
    for kind, field in family.kept:
        kept = [item for item in items if type(item) is kind]
        assert len(kept) == children
        assert {getattr(item, field) for item in kept} == {None}
    assert {job.status for job in items if isinstance(job, Job)} == {"succeeded"}


@pytest.mark.parametrize("kind", FAMILIES)
def test_children_go_or_are_detached_as_the_data_model_says(
    app: Application, clock: ManualClock, kind: str, request: pytest.FixtureRequest
) -> None:
    children = request.config.getoption("--children")
    family = FAMILIES[kind](children)
    factories.load(app, family.entities)
    assert problems(app) == []

    family.delete(app)
    work_off(app, clock)

    assert_carried_out(app, family, children)


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_deleted_parent_is_gone_at_once_and_cannot_be_deleted_again(app: Application, kind: str) -> None:
    family = FAMILIES[kind](1)
    factories.load(app, family.entities)

    family.delete(app)

    with pytest.raises(NotFoundError):
        family.delete(app)


class KilledError(BaseException):
    """The process is dead: it sends nothing any more, and nobody catches this."""


@contextmanager
def dying(app: Application, at: int, moment: str) -> Iterator[Callable[[], int]]:
    """Die at the so many-th request to the table: before it is sent, or after it took effect."""
    events = app.core.store._low.client.meta.events
    seen = 0

    def before(**_: Any) -> None:
        nonlocal seen
        seen += 1
        if (moment == "before" and seen >= at) or seen > at:
            raise KilledError

    def after(**_: Any) -> None:
        if moment == "after" and seen >= at:
            raise KilledError

    events.register("before-send.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield lambda: seen
    finally:
        events.unregister("before-send.dynamodb", before)
        events.unregister("after-call.dynamodb", after)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", FAMILIES)
def test_a_delete_survives_death_at_every_request(app: Application, clock: ManualClock, kind: str, moment: str) -> None:
    children, deaths, at = 2, 0, 1
    while True:
        app.core.store.remove_unconditionally([raw_key(raw) for raw in scan(app)])
        family = FAMILIES[kind](children)
        factories.load(app, family.entities)
        finished = False
        try:
            with dying(app, at, moment):
                family.delete(app)
                work_off(app, clock, in_one_go=True)
                finished = True
        except KilledError:
            deaths += 1
            _delete_if_nothing_happened(app, family)
        work_off(app, clock, in_one_go=True)
        assert_carried_out(app, family, children)
        if finished:
            break
        at += 1
    assert deaths >= 5


def _delete_if_nothing_happened(app: Application, family: Family) -> None:
    try:
        family.delete(app)
    except NotFoundError:
        return
