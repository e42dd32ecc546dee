"""What the settings of a provider may hold: secrets, its own hosts, sender numbers."""

import re
from collections.abc import Collection
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

#: Where a validation finds the base URLs that the deployment allows: their set, by this name in its context.
ALLOWED_URLS: Final = "allowed_urls"


class SecretMark:
    """Marks a field whose value goes to the secret store and is never shown."""


#: A credential: printable ASCII, as it fits a header.
Secret = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[!-~]([ -~]*[!-~])?$"), SecretMark()
]
#: A secret that stands in a URL and is all that proves its caller: 128 bits are 22 characters of base 64.
UrlToken = Annotated[str, StringConstraints(min_length=22, max_length=200, pattern=r"^[A-Za-z0-9_\-]+$"), SecretMark()]
#: An identifier that a provider gave: opaque, on one line, without blanks.
ProviderId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
#: A public key as SendGrid shows it: base 64 of its DER form.
PublicKey = Annotated[str, StringConstraints(min_length=40, max_length=1000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
#: A name that stands in a header: one line.
HeaderName = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]

_SENDER: Final = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11}", re.ASCII)


def _sender(text: str) -> str:
    compact = re.sub(r"[\s().\-]", "", text) if text.startswith("+") else text.strip()
    if not _SENDER.fullmatch(compact):
        raise PydanticCustomError(
            "invalid_sender", "must be a number such as +15559990000, a short code, or an alphanumeric sender of 11"
        )
    return compact


#: What a text message comes from. Source: Twilio's Message resource, parameter From.
SenderNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=40), AfterValidator(_sender), WithJsonSchema({"type": "string"})
]


def _public_url(text: str) -> str:
    refusal = PydanticCustomError("invalid_url", "must be an https URL with a host and without user or port")
    if not re.fullmatch(r"[!-~]+", text) or "\\" in text:
        raise refusal
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refusal from None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or port not in (None, 443):
        raise refusal
    return text


#: Our own address as a provider knows it. It is compared with, never called.
WebhookUrl = Annotated[
    str,
    StringConstraints(min_length=9, max_length=2000),
    AfterValidator(_public_url),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2000}),
]


class OwnHost:
    """The type of a provider's address: one of its own hosts, since we send credentials there, or what the deployment
    allows besides, such as a sandbox.

    Compared as text, not parsed: what no parser reads, no parser can misread.
    """

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.addresses = tuple(f"https://{host}" for host in hosts)

    def _check(self, text: str, info: ValidationInfo) -> str:
        for address in self.addresses:
            if re.fullmatch(rf"{re.escape(address)}(:443)?/?", text, re.ASCII | re.IGNORECASE):
                return address
        allowed: Collection[str] = (info.context or {}).get(ALLOWED_URLS, ())
        if text.rstrip("/") in allowed:
            return text.rstrip("/")
        known = ", ".join([*self.addresses, *sorted(allowed)])
        raise PydanticCustomError("unknown_host", "must be one of {allowed}", {"allowed": known})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, core_schema.str_schema(max_length=200))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "anyOf": [{"enum": list(self.addresses)}, {"format": "uri", "maxLength": 200}]}
