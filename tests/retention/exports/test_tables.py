"""Everything of one kind as the API shows it."""

import csv
import io
import json
from decimal import Decimal

import pytest

from retention.bootstrap import Application
from retention.exports.tables import KINDS
from retention.moving.kinds import ENTITIES
from retention.scripts.model import ScriptBody
from retention.table.keys import key_of
from tests import factories
from tests.api_client import ApiClient
from tests.factories import load
from tests.retention.exports.account import export, objects, put_in, some_of_everything

pytestmark = pytest.mark.usefixtures("bucket")


def test_each_of_the_thirteen_can_be_exported_by_itself(app: Application) -> None:
    assert set(KINDS.values()) == set(ENTITIES)
    items = some_of_everything(app)
    put_in(app, items)
    for entity, kind in KINDS.items():
        ended, content = export(app, kind="entity", entity=entity)

        mine = sorted((item for item in items if type(item) is kind), key=key_of)
        assert [json.loads(line)["id"] for line in content.splitlines()] == [item.id for item in mine]  # type: ignore[attr-defined]
        assert ended.records == len(mine)


def test_a_line_is_what_the_api_shows(app: Application, api: ApiClient) -> None:
    lead = factories.a_lead(phone="+14155550100", meta={"price": Decimal("1.10")})
    script = factories.a_script(content=None, body_bytes=9, body_revision="r")
    gone = factories.a_lead(deleting=True)
    load(app, [lead, factories.a_contact(lead, stop_reason="OPT_OUT"), script, gone])
    load(
        app,
        [ScriptBody(script_id=script.id, content="Long text", revision="r"), factories.a_contact(gone, erased=True)],
    )
    api.put("/v1/integrations/sendgrid", {"config": {"apiKey": "SG.very-secret", "fromEmail": "a@example.com"}})

    for path, entity in (("leads", "leads"), ("scripts", "scripts"), ("integrations", "integrations")):
        _, content = export(app, kind="entity", entity=entity)
        listed = api.get(f"/v1/{path}").json["data"]
        assert [json.loads(line) for line in content.splitlines()] == listed
        assert b"very-secret" not in content


def test_a_table_has_the_columns_and_cells_of_the_lists(app: Application, api: ApiClient) -> None:
    for name in ("=1+1", "+x", "-x", "@x", "\tx", 'say "hi",\r\nnow', "Ada"):
        lead = factories.a_lead(first_name=name, phone="+14155550100", meta={"a": [1, Decimal("0.10")]})
        load(app, [lead, factories.a_contact(lead)])

    ended, content = export(app, kind="entity", entity="leads", format="csv")

    text = content.decode()
    assert text.startswith("\ufeff")
    listed = api.get("/v1/leads?format=csv&limit=100").text
    rows = list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))
    assert sorted(map(str, rows)) == sorted(map(str, csv.DictReader(io.StringIO(listed[1:], newline=""), strict=True)))
    assert {row["firstName"][0] for row in rows} == {"'", "s", "A"}
    assert ended.file_name.endswith(".csv")


def test_many_runs_make_one_file(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(app, some_of_everything(app, leads=20))
    whole, expected = export(app, kind="entity", entity="contact-attempts")
    monkeypatch.setattr("retention.exports.collecting.RUN", 1)
    monkeypatch.setattr("retention.exports.runs.READ", 100)
    monkeypatch.setattr("retention.exports.runs.LEAST_READ", 10)

    again, content = export(app, lambda: False, kind="entity", entity="contact-attempts")

    assert content == expected
    assert whole.records == again.records == 20
    assert sorted(objects(app)) == sorted(f"exports/{one.id}/file" for one in (whole, again))


def test_nothing_makes_an_empty_file(app: Application) -> None:
    assert export(app, kind="entity", entity="leads")[1] == b""
    assert export(app, kind="entity", entity="leads", format="csv")[1].decode().count("\r\n") == 1
