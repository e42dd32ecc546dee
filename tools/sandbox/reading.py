"""What stands in a message that somebody got: its links."""

import html
import re
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode, urljoin

from tools.sandbox.ledger import Entry

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")
#: What ends a sentence and no address.
_AFTER: Final = ".,;:!?)"


def links(entry: Entry, path: str) -> list[str]:
    """The addresses in a message whose path begins with `path`, in order, each once."""
    found = [url.rstrip(_AFTER) for text in _texts(entry) for url in _URL.findall(html.unescape(text))]
    return [url for url in dict.fromkeys(found) if re.match(rf"https?://[^/]+{re.escape(path)}", url)]


def one_click(entry: Entry) -> str | None:
    """Where an e-mail may be unsubscribed from with one POST; None: it says nothing of the kind. Source: RFC 8058."""
    message = entry.message
    given = {**message.get("headers", {}), **message.get("personalizations", [{}])[0].get("headers", {})}
    headers = {name.lower(): str(value) for name, value in given.items()}
    if headers.get("list-unsubscribe-post") != "List-Unsubscribe=One-Click":
        return None
    address = re.search(r"<(https?://[^>]+)>", headers.get("list-unsubscribe", ""))
    return address[1] if address else None


def button(page: bytes, url: str) -> tuple[str, bytes] | None:
    """Where the first form of a page is posted to, and with what; None: it has none."""
    reader = _FirstForm()
    reader.feed(page.decode("utf-8", "replace"))
    if reader.action is None:
        return None
    return urljoin(url, reader.action or url), urlencode(reader.fields).encode()


def _texts(entry: Entry) -> list[str]:
    message: dict[str, Any] = entry.message
    if entry.provider == "twilio":
        return [str(message.get("Body", ""))]
    return [str(part.get("value", "")) for part in message.get("content", [])]


class _FirstForm(HTMLParser):
    """Finds the first form that is posted, and what pressing its button sends."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None and given.get("method", "").lower() == "post":
            self.action = given.get("action", "")
        elif tag in ("input", "button") and self.action is not None and not self._is_over and given.get("name"):
            self.fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._is_over = self._is_over or (tag == "form" and self.action is not None)
