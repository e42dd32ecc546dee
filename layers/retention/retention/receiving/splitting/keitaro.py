"""A tracker's postback: parameters in the query, in a form or in JSON; one event a request."""

import re
from datetime import datetime
from typing import Any, Final

from retention import jsontext
from retention.errors import FieldError, MalformedInputError
from retention.receiving import form
from retention.receiving.event import Event
from retention.receiving.request import Request
from retention.receiving.splitting.texts import as_text, hash_of

#: By these a postback names the visit that it is about, or the visitor; without `_` and `-`, and in lower case, as
#: conversions/postback reads them.
_IDENTITY: Final = {
    *("subid", "clickid", "externalid", "tid", "transactionid", "txid"),
    *(f"subid{number}" for number in range(1, 31)),
}
#: What may be the identity of a message, which can come under any name. Source: templates/links.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,}")
#: A placeholder that nobody replaced.
_MACRO: Final = re.compile(r"\{.*\}", re.DOTALL)
#: What the tracker wants to read as the answer.
_RETURN: Final = re.compile(r"[ -~]{1,100}")


def params_of(request: Request) -> dict[str, str]:
    """The parameters of a postback; of a POST those of its body besides.

    Raises:
        MalformedInputError: a parameter comes twice, is a placeholder, or none says what it is about.
    """
    found = form.pairs(request.query)
    if request.method == "POST" and request.body:
        found += _in_json(request.body) if request.content_type == "application/json" else form.pairs(request.body)
    params = form.once(found)
    left = [name for name, value in params.items() if _MACRO.fullmatch(value.strip())]
    if left:
        raise MalformedInputError(*(_unreplaced(name) for name in left[:10]))
    if not any(map(_identifies, params, params.values())):
        raise MalformedInputError.at(
            "/subid", "no_identity", "The postback must name its visit: subid, click_id or external_id."
        )
    return params


def _identifies(name: str, value: str) -> bool:
    value = value.strip()
    plain = name.lower().replace("_", "").replace("-", "")
    return bool(value) and (plain in _IDENTITY or _TOKEN.fullmatch(value) is not None)


def _in_json(body: bytes) -> list[tuple[str, str]]:
    members = jsontext.loads_strict(body)
    if not isinstance(members, dict):
        raise MalformedInputError.at("", "not_an_object", "The body must be an object.")
    return [(name, _plain(name, value)) for name, value in members.items() if value is not None]


def _plain(name: str, value: Any) -> str:
    text = "" if value == "" else as_text(value)
    if text is None:
        raise MalformedInputError.at(f"/{name[:50]}", "not_plain", f"The parameter {name[:50]!r} must be a text.")
    return text


def _unreplaced(name: str) -> FieldError:
    detail = f"The tracker did not fill in its placeholder for {name[:50]!r}: take it out, or correct it."
    return FieldError(f"/{name[:50]}", "placeholder", detail)


def postback(params: dict[str, str], now: datetime) -> Event:
    """The event that a postback is."""
    return Event("keitaro", hash_of(params), {"params": params}, now)


def wanted(params: dict[str, str]) -> str:
    """What to answer."""
    asked = params.get("return", "")
    return asked if _RETURN.fullmatch(asked) else "OK"
