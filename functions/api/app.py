"""The entry of the api function: from an event to an answer, with every refusal a problem."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from api import former, reading
from api.answer import Answer
from api.event import HttpEvent
from api.operation import Caller, Operation, Request
from api.problem import from_error, problem
from api.router import Router
from api.routes import ALL
from retention import coldstart, idempotency
from retention.bootstrap import Application, application
from retention.errors import MalformedInputError, NotFoundError, RetentionError
from retention.idempotency import StoredAnswer
from retention.jsontext import canonical
from retention.table import cursor
from retention.table.listing import Page

logger = Logger()
#: Errors of AWS that mean "busy": the caller may try again.
_BUSY: Final = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"})
#: Bytes of a path parameter; longer ones name nothing of ours (and two of them fit a sort key of 1,024 bytes).
_PARAMETER_LIMIT: Final = 400
#: What the caller of a public document is called.
_ANYBODY: Final = Caller("", frozenset())
_ROUTER: Final = Router(ALL)


def handle(operation: Operation, event: HttpEvent, path: Mapping[str, str]) -> Answer:
    """Carry out one request.

    Raises:
        RetentionError: it was refused.
    """
    caller = _ANYBODY
    if operation.scopes:
        caller = reading.caller_of(event)
        noted = reading.noted_use_of(event)
        if noted is not None:
            application().access.note_use(caller.id, noted)
        reading.require_scopes(caller, operation)
    if any(len(value.encode("utf-8", "surrogatepass")) > _PARAMETER_LIMIT for value in path.values()):
        raise NotFoundError
    app = application()
    query = former.in_fields(app.core, reading.query_of(event, operation))
    named = reading.format_of(event, operation)
    body = former.in_fields(app.core, reading.body_of(event, operation))
    path = former.in_path(app.core, operation.path, path)
    place = f"{operation.id}|{canonical(path).decode()}|{canonical(_filters(query)).decode()}|{caller.id}"
    request = Request(app, caller, path, query, body, reading.if_match_of(event), _position(app, query, place))

    def present(outcome: Any) -> Answer:
        if isinstance(outcome, Page) and outcome.position is not None:
            secret = app.core.keyring.key("cursors")
            outcome = replace(
                outcome, position=cursor.issue(secret, outcome.position, bound_to=place, now=app.core.now())
            )
        answer = operation.present(outcome)
        return _in_format(operation, outcome, answer, named, event) if operation.has_csv else answer

    name = event.headers.get("idempotency-key")
    if operation.method == "GET" or name is None:
        return present(operation.handler(request))
    return _once(app, caller, name, event, operation, lambda: operation.handler(request), present)


def _in_format(operation: Operation, outcome: Any, answer: Answer, named: str | None, event: HttpEvent) -> Answer:
    """The answer as the caller wants it: JSON, or a table."""
    answer = replace(answer, headers={**answer.headers, "Vary": "Accept"})
    accept = event.headers.get("accept") or ""
    if named == "json" or (named is None and "csv" not in accept.lower()):
        return answer
    # Loaded when somebody wants it.
    from api import sheet

    if not sheet.wanted(named, accept):
        return answer
    return sheet.as_csv(operation, outcome, answer, named, event.path, event.query)


def _filters(query: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(query).items() if name not in ("limit", "cursor")}


def _position(app: Application, query: Any, place: str) -> str | None:
    given = getattr(query, "cursor", None)
    if given is None:
        return None
    return cursor.read(app.core.keyring.key("cursors"), given, bound_to=place, now=app.core.now())


def _once(
    app: Application,
    caller: Caller,
    name: str,
    event: HttpEvent,
    operation: Operation,
    act: Callable[[], Any],
    present: Callable[[Any], Answer],
) -> Answer:
    """Carry out a request under its Idempotency-Key."""
    if not 1 <= len(name) <= 255 or not name.isprintable():
        raise MalformedInputError.at("/header/Idempotency-Key", "bad_idempotency_key", "1 to 255 printable characters.")

    def render(outcome: Any) -> StoredAnswer:
        answer = (operation.kept or present)(outcome)
        return StoredAnswer(answer.status, dict(answer.headers), answer.body)

    asked = f"{event.method} {event.path}?{event.query}\n".encode() + reading.raw_body(event)
    lifetime = idempotency.LIFETIME_OF_SENDS if operation.sends else idempotency.LIFETIME
    earlier = app.core.idempotency.begin(caller.id, name, sha256(asked).hexdigest(), render, lifetime)
    if earlier is not None:
        return Answer(earlier.status, earlier.body, {**earlier.headers, "Idempotency-Replayed": "true"})
    try:
        outcome = act()
    except RetentionError:
        app.core.idempotency.release()
        raise
    app.core.idempotency.finish(render(outcome))
    return present(outcome)


def guarded(event: HttpEvent, act: Callable[[], Answer], operation_id: str) -> Answer:
    """Carry out a request; whatever goes wrong becomes a problem, and one line of log says what came of it."""
    idempotency.unclaimed()
    instance = event.path[:_PARAMETER_LIMIT]
    try:
        answer = act()
    except reading.UnauthenticatedError as error:
        answer = problem(401, error.code, str(error), instance, headers={"WWW-Authenticate": "Bearer"})
    except reading.ForbiddenError as error:
        answer = problem(403, error.code, str(error), instance)
    except reading.UnsupportedMediaTypeError as error:
        answer = problem(415, error.code, str(error), instance)
    except RetentionError as error:
        answer = from_error(error, instance)
    except ClientError as error:
        logger.exception("aws_error")
        if error.response["Error"]["Code"] not in _BUSY:
            answer = problem(500, "internal_error", "Something went wrong on our side.", instance)
        else:
            answer = problem(503, "busy", "The table is busy. Try again.", instance, headers={"Retry-After": "1"})
    except BotoCoreError:
        logger.exception("aws_unreachable")
        answer = problem(503, "unavailable", "A service we need did not answer. Try again.", instance)
    except Exception:  # The outermost guard: nothing of ours may reach the caller.
        logger.exception("unexpected_error")
        answer = problem(500, "internal_error", "Something went wrong on our side.", instance)
    logger.info("answered", operation=operation_id, status=answer.status)
    return answer


def _unknown(event: HttpEvent) -> Answer:
    """No such route: 405 with what is allowed here, or 404."""
    reading.caller_of(event)
    instance = event.path[:_PARAMETER_LIMIT]
    allowed = _ROUTER.methods(event.path)
    # A method that is allowed ends here when the path has characters that no id has.
    if allowed and event.method not in allowed:
        detail = f"{event.method} is not allowed here, only {', '.join(allowed)}."
        return problem(405, "method_not_allowed", detail, instance, headers={"Allow": ", ".join(allowed)})
    return problem(404, "not_found", "There is no such resource.", instance)


def answer(event: HttpEvent) -> Answer:
    """Answer one request."""
    found = _ROUTER.find(event.method, event.path)
    if found is None:
        return guarded(event, lambda: _unknown(event), "unknown")
    operation, path = found
    return guarded(event, lambda: handle(operation, event, path), operation.id)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request of the HTTP API (payload format 2.0)."""
    return answer(HttpEvent.of(event)).as_json()


coldstart.done()
