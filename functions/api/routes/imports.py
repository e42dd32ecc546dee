"""/v1/imports"""

from typing import Any

from pydantic import Field

from api.answer import Answer, accepted, created, deleted, json_answer, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.imports.model import Import, ImportInput, ImportOptions, ImportStatus, NewImport
from retention.moving.storage import Link
from retention.table.listing import Page

routes = Routes("imports", read="imports:read", write="imports:write")

_accepted = accepted("/v1/imports/{id}")


class ImportQuery(ListQuery):
    """Filters of the list of imports."""

    status: ImportStatus | None = Field(default=None, description="Only imports with this status")


class ImportStart(ImportOptions):
    """How a file is taken in."""

    secrets: dict[str, dict[str, str]] | None = Field(
        default=None,
        max_length=20,
        description="archive: credentials by integration and name, which no archive holds; kept in the secret store",
    )


def _link(link: Link) -> Answer:
    return json_answer(200, link)


@routes(
    "POST",
    "/v1/imports",
    created("/v1/imports/{id}"),
    "Begin an import",
    body=ImportInput,
    answers={201: NewImport},
)
def create_import(request: Request[Any, ImportInput]) -> NewImport:
    """The answer's `upload` says where to put the file, by one request of up to 5 GB within an hour. Then inspect it,
    or start it at once. Files are kept for a week, the import for 30 days."""
    return request.app.imports.create(request.body)


@routes("GET", "/v1/imports", listed, "List imports", query=ImportQuery, answers={200: Import})
def list_imports(request: Request[ImportQuery, None]) -> Page[Import]:
    """Newest first."""
    query = request.query
    return request.app.imports.page(query.status, limit=query.limit, position=request.position)


@routes("GET", "/v1/imports/{id}", shown, "Read an import", answers={200: Import})
def get_import(request: Request[Any, None]) -> Import:
    """How far it is, and what a dry run found."""
    return request.app.imports.get(request.path["id"])


@routes("POST", "/v1/imports/{id}/inspect", _accepted, "Look through a file", body=ImportOptions, answers={202: Import})
def inspect_import(request: Request[Any, ImportOptions]) -> Import:
    """A dry run over the whole file, which changes nothing: when the status is `inspected`, `inspection` says which
    columns were understood, what would become of the rows, and the first errors. With another mapping, inspect it
    again."""
    return request.app.imports.inspect(request.path["id"], request.body)


@routes("POST", "/v1/imports/{id}/start", _accepted, "Take a file in", body=ImportStart, answers={202: Import})
def start_import(request: Request[Any, ImportStart]) -> Import:
    """In the background; what is not said here is as it was inspected. Starting it again changes nothing."""
    given = request.body
    options = ImportOptions.model_construct(
        given.model_fields_set - {"secrets"}, **{name: getattr(given, name) for name in ImportOptions.model_fields}
    )
    return request.app.imports.start(request.path["id"], options, given.secrets)


@routes("POST", "/v1/imports/{id}/cancel", _accepted, "Stop an import", answers={202: Import})
def cancel_import(request: Request[Any, None]) -> Import:
    """It ends after the rows that are being dealt with at this moment. What was taken in stays, and the result says
    which rows that was. 409 for one that has ended otherwise."""
    return request.app.imports.cancel(request.path["id"])


@routes("GET", "/v1/imports/{id}/result", _link, "Get the result of an import", answers={200: Link})
def get_import_result(request: Request[Any, None]) -> Link:
    """A link that works for an hour, to JSON Lines: for each row `row`, `status` (created, updated, unchanged, skipped,
    rejected), `id` and `errors`. 404 until the import has ended."""
    return request.app.imports.result(request.path["id"])


@routes("DELETE", "/v1/imports/{id}", deleted, "Delete an import", answers={204: None})
def delete_import(request: Request[Any, None]) -> Deleted:
    """With its files. What it has taken in stays. 409 while it is worked on."""
    return request.app.imports.delete(request.path["id"], if_match=request.if_match)
