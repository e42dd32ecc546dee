"""What is sent, as a fingerprint: it is kept with a send, and finds it again among a provider's records.

It is made only of what those records show: of a text message its address and words, of an e-mail its address and
subject line. White space does not count, because providers trim it.
"""

from hashlib import sha256
from typing import Final

from retention.providers.port import Body, EmailBody, TextBody

#: Hexadecimal digits of a fingerprint: 128 bits.
DIGITS: Final = 32


def digest_of(to: str, body: Body) -> str:
    """The fingerprint of a message to an address."""
    if isinstance(body, TextBody):
        parts = ["SMS", to, body.body]
    elif isinstance(body, EmailBody):
        parts = ["EMAIL", to.casefold(), body.subject]
    else:
        parts = ["CALL", to, body.instructions or "", body.first_message or ""]
    return sha256("\n".join(" ".join(part.split()) for part in parts).encode()).hexdigest()[:DIGITS]
