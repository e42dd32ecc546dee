"""/v1/scripts"""

from typing import Any

from pydantic import Field

from api.answer import created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from api.reading import ForbiddenError
from retention.deletion.service import Deleted
from retention.fields import Channel, RootId
from retention.jobs.model import Job
from retention.scripts.model import Script, ScriptInput
from retention.scripts.preview import PreviewRequest, ScriptPreview
from retention.scripts.service import ScriptFilter
from retention.table.listing import Page

routes = Routes("scripts", read="scripts:read", write="scripts:write")


class ScriptQuery(ListQuery):
    """Filters of the list of scripts."""

    type: Channel | None = Field(default=None, description="Only scripts for this channel")
    campaign_id: RootId | None = Field(default=None, description="Only scripts of this campaign")
    is_default: bool | None = Field(default=None, description="Only scripts that are used where nothing else is chosen")


@routes("POST", "/v1/scripts", created("/v1/scripts/{id}"), "Create a script", body=ScriptInput, answers={201: Script})
def create_script(request: Request[Any, ScriptInput]) -> Script:
    """The content must fit the type: a text for SMS, an object with subject and html for EMAIL, a text or
    `vapiConfig.instructions` for CALL."""
    return request.app.scripts.create(request.body)


@routes("GET", "/v1/scripts", listed, "List scripts", query=ScriptQuery, answers={200: Script})
def list_scripts(request: Request[ScriptQuery, None]) -> Page[Script]:
    """Newest first, with their content. A page of long scripts may be shorter than its limit."""
    query = request.query
    wanted = ScriptFilter(type=query.type, campaign_id=query.campaign_id, is_default=query.is_default)
    return request.app.scripts.page(wanted, limit=query.limit, position=request.position)


@routes("GET", "/v1/scripts/{id}", shown, "Read a script", answers={200: Script})
def get_script(request: Request[Any, None]) -> Script:
    """With its content."""
    return request.app.scripts.get(request.path["id"])


@routes("PATCH", "/v1/scripts/{id}", shown, "Change a script", body=ScriptInput, answers={200: Script})
def update_script(request: Request[Any, Any]) -> Script:
    """A JSON merge patch. The type of a script that a step or an A/B test uses stays."""
    return request.app.scripts.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", "/v1/scripts/{id}", deleted, "Delete a script", answers={204: None, 202: Job})
def delete_script(request: Request[Any, None]) -> Deleted:
    """The steps and contact attempts that used it stay, without it."""
    return request.app.deletion.script(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/scripts/{id}/duplicate",
    created("/v1/scripts/{id}"),
    "Duplicate a script",
    answers={201: Script},
)
def duplicate_script(request: Request[Any, None]) -> Script:
    """A second script with the same words, its name marked as a copy. It is no default."""
    return request.app.scripts.duplicate(request.path["id"])


@routes(
    "POST",
    "/v1/scripts/{id}/preview",
    shown,
    "Preview a script",
    body=PreviewRequest,
    answers={200: ScriptPreview},
)
def preview_script(request: Request[Any, PreviewRequest]) -> ScriptPreview:
    """Fills in the script for a lead and sends nothing; 422 with the reason where it would not be sent. With `leadId`
    it needs the scope `leads:read`, too. Links are samples: as long as the real ones, but following them counts for
    nothing."""
    if request.body.lead_id is not None and not request.caller.may("leads:read"):
        raise ForbiddenError("With leadId this needs the scope leads:read, too.")
    return request.app.scripts.preview(request.path["id"], request.body)
