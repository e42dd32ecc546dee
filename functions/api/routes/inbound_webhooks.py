"""/v1/inbound-webhooks"""

from typing import Any

from api.answer import Answer, created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.intake.model import (
    InboundWebhook,
    InboundWebhookChange,
    InboundWebhookInput,
    IntakeActivity,
    IssuedInboundWebhook,
    MappedPayload,
    SecretRotation,
    TestPayload,
)
from retention.jobs.model import Job
from retention.table.listing import Page

routes = Routes("inbound-webhooks", read="integrations:read", write="integrations:write")

_issued = created("/v1/inbound-webhooks/{id}")


def _without_secret(outcome: IssuedInboundWebhook) -> IssuedInboundWebhook:
    return outcome.model_copy(update={"secret": None})


def _created_without_secret(outcome: IssuedInboundWebhook) -> Answer:
    return _issued(_without_secret(outcome))


def _rotated_without_secret(outcome: IssuedInboundWebhook) -> Answer:
    return shown(_without_secret(outcome))


@routes(
    "POST",
    "/v1/inbound-webhooks",
    _issued,
    "Set up an inbound webhook",
    body=InboundWebhookInput,
    kept=_created_without_secret,
    answers={201: IssuedInboundWebhook},
)
def create_inbound_webhook(request: Request[Any, InboundWebhookInput]) -> IssuedInboundWebhook:
    """Leads are then taken at `/webhooks/inbound/{slug}`. The secret is shown in this answer and never again: a
    repetition for the same Idempotency-Key has `secret: null`. 409 with `existingId` where the slug is taken."""
    return request.app.inbound_webhooks.create(request.body)


@routes(
    "GET",
    "/v1/inbound-webhooks",
    listed,
    "List inbound webhooks",
    query=ListQuery,
    answers={200: InboundWebhook},
)
def list_inbound_webhooks(request: Request[ListQuery, None]) -> Page[InboundWebhook]:
    """Newest first, without their secrets."""
    return request.app.inbound_webhooks.page(limit=request.query.limit, position=request.position)


@routes("GET", "/v1/inbound-webhooks/{id}", shown, "Read an inbound webhook", answers={200: InboundWebhook})
def get_inbound_webhook(request: Request[Any, None]) -> InboundWebhook:
    """Without its secret."""
    return request.app.inbound_webhooks.get(request.path["id"])


@routes(
    "PATCH",
    "/v1/inbound-webhooks/{id}",
    shown,
    "Change an inbound webhook",
    body=InboundWebhookChange,
    answers={200: InboundWebhook},
)
def update_inbound_webhook(request: Request[Any, Any]) -> InboundWebhook:
    """A JSON merge patch, also within `mapping`, `defaults` and `target`. The slug stays. What is on its way is
    read by the mapping that there is when it is applied."""
    return request.app.inbound_webhooks.update(request.path["id"], request.body, if_match=request.if_match)


@routes(
    "DELETE",
    "/v1/inbound-webhooks/{id}",
    deleted,
    "Delete an inbound webhook",
    answers={204: None, 202: Job},
)
def delete_inbound_webhook(request: Request[Any, None]) -> Deleted:
    """Whoever calls is refused; leads stay. 202 when the secret store does not answer just now."""
    return request.app.inbound_webhooks.delete(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/inbound-webhooks/{id}/rotate-secret",
    shown,
    "Replace the secret of an inbound webhook",
    body=SecretRotation,
    kept=_rotated_without_secret,
    answers={200: IssuedInboundWebhook},
    conditional=True,
)
def rotate_inbound_webhook_secret(request: Request[Any, SecretRotation]) -> IssuedInboundWebhook:
    """The new secret is shown in this answer and never again. The old one stays good for 48 hours; with `revokeOld` it
    and all before it are refused at once."""
    return request.app.inbound_webhooks.rotate(request.path["id"], request.body, if_match=request.if_match)


@routes(
    "POST",
    "/v1/inbound-webhooks/{id}/test",
    shown,
    "Try out a mapping",
    body=TestPayload,
    answers={200: MappedPayload},
)
def test_inbound_webhook(request: Request[Any, TestPayload]) -> MappedPayload:
    """The lead that the mapping makes of a payload, and what could not be used of it. Nothing is written."""
    return request.app.inbound_webhooks.test(request.path["id"], request.body.payload)


@routes(
    "GET",
    "/v1/inbound-webhooks/{id}/activity",
    listed,
    "List what came through an inbound webhook",
    query=ListQuery,
    answers={200: IntakeActivity},
)
def list_inbound_webhook_activity(request: Request[ListQuery, None]) -> Page[IntakeActivity]:
    """Newest first, of the last 30 days, without personal data. With the id `meta`: the leads of Meta's lead forms."""
    return request.app.inbound_webhooks.activity(
        request.path["id"], limit=request.query.limit, position=request.position
    )
