"""Does the content of a script fit its channel?"""

from collections.abc import Iterator
from typing import Any, Final

from retention import jsontext
from retention.errors import FieldError, InvalidInputError
from retention.scripts.model import ScriptInput
from retention.templates.plaintext import is_data

#: Characters of a text message: ten messages of 1,600, the most that providers take in one; a template is longer than
#: what comes of it.
MAX_SMS: Final = 16_000
#: Bytes of JSON that content may have: with the settings of a call it must fit one item of 400 KB.
MAX_BYTES: Final = 262_144
#: Members of the settings of a call that are templates; the rest is for VAPI as it stands.
SPOKEN: Final = ("instructions", "firstMessage")
#: The part of an e-mail that is HTML.
_HTML: Final = "/content/html"


def check(script: ScriptInput) -> None:
    """Refuse content that the channel of a script cannot send, and templates that cannot be filled in.

    Raises:
        InvalidInputError: with a pointer to the content, to a part of it, or into the settings of a call.
    """
    errors = [*_content_errors(script), *_settings_errors(script)] or _template_errors(script)
    if errors:
        raise InvalidInputError(*errors)


def _template_errors(script: ScriptInput) -> list[FieldError]:
    # Loads the engine of the language, see the package.
    from retention.templates import checking

    return [
        FieldError(pointer, fault.code, str(fault))
        for pointer, source in _templates(script)
        for fault in checking.faults_of(source, html=pointer == _HTML)
    ]


def _templates(script: ScriptInput) -> Iterator[tuple[str, str]]:
    """Each part of a script that is a template, with the pointer to it."""
    content = script.content
    if isinstance(content, str):
        yield "/content", content
    elif content is not None:
        yield "/content/subject", content.subject
        yield _HTML, content.html
        if content.text:
            yield "/content/text", content.text
    settings: dict[str, Any] = script.vapi_config or {}
    yield from ((f"/vapiConfig/{name}", settings[name]) for name in SPOKEN if settings.get(name))


def _content_errors(script: ScriptInput) -> list[FieldError]:
    content = script.content
    if content is None:
        return _absence(script)
    if script.type == "EMAIL":
        if isinstance(content, str):
            return [_wrong("not_an_object", "An e-mail is an object with subject, html and, if wanted, text.")]
        if is_data(content.html):
            return [FieldError(_HTML, "not_html", "This is JSON: put its words into subject and html.")]
    elif not isinstance(content, str):
        return [_wrong("not_a_text", f"The content of a script of type {script.type} is a text.")]
    elif not content.strip():
        return [_wrong("blank", "The text is blank.")]
    elif script.type == "SMS" and len(content) > MAX_SMS:
        return [_wrong("too_long", f"A text message has at most {MAX_SMS} characters.")]
    if len(jsontext.dump_bytes(content)) > MAX_BYTES:
        return [_wrong("too_large", f"The content has more than {MAX_BYTES} bytes of JSON.")]
    return []


def _absence(script: ScriptInput) -> list[FieldError]:
    if script.type != "CALL":
        return [_wrong("required", f"A script of type {script.type} needs content.")]
    if not _is_said((script.vapi_config or {}).get("instructions")):
        return [_wrong("required", "A call needs content, or instructions in vapiConfig.")]
    return []


def _settings_errors(script: ScriptInput) -> list[FieldError]:
    settings: dict[str, Any] | None = script.vapi_config
    if settings is None:
        return []
    if script.type != "CALL":
        return [FieldError("/vapiConfig", "not_for_this_type", "Only a script of type CALL has settings for VAPI.")]
    return [
        FieldError(f"/vapiConfig/{name}", "not_a_text", "This must be a text.")
        for name in SPOKEN
        if not isinstance(settings.get(name, ""), str)
    ]


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _wrong(code: str, detail: str) -> FieldError:
    return FieldError("/content", code, detail)
