"""The recount finds whatever is wrong with the figures, puts it right once, and takes nothing for wrong that moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import Lead
from retention.stats import recounting
from retention.stats.contributing import ACCOUNT, sequence_scope
from retention.stats.model import FigureRepair, Tally
from retention.stats.recounting import Recount
from retention.stats.scopes import shares_of
from retention.table.keys import key_of
from retention.table.store import raw_key
from retention.table.writes import Count, Replace, gone
from tests.factories import a_lead, a_sequence, a_step, an_attempt, an_enrollment, an_execution, load
from tests.figures import untrue
from tests.integrity import scan
from tests.retention.deletion.test_rules import work_off
from tests.start import START

#: A few requests between two saves.
SLOWLY = 150


class Died(BaseException):
    """The recount was killed."""


@pytest.fixture
def leads(app: Application) -> list[Lead]:
    """Leads of several quarters of an hour, with what a sequence has done for them."""
    sequence = a_sequence()
    step = a_step(sequence)
    found = [a_lead(created_at=START - timedelta(minutes=20 * n), source="API") for n in range(12)]
    enrollments = [an_enrollment(lead, sequence) for lead in found]
    executions = [an_execution(one, step, status="SENT", executed_at=START) for one in enrollments]
    attempts = [an_attempt(lead, sent_at=START, local_hour="309", cost=Decimal("0.0079")) for lead in found]
    load(app, [sequence, step, *found, *enrollments, *executions, *attempts])
    return found


def recount(app: Application, name: str = "one", effort: int = SLOWLY) -> dict[str, Any]:
    """Recount everything from wherever it is, and tell the result."""
    (result,) = [chunk.result for chunk in Recount(app.core, name, effort).work(None) if chunk.result]
    return result


def wrong(app: Application) -> list[str]:
    """Figures that are not right."""
    return list(untrue(list(scan(app))))


def add(app: Application, lead: Lead, scope: str, **numbers: int) -> None:
    """Add to figures what nobody has counted."""
    app.core.store.write(Count(Tally(scope=scope, bucket=a_bucket(app, scope), spread_by=lead.id), numbers))


def a_bucket(app: Application, scope: str) -> str:
    """The first quarter of an hour of a scope."""
    return min(
        str(row["bucket"]["S"]) for row in scan(app) if row["kind"]["S"] == "Tally" and row["scope"]["S"] == scope
    )


@contextmanager
def before_each_request(app: Application, act: Callable[[str], object]) -> Iterator[None]:
    """Do something before each request to the table, but for those that this makes itself."""
    inside = [False]

    def hook(model: Any, **_: Any) -> None:
        if not inside[0]:
            inside[0] = True
            try:
                act(model.name)
            finally:
                inside[0] = False

    events: Any = app.core.store._low.client.meta.events
    events.register("before-call.dynamodb", hook)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", hook)


def test_figures_that_are_right_are_found_right(app: Application, leads: list[Lead]) -> None:
    before = sorted(map(str, scan(app)))

    result = recount(app)

    assert (result["right"], result["moving"], result["repairs"]) == (result["parts"], 0, 0)
    Recount(app.core, "one")._book.tear_out()
    assert sorted(map(str, scan(app))) == before


def test_whatever_is_wrong_is_told_and_put_right(app: Application, leads: list[Lead]) -> None:
    sequence = next(row["id"]["S"] for row in scan(app) if row["kind"]["S"] == "RetentionSequence")
    add(app, leads[0], ACCOUNT, leads=3, invented=1)
    add(app, leads[1], sequence_scope(sequence), enrolled=-1)
    client = boto3.client("dynamodb")
    # An item that went without its figures, and a share that got lost.
    app.core.store.remove_unconditionally([key_of(leads[5])])
    shares = [row for row in scan(app) if row["kind"]["S"] == "Tally" and row["scope"]["S"] == ACCOUNT]
    share = next(row for row in shares if "invented" not in row)
    client.delete_item(TableName=app.core.settings.table_name, Key={"pk": share["pk"], "sk": share["sk"]})
    assert wrong(app)

    result = recount(app)

    assert wrong(app) == []
    told = {(one["scope"], name): numbers for one in result["repaired"] for name, numbers in one["numbers"].items()}
    assert told[ACCOUNT, "invented"] == {"kept": 1, "right": 0}
    assert told[sequence_scope(sequence), "enrolled"] == {"kept": 11, "right": 12}
    assert result["repairs"] == sum(len(one["numbers"]) for one in result["repaired"]) >= 3
    assert recount(app, "two")["repairs"] == 0


def test_what_moves_meanwhile_is_not_taken_for_wrong(app: Application, leads: list[Lead]) -> None:
    """At every request of the recount somebody becomes a customer, or is lost: there and back again."""
    asked: list[str] = []

    def change(operation: str) -> None:
        asked.append(operation)
        lead = app.core.store.find(Lead, key_of(leads[len(asked) % 3]))
        assert lead is not None
        status = "LOST" if lead.status == "NEW" else "NEW"
        app.core.store.write(Replace(app.core.changed(lead, status=status), before=lead))

    with before_each_request(app, change):
        result = recount(app)

    assert "Scan" in asked
    assert result["repairs"] == 0
    assert result["moving"] > 0
    assert wrong(app) == []


def test_what_is_wrong_and_moves_is_put_right_when_it_has_come_to_rest(app: Application, leads: list[Lead]) -> None:
    add(app, leads[0], ACCOUNT, leads=1)
    with before_each_request(app, lambda _: add(app, leads[1], ACCOUNT, noise=1)):
        assert recount(app)["repairs"] == 0

    assert recount(app, "two")["repairs"] == 2

    assert wrong(app) == []


def test_a_recount_that_is_killed_goes_on_and_repairs_once(app: Application, leads: list[Lead]) -> None:
    """Killed at its first request, its 24th, and so on, until it comes through before it is killed."""
    killed_at = 1
    while True:
        add(app, leads[0], ACCOUNT, leads=1)
        asked = [0]

        def die(_: str, asked: list[int] = asked, killed_at: int = killed_at) -> None:
            asked[0] += 1
            if asked[0] == killed_at:
                raise Died

        try:
            with before_each_request(app, die):
                recount(app, f"killed at {killed_at}")
        except Died:
            assert recount(app, f"killed at {killed_at}")["repairs"] == 1
        else:
            break
        assert wrong(app) == []
        killed_at += 23
    assert killed_at > 60


def test_two_recounts_at_a_time_repair_once(app: Application, leads: list[Lead]) -> None:
    add(app, leads[0], ACCOUNT, leads=1)
    work = Recount(app.core, "one", SLOWLY).work(None)
    assert "repair" in (chunk.checkpoint for chunk in work)

    assert recount(app, "two")["repairs"] == 1
    assert [chunk.result["repairs"] for chunk in work if chunk.result] == [0]

    assert wrong(app) == []


def test_what_a_late_count_brings_back_of_a_deleted_sequence_goes(app: Application, leads: list[Lead]) -> None:
    scope = sequence_scope("gone")
    tally = Tally(scope=scope, bucket="2026-02-18T12:00:00.000Z", spread_by="x")
    app.core.store.write(Count(tally, {"enrolled": -1}))

    recount(app)

    assert [row for pk in shares_of(scope) for row in app.core.store.query(pk)] == []


def test_the_figures_of_a_sequence_go_with_it(app: Application, leads: list[Lead], clock: ManualClock) -> None:
    sequence = next(row["id"]["S"] for row in scan(app) if row["kind"]["S"] == "RetentionSequence")
    assert [row for pk in shares_of(sequence_scope(sequence)) for row in app.core.store.query(pk)] != []

    app.deletion.sequence(sequence)
    work_off(app, clock)

    assert [row for pk in shares_of(sequence_scope(sequence)) for row in app.core.store.query(pk)] == []
    assert wrong(app) == []


def test_more_than_can_be_looked_at_is_put_right_the_next_times(
    app: Application, leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "NUMBERS", 30)
    tallies = [raw_key(row) for row in scan(app) if row["kind"]["S"] == "Tally"]
    app.core.store.remove_unconditionally(tallies)

    rounds = [recount(app, "round 0")["repairs"]]
    while rounds[-1]:
        rounds.append(recount(app, f"round {len(rounds)}")["repairs"])

    assert wrong(app) == []
    assert len(rounds) > 2


def test_a_repair_is_remembered_for_a_while(app: Application, leads: list[Lead], clock: ManualClock) -> None:
    add(app, leads[0], ACCOUNT, leads=1)

    recount(app)

    (repair,) = [row for row in scan(app) if row["kind"]["S"] == FigureRepair.__name__]
    assert int(repair["expiresAt"]["N"]) == int((clock.now() + timedelta(days=90)).timestamp())


def test_an_item_that_changes_counts_where_its_lead_does(app: Application, leads: list[Lead]) -> None:
    """Leads of one share go in one transaction, which may touch the share once."""
    app.core.store.write(*map(gone, leads[:12]))

    assert wrong(app) == []
