"""What needs no key: /health, /v1/openapi.json, /v1/docs."""

from typing import Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from api.answer import Answer, json_answer
from api.conventions import VERSION
from api.operation import Request, Routes
from retention import jsontext
from retention.fields import Contract

routes = Routes("documents", read=None, write=None)

#: Documents change with a deployment only; five minutes of staleness harm nobody.
_CACHE: Final = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


class Health(Contract):
    """The service is there."""

    status: Literal["ok"] = Field(description="Always ok: a service that is not well does not answer")
    version: str = Field(description="Version of the service")


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    openapi: str = Field(description="Version of the OpenAPI specification")
    info: dict[str, Any] = Field(description="Title, version, description")
    paths: dict[str, Any] = Field(description="The operations")


class HtmlPage(RootModel[Any]):
    """A page for people."""

    model_config = ConfigDict(defer_build=True)

    media_type: ClassVar[str] = "text/html"

    root: str


def _healthy(outcome: Health) -> Answer:
    return json_answer(200, outcome, **{"Cache-Control": "no-store"})


def _document(outcome: Any) -> Answer:
    return Answer(200, jsontext.dumps(outcome), {"Content-Type": "application/json", **_CACHE})


def _page(outcome: tuple[str, str]) -> Answer:
    html, policy = outcome
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Answer(200, html, {**headers, "Referrer-Policy": "no-referrer", **_CACHE})


@routes("GET", "/health", _healthy, "Is the service there?", answers={200: Health})
def health(_: Request[Any, None]) -> Health:
    """Answers without asking the table or any other service."""
    return Health(status="ok", version=VERSION)


# The documents are built when they are first asked for; importing their makers here would slow every cold start.


@routes("GET", "/v1/openapi.json", _document, "Read this API's description", answers={200: OpenApi})
def get_openapi(_: Request[Any, None]) -> dict[str, Any]:
    """An OpenAPI 3.1 document, made from the code that serves it."""
    from api.openapi import document

    return document()


@routes("GET", "/v1/docs", _page, "Read this API's documentation", answers={200: HtmlPage})
def get_docs(_: Request[Any, None]) -> tuple[str, str]:
    """The same description as a page for people. It loads nothing from elsewhere."""
    from api.docs_page import page

    return page()
