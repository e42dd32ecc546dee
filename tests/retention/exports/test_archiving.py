"""An archive holds the account, whatever happens while it is made."""

import io
import tracemalloc
from typing import Any

import pytest

from retention import jsontext
from retention.bootstrap import Application
from retention.exports.archiving import make
from retention.exports.model import ExportInput
from retention.leads.model import Lead
from retention.moving.archive import ArchiveReader
from retention.moving.carrying import carried, uncarried
from retention.moving.kinds import CARRIED
from retention.moving.records import line_of
from retention.table.keys import key_of
from tests import factories
from tests.factories import load
from tests.retention.exports.account import export, fetched, objects, put_in, some_of_everything

pytestmark = pytest.mark.usefixtures("bucket")


def records(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The records of an archive by their kinds."""
    reader = ArchiveReader(io.BytesIO(content))
    return {kind: [jsontext.loads(line.decode()) for line in reader.lines(kind)] for kind, _ in reader.kinds}


def in_pieces(monkeypatch: pytest.MonkeyPatch, run: int = 600, block: int = 400) -> None:
    """Have everything done in small pieces, so that there are many."""
    monkeypatch.setattr("retention.exports.collecting.RUN", run)
    monkeypatch.setattr("retention.moving.archive.BLOCK", block)


def test_it_holds_every_item_in_the_order_of_keys(app: Application) -> None:
    items = some_of_everything(app)
    put_in(app, items)

    ended, content = export(app)

    reader = ArchiveReader(io.BytesIO(content))
    for kind, entity in CARRIED.items():
        mine = sorted((item for item in items if type(item) is entity), key=key_of)
        assert list(reader.lines(kind)) == [line_of(carried(item)) for item in mine], kind
    assert ended.records == len(items)
    assert ended.about == {"records": dict(reader.kinds), "leftOut": {}, "detached": 0}
    assert reader.manifest["suppressionKey"] == app.core.keyring.key("suppression").hex()
    assert objects(app) == [f"exports/{ended.id}/file"]


def test_equal_accounts_make_equal_bytes(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    items = some_of_everything(app)
    put_in(app, items, seed=1)
    _, first = export(app)
    app.core.store.remove_unconditionally([key_of(item) for item in items])
    put_in(app, items, seed=2)
    monkeypatch.setattr("retention.exports.collecting.RUN", 600)

    _, second = export(app)

    assert second == first


def test_a_runner_that_is_killed_anywhere_changes_nothing(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(app, some_of_everything(app))
    in_pieces(monkeypatch)
    _, undisturbed = export(app)
    made = app.exports.create(ExportInput(kind="archive"))

    checkpoint, chunks = None, 0
    while app.exports.get(made.id).finished_at is None:
        runner = make(app.core, made, checkpoint)
        chunk = next(runner, None)
        # What comes now was not saved when the runner was killed.
        next(runner, None)
        checkpoint = jsontext.loads(jsontext.dumps(chunk.checkpoint)) if chunk else checkpoint
        chunks += 1

    assert chunks > 20
    assert fetched(app, made)[1] == undisturbed
    assert [name for name in objects(app) if made.id in name] == [f"exports/{made.id}/file"]


def test_what_is_going_away_is_not_there_and_what_hangs_on_it_goes_with_it(app: Application) -> None:
    lead, other = factories.a_lead(), factories.a_lead()
    campaign, script = factories.a_campaign(deleting=True), factories.a_script(deleting=True)
    sequence = factories.a_sequence(deleting=True)
    step, enrollment = factories.a_step(sequence), factories.an_enrollment(other, sequence)
    lost = factories.an_attempt(lead)
    kept = factories.an_attempt(other, campaign_id=campaign.id, script_id=script.id)
    sale, *pointers = factories.a_conversion(lead_id=lead.id, contact_attempt_id=lost.id)
    load(app, [lead, factories.a_contact(lead, erased=True), other, factories.a_contact(other), campaign, script])
    load(app, [sequence, step, enrollment, factories.an_execution(enrollment, step), lost, kept, sale, *pointers])
    load(app, [factories.an_assignment(other, campaign), factories.a_test(campaign)])

    ended, content = export(app)

    found = records(content)
    assert {kind: len(lines) for kind, lines in found.items()} == {
        "Lead": 1, "Contact": 1, "ContactAttempt": 1, "Conversion": 1, "ConversionOfSource": 1,
    }  # fmt: skip
    assert not {"campaignId", "scriptId"} & found["ContactAttempt"][0].keys()
    assert not {"leadId", "contactAttemptId"} & found["Conversion"][0].keys()
    assert ended.about is not None
    assert ended.about["leftOut"] == {
        "SequenceStep": 1, "ABTest": 1, "Lead": 1, "CampaignLead": 1, "SequenceEnrollment": 1,
        "SequenceStepExecution": 1, "ContactAttempt": 1, "ConversionOfLead": 1,
    }  # fmt: skip
    assert ended.about["detached"] == 2


def test_a_live_account_gives_whole_items_and_no_orphans(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    items = some_of_everything(app, leads=20)
    put_in(app, items)
    in_pieces(monkeypatch, run=3000, block=2000)
    monkeypatch.setattr("retention.exports.collecting.PAGES", 1)
    doomed = [item.id for item in items if isinstance(item, Lead)]
    wrote = 0

    def others_write() -> bool:
        """Between two chunks: a lead comes with all that it has, and another one goes."""
        nonlocal wrote
        wrote += 1
        lead, campaign = factories.a_lead(first_name="New"), factories.a_campaign()
        attempt = factories.an_attempt(lead, campaign_id=campaign.id)
        late = [lead, factories.a_contact(lead), campaign, factories.an_assignment(lead, campaign), attempt]
        load(app, [*late, *factories.a_conversion(lead_id=lead.id, contact_attempt_id=attempt.id)])
        if doomed:
            app.deletion.lead(doomed.pop())
        return False

    ended, content = export(app, others_write)

    found = records(content)
    assert wrote > 10
    assert orphans(found) == []
    assert ended.records == sum(map(len, found.values()))
    for kind, lines in found.items():
        for record in lines:
            uncarried(CARRIED[kind], record)


def orphans(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Records that name a lead, campaign or attempt which is not in the archive."""
    ids = {record["id"] for lines in found.values() for record in lines if "id" in record}
    named = ("leadId", "campaignId", "contactAttemptId", "sequenceId", "stepId", "conversionId")
    return [
        f"{kind} {name} {record[name]}"
        for kind, lines in found.items()
        for record in lines
        for name in named
        if name in record and record[name] not in ids
    ]


def test_memory_does_not_grow_with_the_account(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    in_pieces(monkeypatch, run=1_000_000, block=500_000)
    monkeypatch.setattr("retention.exports.runs.ALL_READ", 500_000)

    def peak(leads: int) -> int:
        """The bytes that an export holds at most, with so many more leads of ten thousand bytes each."""
        some = [factories.a_lead(notes="x" * 10_000) for _ in range(leads)]
        load(app, [item for lead in some for item in (lead, factories.a_contact(lead))])
        made = app.exports.create(ExportInput(kind="archive"))
        tracemalloc.start()
        try:
            app.runner.run(made.job_id or "", lambda: True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(250), peak(600)

    assert many < few + 4_000_000
