"""Giving files to an application, and what became of their rows."""

import urllib.request
from typing import Any

from retention import jsontext
from retention.bootstrap import Application
from retention.imports.files import result_key, upload_key
from retention.imports.model import Import, ImportInput, ImportOptions
from retention.leads.model import Lead
from retention.moving.storage import Transfers
from retention.table.items import from_raw

Lines = list[dict[str, Any]]


def given(app: Application, content: str | bytes, name: str = "leads.csv", **more: Any) -> str:
    """The id of an import whose file has been put."""
    made = app.imports.create(ImportInput(kind="leads", file_name=name, **more))
    raw = content.encode() if isinstance(content, str) else content
    sent = urllib.request.Request(made.upload.url, raw, made.upload.headers, method=made.upload.method)
    with urllib.request.urlopen(sent) as answer:
        assert answer.status == 200
    return made.id


def inspected(app: Application, import_id: str, **options: Any) -> Import:
    """An import that has been looked through."""
    return _worked(app, app.imports.inspect(import_id, ImportOptions(**options)))


def taken_in(app: Application, import_id: str, **options: Any) -> Import:
    """An import that has been taken in."""
    return _worked(app, app.imports.start(import_id, ImportOptions(**options)))


def _worked(app: Application, begun: Import) -> Import:
    assert begun.job_id is not None
    job = app.runner.run(begun.job_id, lambda: True)
    assert job is not None
    assert job.status == "succeeded"
    return app.imports.get(begun.id)


def result_of(app: Application, import_id: str) -> Lines:
    """The lines of a result."""
    content = Transfers(app.core).get(result_key(import_id))
    assert content is not None
    return [jsontext.loads(line) for line in content.decode().splitlines()]


def statuses(app: Application, import_id: str) -> list[str]:
    """What became of each row, in order."""
    lines = result_of(app, import_id)
    assert [line["row"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["status"] for line in lines]


def codes(app: Application, import_id: str) -> list[list[str]]:
    """What was wrong with each row."""
    return [[error["code"] for error in line["errors"]] for line in result_of(app, import_id)]


def put_again(app: Application, import_id: str, content: bytes) -> None:
    """Put another file in the place of one."""
    Transfers(app.core).put(upload_key(import_id), content)


def everything(app: Application, kind: str) -> list[dict[str, Any]]:
    """All raw items of a kind."""
    rows: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        answer = app.core.store.dispatch("Scan", {"TableName": app.core.store.table, "ConsistentRead": True, **more})
        rows += [row for row in answer["Items"] if row["kind"]["S"] == kind]
        if "LastEvaluatedKey" not in answer:
            return rows
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def leads_of(app: Application) -> list[Lead]:
    """All leads, by first name."""
    leads = [from_raw(Lead, row) for row in everything(app, "Lead")]
    return sorted(leads, key=lambda lead: (lead.first_name, lead.last_name))
