"""An archive is taken in record by record: once, over nothing that is there, and whatever dies on the way."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.entity import Entity
from retention.imports.archive import applying, writing
from retention.imports.files import upload_key
from retention.imports.model import UnusableFileError
from retention.leads.model import Contact, Lead
from retention.moving.archive import NotAnArchiveError
from retention.moving.carrying import carried
from retention.moving.records import line_of
from retention.moving.storage import Transfers
from retention.sequences.model import SequenceStepExecution
from retention.table.keys import key_of
from tests import factories
from tests.figures import untrue
from tests.integrity import scan
from tests.retention.imports.archive.account import (
    TakingIn,
    another_stack,
    archive_of,
    archived,
    differences,
    items_of,
    looked_through,
    written,
)


@pytest.fixture
def other(clock: ManualClock, endpoint: str) -> Application:
    """An empty stack."""
    return another_stack(clock)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are some."""
    monkeypatch.setattr(applying, "CHUNK", 5)


def some_items() -> list[Entity]:
    """A campaign and a sequence with leads in both."""
    campaign, sequence = factories.a_campaign(), factories.a_sequence()
    step = factories.a_step(sequence)
    items: list[Entity] = [campaign, sequence, step]
    for number in range(7):
        lead = factories.a_lead(email=None, phone=f"+1202555{number:04d}")
        enrollment = factories.an_enrollment(lead, sequence)
        items += [lead, factories.a_contact(lead), factories.an_assignment(lead, campaign), enrollment]
        items += [factories.an_execution(enrollment, step), factories.an_attempt(lead)]
    return items


class KilledError(BaseException):
    """The function was killed."""


