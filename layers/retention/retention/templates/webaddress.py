"""Where a link may lead: to the web, and nowhere else."""

from typing import Final
from urllib.parse import quote, urlsplit

#: Characters of an address.
MAX_LENGTH: Final = 2_000
#: Characters that stay as they are; others are written by their UTF-8 bytes. Source: RFC 3986, section 2.
_KEPT: Final = "".join(map(chr, range(0x21, 0x7F)))


def web_address(text: str) -> str:
    """A web address in the form in which a browser may be sent to it: http or https, nothing but ASCII.

    Raises:
        ValueError: it is none; says why, without the address.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.netloc.isascii()
    except ValueError:
        sound = False
    if not sound or any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("this is no web address beginning with https:// or http://")
    address = quote(text, safe=_KEPT)
    if len(address) > MAX_LENGTH:
        raise ValueError(f"a web address has at most {MAX_LENGTH:,} characters")
    return address
