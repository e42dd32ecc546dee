"""What the settings of a provider may hold: secrets, its own hosts, sender numbers."""

import re
from collections.abc import Collection
from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
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


#: The name of an HTTP header. Source: RFC 9110, section 5.6.2 (token).
HttpHeader = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~\-]+$", to_lower=True)]
#: What stands before a signature: printable ASCII, blanks included.
SignaturePrefix = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[ -~]+$")]


def _payload_format(text: str) -> str:
    named = set(re.findall(r"\{([^{}]*)\}", text))
    if "body" not in named or not named <= {"body", "timestamp"}:
        raise PydanticCustomError(
            "invalid_payload_format", "must name {body} and may name {timestamp}, and nothing else in braces"
        )
    return text


#: What a signature is made of.
PayloadFormat = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(_payload_format), WithJsonSchema({"type": "string"})
]


def _ip_range(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise PydanticCustomError(
            "invalid_ip", "must be an IP address or a network such as 192.0.2.0/24, without bits behind its prefix"
        ) from None


#: An address or a network, kept as a network.
IpRange = Annotated[
    str, StringConstraints(max_length=50), AfterValidator(_ip_range), WithJsonSchema({"type": "string"})
]


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise PydanticCustomError("invalid_currency", "must be a currency code of ISO 4217, such as USD")
    return text


#: A currency by its code.
CurrencyCode = Annotated[str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]


def _rate(given: Any) -> str:
    text = given if isinstance(given, str) else ""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) or Decimal(text) == 0:
        raise PydanticCustomError(
            "invalid_rate", 'must be an exact decimal above 0, as text, such as "1.08": nine digits on either side'
        )
    return text


#: An exact rate of exchange, as text.
Rate = Annotated[str, BeforeValidator(_rate), WithJsonSchema({"type": "string", "examples": ["1.08"]})]


def _price(given: Any) -> str:
    text = given if isinstance(given, str) else ""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", text, re.ASCII):
        raise PydanticCustomError(
            "invalid_price", 'must be an exact decimal, as text, such as "0.0083": four digits behind the point at most'
        )
    return text


#: An exact price in the account's currency, as text: no finer than an amount of money is.
Price = Annotated[str, BeforeValidator(_price), WithJsonSchema({"type": "string", "examples": ["0.0083"]})]
#: A country. Source: ISO 3166-1 alpha-2.
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
#: A tracker's own word for the state of a conversion.
StatusWord = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]
#: A version of the Graph API.
GraphVersion = Annotated[str, StringConstraints(max_length=8, pattern=r"^v[1-9][0-9]?\.[0-9]$")]
#: A question of a form, or the field that its answer is.
QuestionName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]


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