def test_wherever_it_is_killed_each_record_comes_once_and_the_result_is_exact(
    other: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = written(some_items())
    taking = TakingIn(other, archive)
    total = sum(count for _, count in taking.reader.kinds)
    write: Callable[..., None] = writing.write
    deaths = 0
    checkpoint = told = None

    def dying(before: bool) -> Callable[..., None]:
        def die(*given: Any) -> None:
            if not before:
                write(*given)
            raise KilledError

        return die

    # In each chunk twice: before its transactions, and after them; then it is done, and its place is lost once more.
    for turn in range(200):
        chunks = taking.chunks(checkpoint)
        if turn % 3 < 2:
            monkeypatch.setattr(writing, "write", dying(before=turn % 3 == 0))
            with pytest.raises(KilledError):
                list(chunks)
            deaths += 1
            continue
        monkeypatch.setattr(writing, "write", write)
        fresh = (chunk for chunk in chunks if chunk.checkpoint is not None)
        found = next(fresh, None)
        told = None if found is None else (found.result or {})["progress"]
        if told is None or told["done"] == total:
            break
        checkpoint = found.checkpoint if found is not None else None

    assert deaths >= 2 * total // 10
    assert told == {"done": total, "total": total, "created": total} | dict.fromkeys(
        ("updated", "unchanged", "skipped", "rejected"), 0
    )
    assert Counter(line["status"] for line in taking.result()) == {"created": total}
    assert sorted(line["row"] for line in taking.result()) == list(range(1, total + 1))
    assert differences(archive_of(other), archive) == []


def test_nothing_is_owed_before_all_is_there_that_is_looked_at_when_it_is_sent(other: Application) -> None:
    taking, owing = TakingIn(other, written(some_items())), set[str]()

    for _ in taking.chunks():
        items = list(items_of(other))
        owing = {item.lead_id for item in items if isinstance(item, SequenceStepExecution)}
        known = {item.lead_id for item in items if isinstance(item, Contact)}
        assert owing <= known
    assert len(owing) == 7


def test_two_at_once_take_in_each_record_once(other: Application) -> None:
    archive = written(some_items())
    both = [TakingIn(other, archive) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(TakingIn.run, both))

    total = sum(count for _, count in both[0].reader.kinds)
    assert [(one["done"], one["rejected"]) for one in told] == [(total, 0)] * 2
    assert differences(archive_of(other), archive) == []
    assert list(untrue(list(scan(other)))) == []


def test_what_is_there_is_left_as_it_is(other: Application) -> None:
    lead, gone = factories.a_lead(first_name="Ada"), factories.a_lead()
    factories.load(other, [lead])
    changed = lead.model_copy(update={"first_name": "Grace", "notes": "called"})
    archive = written([changed, gone, factories.a_campaign()])

    seen = looked_through(other, archive)
    taking = TakingIn(other, archive)
    told = taking.run()

    assert (seen["new"], seen["different"], seen["rejected"], seen["unchanged"]) == (2, 1, 0, 0)
    assert (told["created"], told["rejected"]) == (2, 1)
    (refused,) = [line for line in taking.result() if line["status"] == "rejected"]
    assert (refused["id"], refused["kind"], refused["errors"][0]["code"]) == (lead.id, "Lead", "different")
    assert "firstName, notes" in refused["errors"][0]["detail"]
    assert other.core.store.find(Lead, key_of(lead)) == lead


def test_a_child_without_its_parent_is_refused_and_the_rest_goes_on(other: Application) -> None:
    lead, nobody, campaign = factories.a_lead(), factories.a_lead(), factories.a_campaign()
    archive = written([lead, campaign, factories.an_attempt(nobody), factories.an_assignment(lead, campaign)])

    seen = looked_through(other, archive)
    taking = TakingIn(other, archive)
    told = taking.run()

    assert (told["created"], told["rejected"]) == (3, 1)
    assert (seen["new"], seen["rejected"]) == (3, 1)
    (refused,) = [line for line in taking.result() if line["status"] == "rejected"]
    assert [one["code"] for one in refused["errors"]] == ["parent_missing"]
    assert seen["errors"][0]["code"] == "parent_missing"
    assert nobody.id in refused["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        (b"{", "", "not_json"),
        (b'{"kind":"Lead","kind":"Lead"}', "", "duplicate_key"),
        (b"[]", "/kind", "wrong_kind"),
        (b'{"kind":"Campaign"}', "/kind", "wrong_kind"),
        (b"\xff", "", "not_utf8"),
        ({"firstName": None}, "/firstName", "wrong_type"),
        ({"firstname": "x"}, "/firstname", "unknown_field"),
        ({"status": "DO_NOT_CONTACT"}, "/status", "not_allowed"),
        ({"createdAt": "yesterday"}, "/createdAt", "not_an_instant"),
        ({"id": "a#b"}, "/id", "invalid_id"),
        ({"internal": []}, "/internal", "not_an_object"),
        ({"internal": {"deleting": True}}, "/internal/deleting", "going_away"),
    ],
)
def test_a_record_that_cannot_be_taken_in_says_why(
    other: Application, line: bytes | dict[str, Any], pointer: str, code: str
) -> None:
    good = factories.a_lead()
    bad = (
        line
        if isinstance(line, bytes)
        else json.dumps({**json.loads(line_of(carried(factories.a_lead()))), **line}).encode()
    )
    taking = TakingIn(other, archived({"Lead": [bad + b"\n", line_of(carried(good))]}))

    told = taking.run()

    assert (told["created"], told["rejected"]) == (1, 1)
    assert [(one["pointer"], one["code"]) for one in taking.result()[0]["errors"]] == [(pointer, code)]
    assert other.core.store.find(Lead, key_of(good)) == good


def test_an_id_of_another_place_is_refused(other: Application) -> None:
    lead, campaign = factories.a_lead(), factories.a_campaign()
    assignment = factories.an_assignment(lead, campaign).model_copy(update={"id": "somebody.else"})
    attempt = factories.an_attempt(lead).model_copy(update={"id": "elsewhere.1"})

    taking = TakingIn(other, written([lead, campaign, assignment, attempt]))

    assert taking.run()["created"] == 2
    assert [line["errors"][0]["code"] for line in taking.result() if "errors" in line] == ["mismatch", "mismatch"]


def test_a_record_without_a_revision_is_known_again(other: Application) -> None:
    line = line_of(carried(factories.a_lead(revision="")))
    archive = archived({"Lead": [line]})

    assert TakingIn(other, archive).run()["created"] == 1
    assert TakingIn(other, archive).run()["unchanged"] == 1


def test_it_stops_where_it_is_cancelled_and_its_result_says_how_far_it_came(other: Application) -> None:
    taking = TakingIn(other, written(some_items()))
    chunks = (chunk for chunk in taking.chunks() if chunk.result)

    first = next(chunks)
    taking.cancel()

    assert list(chunks) == []
    assert len(taking.result()) == (first.result or {})["progress"]["done"]


def _flipped(file: bytes) -> bytes:
    """With one bit wrong, in the records that are taken in last."""
    at = file.index(b"SequenceStepExecution.jsonl") + 80
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]


@pytest.mark.parametrize("harm", [lambda file: file[:-30], _flipped, lambda _: b"x"])
def test_a_damaged_archive_changes_nothing(other: Application, harm: Callable[[bytes], bytes]) -> None:
    whole = written(some_items())
    damaged = harm(whole)
    assert damaged != whole
    taking = TakingIn(other, whole)
    Transfers(other.core).put(upload_key(taking.id), damaged)

    with pytest.raises(NotAnArchiveError):
        taking.run()

    assert differences(archive_of(other), archived({})) == []


def test_no_file_says_so(other: Application) -> None:
    taking = TakingIn(other, archived({}))
    Transfers(other.core).remove([upload_key(taking.id)])

    with pytest.raises(UnusableFileError):
        taking.run()
