"""A file of leads is taken in once, wherever it is killed, however many take it in, and whenever it is stopped."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.errors import ConflictError
from retention.imports.leads import inspecting, taking
from retention.imports.model import ImportOptions
from retention.leads.model import LeadInput
from retention.moving.storage import Transfers
from retention.sequences.triggering import TriggerService
from tests import factories as make
from tests.integrity import problems
from tests.retention.imports.giving import (
    everything,
    given,
    inspected,
    leads_of,
    put_again,
    statuses,
    taken_in,
)
from tests.retention.sequences.news import enrolled

pytestmark = pytest.mark.usefixtures("bucket")

CHUNK = 4


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "CHUNK", CHUNK)
    monkeypatch.setattr(inspecting, "CHUNK", CHUNK)
    monkeypatch.setattr(inspecting, "SAVE_EVERY", 0.0)


class Killed(BaseException):
    """The process is gone: nothing catches it, nothing is saved any more."""


class Mortal:
    """A process that is killed right after its n-th write to the table or of a piece of the result."""

    def __init__(self, app: Application, monkeypatch: pytest.MonkeyPatch, *, at: int) -> None:
        self.left = at

        def dying(do: Any) -> Any:
            def last(*given: Any) -> None:
                do(*given)
                self.left -= 1
                if self.left == 0:
                    raise Killed

            return last

        monkeypatch.setattr(app.core.store, "write", dying(app.core.store.write))
        monkeypatch.setattr(Transfers, "put", dying(Transfers.put))


def dead(*given: Any) -> None:
    raise Killed


def a_sequence_for_new_leads(app: Application) -> str:
    """A sequence that takes new leads, and lets them come again at once."""
    again = {"reentry": {"policy": "after", "afterDays": 0}}
    sequence = make.a_sequence(status="ACTIVE", trigger_type="new_lead", trigger_config={}, settings=again)
    make.load(app, [sequence, make.a_step(sequence)])
    return sequence.id


def people(numbers: range) -> str:
    rows = [f"P{n:03},Test,p{n}@example.com,+1415555{n:04},note {n}" for n in numbers]
    return "first name,last name,email,phone,notes\n" + "\n".join(rows)


def a_story(app: Application, first: int) -> str:
    """A file of 10 rows: new people, a known one that changes, people twice, and one without an address."""
    app.intake.create(LeadInput(first_name="Old", last_name="Hand", email=f"p{first + 2}@example.com"))
    again = "".join(f"P{first + n:03},Again,p{first + n}@example.com,,\n" for n in (3, 2))
    return given(app, people(range(first, first + 6)) + f"\n{again},,bad,,\nN{first},No Address,,,\n")


EXPECTED = [
    "created",
    "created",
    "updated",
    "created",
    "created",
    "created",
    "updated",
    "updated",
    "rejected",
    "created",
]


def test_a_file_that_is_killed_anywhere_is_taken_in_once(app: Application, clock: ManualClock) -> None:
    """Every write, and every piece of the result, is once the last thing that happens. Triggers take each new lead."""
    sequence = a_sequence_for_new_leads(app)
    for at in range(1, 100):
        one = a_story(app, at * 10)
        begun = app.imports.start(one, ImportOptions(on_duplicate="update"))
        assert begun.job_id is not None
        with pytest.MonkeyPatch.context() as patch:
            mortal = Mortal(app, patch, at=at)
            with suppress(Killed):
                app.runner.run(begun.job_id, lambda: True)
        clock.advance(61)  # The lease ends.
        app.runner.run(begun.job_id, lambda: True)

        done = app.imports.get(one)
        assert (done.status, statuses(app, one)) == ("succeeded", EXPECTED), at
        assert [done.progress[name] for name in ("done", "created", "updated", "rejected")] == [10, 6, 3, 1]
        if mortal.left > 0:
            break
    else:
        raise AssertionError("it never came to its end")
    leads = leads_of(app)
    assert set(Counter(lead.email or lead.first_name for lead in leads).values()) == {1}
    known = {row["leadId"]["S"] for row in everything(app, "Arrival")}
    assert len(known) == at
    assert Counter(enrolled(app, sequence)) == Counter({lead.id for lead in leads} - known)
    assert problems(app) == []


def test_a_dry_run_that_is_killed_goes_on_and_counts_each_row_once(app: Application, clock: ManualClock) -> None:
    text = people(range(10)) + "\nP003,Again,p3@example.com,,\n"
    for at in range(1, 20):
        one = given(app, text)
        begun = app.imports.inspect(one, ImportOptions())
        assert begun.job_id is not None
        with pytest.MonkeyPatch.context() as patch:
            mortal = Mortal(app, patch, at=at)
            with suppress(Killed):
                app.runner.run(begun.job_id, lambda: True)
        clock.advance(61)

        app.runner.run(begun.job_id, lambda: True)

        found = app.imports.get(one).inspection
        assert found is not None
        assert [found[name] for name in ("rows", "created", "skipped")] == [11, 10, 1], at
        if mortal.left > 0:
            assert Transfers(app.core).keys(f"results/{one}/") == []
            return
    raise AssertionError("it never came to its end")


def test_a_stop_takes_effect_at_the_edge_of_a_chunk_and_the_result_is_exact(app: Application) -> None:
    one = given(app, people(range(10)))
    begun = app.imports.start(one, ImportOptions())
    assert begun.job_id is not None
    app.runner.run(begun.job_id, lambda: False)  # Out of time after one chunk.

    assert app.imports.cancel(one).status == "running"
    app.runner.run(begun.job_id, lambda: True)

    done = app.imports.get(one)
    assert (done.status, done.progress["done"], done.progress["created"]) == ("cancelled", CHUNK * 2, CHUNK * 2)
    assert statuses(app, one) == ["created"] * CHUNK * 2
    assert len(leads_of(app)) == CHUNK * 2
    assert app.imports.cancel(one) == done


def test_two_imports_of_the_same_file_at_once_make_one_lead_of_each_person(app: Application) -> None:
    text, sequence = people(range(60)), a_sequence_for_new_leads(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taking, "CHUNK", 20)
        both = [given(app, text) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: taken_in(app, one), both))

    for first, second in zip(*(statuses(app, one) for one in both), strict=True):
        assert sorted((first, second)) == ["created", "skipped"]
    assert enrolled(app, sequence) == sorted(lead.id for lead in leads_of(app))
    assert len(leads_of(app)) == 60
    assert problems(app) == []


def test_another_file_put_in_its_place_is_not_taken_for_the_rest(app: Application) -> None:
    one = given(app, people(range(10)))
    begun = app.imports.start(one, ImportOptions())
    assert begun.job_id is not None
    app.runner.run(begun.job_id, lambda: False)

    put_again(app, one, people(range(90, 99)).encode())
    app.runner.run(begun.job_id, lambda: True)

    done = app.imports.get(one)
    assert (done.status, done.progress["done"], len(leads_of(app))) == ("failed", CHUNK, CHUNK)
    assert "replaced" in (done.error or "")
    assert statuses(app, one) == ["created"] * CHUNK


def test_what_a_killed_runner_has_made_is_told_though_its_file_is_gone(app: Application, clock: ManualClock) -> None:
    sequence = a_sequence_for_new_leads(app)
    one = given(app, people(range(3)))
    begun = app.imports.start(one, ImportOptions())
    assert begun.job_id is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TriggerService, "look_at_new", dead)
        with suppress(Killed):
            app.runner.run(begun.job_id, lambda: True)
    made = [lead.id for lead in leads_of(app)]
    assert (len(made), enrolled(app, sequence)) == (3, [])

    put_again(app, one, people(range(90, 99)).encode())
    clock.advance(61)
    app.runner.run(begun.job_id, lambda: True)

    done = app.imports.get(one)
    assert (done.status, done.progress["created"], statuses(app, one)) == ("failed", 3, ["created"] * 3)
    assert sorted(made) == sorted(lead.id for lead in leads_of(app)) == enrolled(app, sequence)
    with pytest.raises(ConflictError):
        app.imports.start(one, ImportOptions())


def test_a_file_is_started_once(app: Application) -> None:
    one = given(app, people(range(3)))
    inspected(app, one)
    first = app.imports.start(one, ImportOptions())
    assert app.imports.start(one, ImportOptions()) == first
    assert first.job_id is not None
    app.runner.run(first.job_id, lambda: True)

    assert app.imports.start(one, ImportOptions()) == app.imports.get(one)
    assert len(leads_of(app)) == 3
