"""/v1/webhook-endpoints"""

from typing import Any

from pydantic import Field

from api.answer import Answer, created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.jobs.model import Job
from retention.outbound.endpoint import (
    EndpointInput,
    EndpointTest,
    IssuedWebhookEndpoint,
    Replayed,
    ReplayRequest,
    WebhookEndpoint,
)
from retention.outbound.model import Delivery, DeliveryStatus
from retention.table.listing import Page

routes = Routes("webhook-endpoints", read="integrations:read", write="integrations:write")

_PATH = "/v1/webhook-endpoints"
_ONE = f"{_PATH}/{{id}}"


class DeliveryQuery(ListQuery):
    """Filters of the log of deliveries."""

    status: DeliveryStatus | None = Field(default=None, description="Only deliveries in this status")


def _without_secret(outcome: IssuedWebhookEndpoint) -> IssuedWebhookEndpoint:
    return outcome.model_copy(update={"secret": None})


_issued = created(_ONE)


def _issued_again(outcome: IssuedWebhookEndpoint) -> Answer:
    return _issued(_without_secret(outcome))


def _rotated_again(outcome: IssuedWebhookEndpoint) -> Answer:
    return shown(_without_secret(outcome))


@routes(
    "POST",
    _PATH,
    _issued,
    "Put a webhook endpoint in place",
    body=EndpointInput,
    kept=_issued_again,
    answers={201: IssuedWebhookEndpoint},
)
def create_webhook_endpoint(request: Request[Any, EndpointInput]) -> IssuedWebhookEndpoint:
    """It is told what happens from a few seconds later on. The secret that messages are signed with is shown in this
    answer and never again: a repetition for the same Idempotency-Key has `secret: null`. There may be ten endpoints."""
    return request.app.endpoints.create(request.body)


@routes("GET", _PATH, listed, "List webhook endpoints", query=ListQuery, answers={200: WebhookEndpoint})
def list_webhook_endpoints(request: Request[ListQuery, None]) -> Page[WebhookEndpoint]:
    """Newest first, without their secrets."""
    return request.app.endpoints.page(limit=request.query.limit, position=request.position)


@routes("GET", _ONE, shown, "Read a webhook endpoint", answers={200: WebhookEndpoint})
def get_webhook_endpoint(request: Request[Any, None]) -> WebhookEndpoint:
    """With how it fares; not its secret."""
    return request.app.endpoints.get(request.path["id"])


@routes("PATCH", _ONE, shown, "Change a webhook endpoint", body=EndpointInput, answers={200: WebhookEndpoint})
def update_webhook_endpoint(request: Request[Any, Any]) -> WebhookEndpoint:
    """A JSON merge patch. What is on its way goes to the new address. `isActive: true` brings back an endpoint that was
    switched off; what was cancelled with it can be replayed. What happened meanwhile is not told."""
    return request.app.endpoints.update(request.path["id"], request.body, if_match=request.if_match)


@routes("DELETE", _ONE, deleted, "Delete a webhook endpoint", answers={204: None, 202: Job})
def delete_webhook_endpoint(request: Request[Any, None]) -> Deleted:
    """Its secret and its log go with it, and nothing more is told to it."""
    return request.app.endpoints.delete(request.path["id"], if_match=request.if_match)


@routes(
    "POST",
    f"{_ONE}/rotate-secret",
    shown,
    "Give a webhook endpoint a new secret",
    kept=_rotated_again,
    conditional=True,
    answers={200: IssuedWebhookEndpoint},
)
def rotate_webhook_secret(request: Request[Any, None]) -> IssuedWebhookEndpoint:
    """The new secret is shown in this answer and never again. For 24 hours each message carries two signatures, one by
    the new secret and one by the secret before; a receiver needs one of them."""
    return request.app.endpoints.rotate_secret(request.path["id"], if_match=request.if_match)


@routes("POST", f"{_ONE}/test", shown, "Test a webhook endpoint", answers={200: EndpointTest})
def test_webhook_endpoint(request: Request[Any, None]) -> EndpointTest:
    """Sends a signed event of the type `endpoint.test` now and waits up to eight seconds for the answer. A postback is
    asked for with `test` for its ids, 0 for its payout and the status lead."""
    return request.app.endpoints.try_out(request.path["id"], request.app.deliverer.http)


@routes("GET", f"{_ONE}/deliveries", listed, "List deliveries", query=DeliveryQuery, answers={200: Delivery})
def list_deliveries(request: Request[DeliveryQuery, None]) -> Page[Delivery]:
    """What the endpoint was told or is to be told, newest first; kept for 30 days."""
    query = request.query
    return request.app.deliveries.page(request.path["id"], query.status, limit=query.limit, position=request.position)


@routes("GET", f"{_ONE}/deliveries/{{deliveryId}}", shown, "Read a delivery", answers={200: Delivery})
def get_delivery(request: Request[Any, None]) -> Delivery:
    """With what came of its last try."""
    return request.app.deliveries.get(request.path["id"], request.path["deliveryId"])


@routes("POST", f"{_ONE}/deliveries/{{deliveryId}}/replay", shown, "Replay a delivery", answers={200: Delivery})
def replay_delivery(request: Request[Any, None]) -> Delivery:
    """It is made once more, whatever became of it, under the same id and with all its tries. 409 while the endpoint is
    switched off."""
    return request.app.deliveries.replay(request.path["id"], request.path["deliveryId"])


@routes("POST", f"{_ONE}/replay", shown, "Replay failed deliveries", body=ReplayRequest, answers={200: Replayed})
def replay_failed_deliveries(request: Request[Any, ReplayRequest]) -> Replayed:
    """Up to 500 deliveries of events since an instant that failed or were cancelled are made once more, the oldest
    first. Where `continueSince` is set, ask again with it."""
    return request.app.deliveries.replay_failed(request.path["id"], request.body.since)
