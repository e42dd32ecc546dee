"""SendGrid's signature: what is signed, and in how many ways it can be written."""

import base64
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from retention.receiving.verifying.sendgrid import SIGNATURE, is_signed
from tests.functions.webhooks.signing import sendgrid_headers, sendgrid_public

#: Order of the group of P-256. Source: SEC 2, section 2.4.2.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TIME = str(int(datetime(2026, 2, 18, tzinfo=UTC).timestamp()))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def signed(signature: str, timestamp: str = TIME, body: bytes = b"[]\r\n", key: str | None = None) -> bool:
    return is_signed([key or sendgrid_public()], signature, timestamp, body)


def test_a_signature_is_for_its_time_and_every_byte() -> None:
    signature = sendgrid_headers(TIME, b"[]\r\n")[SIGNATURE]

    assert signed(signature)
    assert is_signed([sendgrid_public("old"), sendgrid_public()], signature, TIME, b"[]\r\n")
    assert not signed(signature, body=b"[]")
    assert not signed(signature, timestamp=TIME[:-1], body=TIME[-1].encode() + b"[]\r\n[]")
    assert not is_signed([], signature, TIME, b"[]\r\n")
    assert not signed(signature, key="AAAA")
    assert not signed(signature, key="no base 64!")


def test_the_same_signature_written_otherwise_is_none() -> None:
    signature = next(one for _ in range(100) if (one := sendgrid_headers(TIME, b"[]\r\n")[SIGNATURE]).endswith("="))
    bare = signature.rstrip("=")
    other = bare[:-1] + ALPHABET[ALPHABET.index(bare[-1]) ^ 1] + "=" * (len(signature) - len(bare))

    assert base64.b64decode(other) == base64.b64decode(signature)
    assert not signed(other)
    assert not signed(f" {signature}")
    assert not signed(bare)


def test_its_second_form_verifies_which_is_why_nothing_is_recognised_by_it() -> None:
    r, s = decode_dss_signature(base64.b64decode(sendgrid_headers(TIME, b"[]\r\n")[SIGNATURE]))

    assert signed(base64.b64encode(encode_dss_signature(r, ORDER - s)).decode())
