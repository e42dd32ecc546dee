"""How a route is declared: everything that the router, the checks and the OpenAPI document need, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from api.answer import Presenter
from retention.bootstrap import Application
from retention.fields import Contract

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

#: Bytes that a body may have: of most routes, and of bulk routes.
BODY_LIMIT: Final = 256 * 1024
BULK_LIMIT: Final = 1024 * 1024


class NoQuery(Contract):
    """A route without query parameters."""


class ListQuery(Contract):
    """What every list understands."""

    model_config = {**Contract.model_config, "strict": False}

    limit: int = Field(default=25, ge=1, le=100, description="Items a page")
    cursor: str | None = Field(default=None, min_length=1, max_length=4000, description="nextCursor of the page before")


@dataclass(frozen=True)
class Caller:
    """Who asks: a key (or the subject of a token) and what it may do."""

    id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the caller has a scope; `admin` has all."""
        return "admin" in self.scopes or scope in self.scopes


@dataclass(frozen=True)
class Request(Generic[Q, B]):
    """A request that has been read and checked."""

    app: Application
    caller: Caller
    path: Mapping[str, str]
    query: Q
    body: B
    if_match: str | None
    #: Where the page before ended, for lists.
    position: str | None


Handler = Callable[[Request[Any, Any]], Any]


@dataclass(frozen=True)
class Operation:
    """One route: how it is reached, who may call it, what it takes and what it answers."""

    method: Method
    #: Below the host, with {names} for path parameters.
    path: str
    handler: Handler
    #: Turns the handler's outcome into the answer.
    present: Presenter
    summary: str
    #: What the caller needs, all of it. Nothing: not even a key.
    scopes: tuple[str, ...]
    tag: str
    description: str = ""
    query: type[BaseModel] = NoQuery
    #: The contract of the body; a model, a list of models, or None.
    body: type[BaseModel] | None = None
    body_limit: int = BODY_LIMIT
    #: With PATCH the body is a merge patch on this contract, and the handler gets it as it came.
    patch: bool = False
    #: Makes the answer that a repetition for the same Idempotency-Key gets, where it must not be the first one again:
    #: what is shown only once is not kept.
    kept: Presenter | None = None
    #: Whether it sends something to a lead: its answer is then kept for repetitions as long as a month.
    sends: bool = False
    #: Whether If-Match is honoured, where the method does not say so already.
    conditional: bool = False
    #: Whether a job follows the change through; the answer then names it in a Link header.
    followed: bool = False
    #: True: declared, but its behaviour comes with a later version; until then it answers 501 (404 comes first).
    coming: bool = False
    #: Whether it can be had as CSV; every list can.
    tabular: bool = False
    #: Successful answers: status and the model of the body (None: no body).
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The operationId: the name of the handler."""
        return self.handler.__name__

    @property
    def takes_if_match(self) -> bool:
        """Whether If-Match is honoured."""
        return self.conditional or self.method in ("PUT", "PATCH", "DELETE")

    @property
    def is_list(self) -> bool:
        """Whether it answers pages."""
        return issubclass(self.query, ListQuery)

    @property
    def has_csv(self) -> bool:
        """Whether its answer can be had as CSV."""
        return (self.is_list or self.tabular) and not self.coming


@dataclass(frozen=True)
class Routes:
    """The operations of one resource, collected by decorators."""

    tag: str
    read: str | None
    write: str | None
    operations: list[Operation] = field(default_factory=list)

    def __call__(
        self,
        method: Method,
        path: str,
        present: Presenter,
        summary: str,
        *,
        answers: Mapping[int, type[BaseModel] | None],
        scope: str | None = None,
        besides: tuple[str, ...] = (),
        **more: Any,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as the handler of a route.

        Args:
            scope: what the caller needs; None: it follows the method.
            besides: what it needs as well.
        """

        def declare(handler: Handler) -> Handler:
            needed = scope or (self.read if method == "GET" else self.write)
            description = (handler.__doc__ or "").strip()
            self.operations.append(
                Operation(
                    method,
                    path,
                    handler,
                    present,
                    summary,
                    (*filter(None, [needed]), *besides),
                    self.tag,
                    description,
                    answers=answers,
                    patch=method == "PATCH",
                    **more,
                )
            )
            return handler

        return declare
