"""Short ways to say what these tests are about."""

from typing import Any, Final

from retention.core import Core
from retention.engine.queue import Work
from retention.providers.port import CallBody, EmailBody, TextBody
from retention.templates import checking, rendering
from retention.templates.filling import fill_in
from tests import factories

BASE: Final = "https://r.example"


def faults(source: str, *, html: bool = False) -> list[str]:
    """What is wrong with a template: `line code`."""
    return [f"{fault.line} {fault.code}" for fault in checking.faults_of(source, html=html)]


def words_of(source: str) -> str:
    """The words for the one thing that is wrong with a template."""
    (fault,) = checking.faults_of(source)
    return str(fault)


def rendered(source: str, /, *, html: bool = False, **values: Any) -> str:
    """What becomes of a template."""
    return rendering.render(source, values, lambda address: f"[{address}]", html=html).text


def filled_in(core: Core, script: dict[str, Any], campaign: Any = None, **lead: Any) -> Any:
    """What is sent of a script to a lead."""
    person = factories.a_lead(**lead)
    work = Work("DirectContact", f"{person.id}.one")
    return fill_in(core, factories.a_script(**script), person, campaign, work)


def text(core: Core, content: str, **lead: Any) -> str:
    """What is sent of a text message."""
    body = filled_in(core, {"type": "SMS", "content": content}, **lead)
    assert isinstance(body, TextBody)
    return body.body


def email(core: Core, subject: str = "s", html: str = "<p>h</p>", words: str | None = None, **lead: Any) -> EmailBody:
    """What is sent of an e-mail."""
    content = {"subject": subject, "html": html, "text": words}
    body = filled_in(core, {"type": "EMAIL", "content": content}, **lead)
    assert isinstance(body, EmailBody)
    return body


def call(core: Core, content: str | None, settings: Any = None, campaign: Any = None, **lead: Any) -> CallBody:
    """What is said in a call."""
    script = {"type": "CALL", "content": content, "vapi_config": settings}
    body = filled_in(core, script, campaign, **lead)
    assert isinstance(body, CallBody)
    return body
