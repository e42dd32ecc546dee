"""How each provider signs what it reports."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


def twilio(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """X-Twilio-Signature of a form that is posted to `url`, which may carry a fragment.

    Source: twilio-python, request_validator.py.
    """
    text = url.partition("#")[0] + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def vapi(secret: str, timestamp: str, body: bytes) -> str:
    """x-signature of a message, by the defaults of VAPI's HMAC credential: SHA-256 of `{timestamp}.{body}` in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def meta(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256 of a notice. Source: Meta, Webhooks, "Validating payloads"."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard(secret: str, identifier: str, timestamp: str, body: bytes) -> str:
    """One signature of webhook-signature; `secret` begins with whsec_. Source: the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identifier}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class EventKey:
    """The key pair with which SendGrid signs its events: ECDSA over P-256. It is made when it is first needed."""

    def __init__(self, file: Path | None = None) -> None:
        """Keeps it in `file`, where one is given, so that it is the same in the next run."""
        self._file = file
        self._pair: EllipticCurvePrivateKey | None = None

    def sign(self, timestamp: str, body: bytes) -> str:
        """X-Twilio-Email-Event-Webhook-Signature of a batch. Source: sendgrid-python, eventwebhook."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        made = self._key().sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return base64.b64encode(made).decode()

    def public(self) -> str:
        """What verifies the signatures: base 64 of its DER form, as SendGrid shows it."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        shown = self._key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(shown).decode()

    def _key(self) -> "EllipticCurvePrivateKey":
        # Imported late: it takes longer than everything else that the sandbox does to start.
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        if self._pair is None and self._file is not None and self._file.exists():
            kept = serialization.load_pem_private_key(self._file.read_bytes(), None)
            assert isinstance(kept, ec.EllipticCurvePrivateKey)
            self._pair = kept
        if self._pair is None:
            self._pair = ec.generate_private_key(ec.SECP256R1())
            if self._file is not None:
                form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                _write_privately(self._file, self._pair.private_bytes(*form))
        return self._pair


def _write_privately(file: Path, content: bytes) -> None:
    draft = file.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
        sink.write(content)
    draft.replace(file)
