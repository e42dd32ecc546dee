"""Signed links: what a message carries so that a click, an unsubscribe or a provider's report finds its way back.

A token is what it names and a signature, as text that any URL can hold. Its kind is part of what is signed, so that one
kind never passes for another. Nothing in it is secret; there is nothing personal in it but what a tracked address says.

    version and flags (1 byte) | ids, packed | an address, in clicks | the first 96 bits of HMAC-SHA-256

Source: RFC 2104, section 5 (truncated output); RFC 4648, section 5 (the alphabet).
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from retention import aws
from retention.channels import CHANNELS, Channel
from retention.errors import SecretStoreError
from retention.keyring import Keyring
from retention.templates import packing

if TYPE_CHECKING:
    # The door verifies links and knows nothing of the table, which these would load.
    from retention.config import Settings
    from retention.core import Core
    from retention.engine.queue import Work

#: Version of the form, in the higher half of the first byte.
_VERSION: Final = 0x10
#: Flags in the lower half: made for a preview; an address that begins with https://, which is left out.
_PREVIEW: Final = 0x01
_HTTPS: Final = 0x02
#: Bytes of the signature that are kept.
_SIGNATURE: Final = 12
#: Characters of a token that is looked at; the longest that are made have about 3,000.
_MAX_TOKEN: Final = 4_096


@dataclass(frozen=True)
class Unsubscribe:
    """The lead that a message went to wants no more."""

    #: First part of the path below the public address.
    path: ClassVar[str] = "u"
    _kind: ClassVar[bytes] = b"unsubscribe"

    #: The channel of that message, and the obligation that it met, whose id begins with the lead's.
    channel: Channel
    work: str
    #: Made for a preview: it is shown, and counts for nothing.
    preview: bool = False

    @property
    def lead_id(self) -> str:
        """The lead."""
        return self.work.partition(".")[0]

    def _packed(self) -> tuple[int, bytes]:
        return 0, packing.pack([self.work]) + bytes((CHANNELS.index(self.channel),))

    @classmethod
    def _unpacked(cls, flags: int, body: bytes) -> Self:
        (work,), (channel,) = packing.unpack(body, 1)
        return cls(CHANNELS[channel], work, bool(flags & _PREVIEW))


@dataclass(frozen=True)
class Click:
    """Somebody follows a link in the message that met an obligation."""

    path: ClassVar[str] = "r"
    _kind: ClassVar[bytes] = b"click"

    work: str
    #: Where the link leads: http or https.
    target: str
    preview: bool = False

    @property
    def lead_id(self) -> str:
        """The lead that the message went to."""
        return self.work.partition(".")[0]

    def _packed(self) -> tuple[int, bytes]:
        short = self.target.startswith("https://")
        target = self.target.removeprefix("https://") if short else self.target
        return _HTTPS if short else 0, packing.pack([self.work]) + target.encode()

    @classmethod
    def _unpacked(cls, flags: int, body: bytes) -> Self:
        (work,), target = packing.unpack(body, 1)
        return cls(work, ("https://" if flags & _HTTPS else "") + target.decode(), bool(flags & _PREVIEW))


@dataclass(frozen=True)
class Callback:
    """A provider reports about the send that met an obligation."""

    _kind: ClassVar[bytes] = b"callback"

    #: The kind of obligation, and its id.
    kind: str
    work: str
    preview: bool = False

    def _packed(self) -> tuple[int, bytes]:
        return 0, packing.pack([self.kind, self.work])

    @classmethod
    def _unpacked(cls, flags: int, body: bytes) -> Self:
        (kind, work), rest = packing.unpack(body, 2)
        if rest:
            raise ValueError("more than a callback")
        return cls(kind, work, bool(flags & _PREVIEW))


@dataclass(frozen=True)
class Visit:
    """A visitor of a site comes from the message that met an obligation: what a tracked link tells the tracker."""

    _kind: ClassVar[bytes] = b"visit"

    work: str
    preview: bool = False

    def _packed(self) -> tuple[int, bytes]:
        return 0, packing.pack([self.work])

    @classmethod
    def _unpacked(cls, flags: int, body: bytes) -> Self:
        (work,), rest = packing.unpack(body, 1)
        if rest:
            raise ValueError("more than a visit")
        return cls(work, bool(flags & _PREVIEW))


Named = Unsubscribe | Click | Callback | Visit
T = TypeVar("T", Unsubscribe, Click, Callback, Visit)


def sign(keyring: Keyring, named: Named) -> str:
    """The token for what it names; the same each time."""
    flags, packed = named._packed()
    body = bytes((_VERSION | flags | (_PREVIEW if named.preview else 0),)) + packed
    return base64.urlsafe_b64encode(body + _signature(keyring, type(named), body)).decode().rstrip("=")


def verify(keyring: Keyring, token: str, kind: type[T]) -> T | None:
    """What a token of a kind names; None when we did not make it, or not for this."""
    if len(token) > _MAX_TOKEN:
        return None
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    genuine = hmac.compare_digest(signature, _signature(keyring, kind, body))
    # One token has one form: spare bits of its last character would make others.
    canonical = base64.urlsafe_b64encode(data).decode().rstrip("=") == token
    if not genuine or not canonical or not body or body[0] & 0xF0 != _VERSION:
        return None
    try:
        return kind._unpacked(body[0], body[1:])
    except (ValueError, IndexError):
        return None


def _signature(keyring: Keyring, kind: type[Any], body: bytes) -> bytes:
    return hmac.digest(keyring.key("links"), kind._kind + b"\x00" + body, sha256)[:_SIGNATURE]


def callback(core: "Core", work: "Work") -> str:
    """What a provider gives back with every report about the send that meets an obligation."""
    return sign(core.keyring, Callback(work.kind, work.id))


def url_of(base: str, keyring: Keyring, named: Unsubscribe | Click) -> str:
    """The address that a message carries."""
    return f"{base}/{named.path}/{sign(keyring, named)}"


def public_base_url(core: "Core") -> str | None:
    """The address under which people and providers reach this stack, without a slash at its end; None: there is none.

    Raises:
        SecretStoreError: the parameter that holds it could not be read. Trying again helps.
    """
    return configured_base_url(core.settings)


def configured_base_url(settings: "Settings") -> str | None:
    """As `public_base_url`, for who has settings alone.

    Raises:
        SecretStoreError: the parameter that holds it could not be read. Trying again helps.
    """
    if settings.public_base_url:
        return _base(settings.public_base_url)
    if settings.public_url_parameter:
        try:
            return _read(settings.public_url_parameter, settings.aws_region)
        except LookupError:
            return None
    return None


@lru_cache(maxsize=4)
def _read(name: str, region: str) -> str | None:
    """The parameter, read once in a process. What cannot be read is asked for again."""
    try:
        answer = aws.client("ssm", region).get_parameter(Name=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            raise LookupError(name) from None
        raise SecretStoreError("The parameter store did not answer.") from error
    except BotoCoreError as error:
        raise SecretStoreError("The parameter store did not answer.") from error
    return _base(str(answer["Parameter"]["Value"]))


def _base(text: str) -> str | None:
    text = text.strip().rstrip("/")
    parts = urlsplit(text)
    sound = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    return text if sound else None
