"""The entry of the webhooks function: from an event to an answer, with every refusal a problem."""

from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from retention import coldstart
from retention.errors import InputTooLargeError, MalformedInputError, RetentionError, SecretStoreError
from retention.receiving.inbox import InboxUnavailableError
from retention.receiving.request import Request
from webhooks import routes
from webhooks.answers import Answer, from_error, problem
from webhooks.door import CallerRefusedError, Door, door

logger = Logger()

#: The status of each error.
_STATUS: Final[dict[type[RetentionError], int]] = {
    CallerRefusedError: 403,
    MalformedInputError: 400,
    InputTooLargeError: 413,
    InboxUnavailableError: 503,
    SecretStoreError: 503,
}


def answer(one: Door, event: dict[str, Any]) -> Answer:
    """Answer one request."""
    found = routes.find(event["rawPath"])
    if found is None:
        return problem(404, "not_found", "There is no such resource.")
    route, named = found
    method = event["requestContext"]["http"]["method"].upper()
    if method not in route.methods:
        allowed = ", ".join(route.methods)
        return problem(
            405, "method_not_allowed", f"{method} is not allowed here, only {allowed}.", headers={"Allow": allowed}
        )
    given = _guarded(one, route, event, named)
    return given._replace(body="") if method == "HEAD" else given


def _guarded(one: Door, route: routes.Route, event: dict[str, Any], named: str) -> Answer:
    """Answer, whatever goes wrong."""
    try:
        given = route.handler()(one, Request.of(event), named)
        logger.info("answered", source=route.name, status=given.status)
        return given
    except CallerRefusedError as error:
        logger.warning("refused", source=route.name, reason=error.reason)
        one.measure("WebhooksRefused", source=route.name)
        return from_error(403, error)
    except RetentionError as error:
        status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
        logger.warning("not_taken", source=route.name, code=error.code)
        return from_error(status, error)
    except Exception:  # The outermost guard: nothing of ours may reach the caller.
        logger.exception("unexpected_error", source=route.name)
        return problem(500, "internal_error", "Something went wrong on our side.")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API (payload format 2.0)."""
    return answer(door(), event).as_json()


coldstart.done()
