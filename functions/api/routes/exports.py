"""/v1/exports"""

from typing import Any

from api.answer import accepted, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.exports.model import Export, ExportInput
from retention.moving.storage import Link
from retention.table.listing import Page

routes = Routes("exports", read="exports:read", write="exports:write")


@routes(
    "POST",
    "/v1/exports",
    accepted("/v1/exports/{id}"),
    "Export data",
    body=ExportInput,
    answers={202: Export},
)
def create_export(request: Request[Any, ExportInput]) -> Export:
    """The file is made by a job: the whole account as an archive that can be imported again, everything of one kind as
    JSON Lines or CSV, or all that is known of one lead. It can be fetched for a week. An archive is as confidential as
    the account: it holds everybody's data, and the key by which suppressed addresses are recognised."""
    return request.app.exports.create(request.body)


@routes("GET", "/v1/exports", listed, "List exports", query=ListQuery, answers={200: Export})
def list_exports(request: Request[ListQuery, None]) -> Page[Export]:
    """Newest first. An export leaves the list with its file."""
    return request.app.exports.page(limit=request.query.limit, position=request.position)


@routes("GET", "/v1/exports/{id}", shown, "Read an export", answers={200: Export})
def get_export(request: Request[Any, None]) -> Export:
    """How far it is; when it has ended, the size of the file and its SHA-256."""
    return request.app.exports.get(request.path["id"])


@routes("GET", "/v1/exports/{id}/file", shown, "Fetch the file of an export", answers={200: Link})
def get_export_file(request: Request[Any, None]) -> Link:
    """A link that works for an hour. Until it is finished, there is none: 404."""
    return request.app.exports.file(request.path["id"])


@routes("DELETE", "/v1/exports/{id}", deleted, "Delete an export", answers={204: None})
def delete_export(request: Request[Any, None]) -> Deleted:
    """With its file. If it is still being made, that ends."""
    request.app.exports.delete(request.path["id"], if_match=request.if_match)
    return Deleted(None)
