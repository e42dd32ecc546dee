"""/v1/api-keys"""

from typing import Any

from pydantic import Field

from api.answer import Answer, created, listed, shown
from api.operation import ListQuery, NoQuery, Request, Routes
from retention.access.model import ApiKey, ApiKeyInput, IssuedApiKey, Rotation
from retention.access.scopes import ADMIN
from retention.table.listing import Page

# Who may read keys could learn whom to impersonate; who may make keys may do everything.
routes = Routes("api-keys", read=ADMIN, write=ADMIN)


class RevokeQuery(NoQuery):
    """How a key is revoked."""

    model_config = {**NoQuery.model_config, "strict": False}

    force: bool = Field(default=False, description="Revoke it even if it is the last working admin key")


_issued = created("/v1/api-keys/{id}")


def _without_key(outcome: IssuedApiKey) -> Answer:
    return _issued(outcome.model_copy(update={"key": None}))


def _done(_: Any) -> Answer:
    return Answer(204)


@routes(
    "POST",
    "/v1/api-keys",
    _issued,
    "Make an API key",
    body=ApiKeyInput,
    kept=_without_key,
    answers={201: IssuedApiKey},
)
def create_api_key(request: Request[Any, ApiKeyInput]) -> IssuedApiKey:
    """The key is shown in this answer and never again: a repetition for the same Idempotency-Key has `key: null`.
    The first key with the scope `admin` retires the bootstrap key."""
    return request.app.access.create(request.body)


@routes("GET", "/v1/api-keys", listed, "List API keys", query=ListQuery, answers={200: ApiKey})
def list_api_keys(request: Request[ListQuery, None]) -> Page[ApiKey]:
    """Newest first, those that no longer work included for 30 days after their end."""
    return request.app.access.page(limit=request.query.limit, position=request.position)


@routes("GET", "/v1/api-keys/{id}", shown, "Read an API key", answers={200: ApiKey})
def get_api_key(request: Request[Any, None]) -> ApiKey:
    """What it may do and how long it works; not the key itself."""
    return request.app.access.get(request.path["id"])


@routes("DELETE", "/v1/api-keys/{id}", _done, "Revoke an API key", query=RevokeQuery, answers={204: None})
def revoke_api_key(request: Request[RevokeQuery, None]) -> bool:
    """The key stops working within 60 seconds and stays visible for 30 days; revoking it again changes nothing.
    The last working admin key is kept (409) unless `force=true`: without one, keys can be made by tokens with the scope
    `admin` only, or by the bootstrap key once an operator has brought it back."""
    request.app.access.revoke(request.path["id"], if_match=request.if_match, force=request.query.force)
    return True


@routes(
    "POST",
    "/v1/api-keys/{id}/rotate",
    _issued,
    "Replace an API key",
    body=Rotation,
    kept=_without_key,
    answers={201: IssuedApiKey},
)
def rotate_api_key(request: Request[Any, Rotation]) -> IssuedApiKey:
    """A new key with the same name and scopes, shown in this answer and never again. The old one works on for 24 hours,
    or until `oldValidUntil`, and can be revoked before. A key is rotated once (409 after that)."""
    return request.app.access.rotate(request.path["id"], request.body, if_match=request.if_match)
