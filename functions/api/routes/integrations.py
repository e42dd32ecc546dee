"""/v1/integrations"""

from typing import Any

from api.answer import Answer, created, deleted, listed, shown
from api.operation import ListQuery, Request, Routes
from retention.deletion.service import Deleted
from retention.integrations.model import IntegrationChange, IntegrationConfig, IntegrationInput, IntegrationTest
from retention.integrations.service import Placed
from retention.jobs.model import Job
from retention.table.listing import Page

routes = Routes("integrations", read="integrations:read", write="integrations:write")


def _placed(outcome: Placed) -> Answer:
    present = created("/v1/integrations/{provider}") if outcome.created else shown
    return present(outcome.integration)


@routes("GET", "/v1/integrations", listed, "List integrations", query=ListQuery, answers={200: IntegrationConfig})
def list_integrations(request: Request[ListQuery, None]) -> Page[IntegrationConfig]:
    """Newest first, without their secrets."""
    return request.app.integrations.page(limit=request.query.limit, position=request.position)


@routes("GET", "/v1/integrations/{provider}", shown, "Read an integration", answers={200: IntegrationConfig})
def get_integration(request: Request[Any, None]) -> IntegrationConfig:
    """Each secret is shown as `{set, last4, updatedAt}`; `last4` only when the secret has 12 characters or more."""
    return request.app.integrations.get(request.path["provider"])


@routes(
    "PUT",
    "/v1/integrations/{provider}",
    _placed,
    "Put an integration in place",
    body=IntegrationInput,
    answers={200: IntegrationConfig, 201: IntegrationConfig},
)
def put_integration(request: Request[Any, IntegrationInput]) -> Placed:
    """Replaces what was there, so every secret must be given. 201 when there was none before. Of several at the same
    moment one succeeds, the others get 409. Secrets go to the secret store, not to the table. Webhooks that are
    signed with any earlier key are refused from now on; to let the earlier key overlap, use PATCH."""
    return request.app.integrations.put(request.path["provider"], request.body, if_match=request.if_match)


@routes(
    "PATCH",
    "/v1/integrations/{provider}",
    shown,
    "Change an integration",
    body=IntegrationChange,
    answers={200: IntegrationConfig},
)
def update_integration(request: Request[Any, Any]) -> IntegrationConfig:
    """A JSON merge patch, also within `config`. A secret that is not named is kept; null removes one that is
    optional. Webhooks that are signed with a key that this replaces are taken for 48 hours more."""
    return request.app.integrations.update(request.path["provider"], request.body, if_match=request.if_match)


@routes(
    "DELETE",
    "/v1/integrations/{provider}",
    deleted,
    "Delete an integration",
    answers={204: None, 202: Job},
)
def delete_integration(request: Request[Any, None]) -> Deleted:
    """Its secrets are removed after it, and its webhooks are refused; `isActive: false` stops sending, but still hears
    what becomes of what was sent. 202 when the secret store does not answer just now."""
    return request.app.integrations.delete(request.path["provider"], if_match=request.if_match)


@routes(
    "POST",
    "/v1/integrations/{provider}/test",
    shown,
    "Test an integration",
    answers={200: IntegrationTest},
)
def test_integration(request: Request[Any, None]) -> IntegrationTest:
    """Asks the provider something harmless with the credentials as they are now, whether the integration is active or
    not: Twilio for the account, SendGrid for what the key may do, VAPI for the number. Nothing is sent. `ok` false with
    a reason in `detail` when the provider does not answer, or not as it should; 409 for keitaro and meta, which call
    this service and are never called."""
    from retention.providers.trying import try_out

    provider = request.path["provider"]
    request.app.integrations.get(provider)
    return try_out(request.app.directory, provider)
