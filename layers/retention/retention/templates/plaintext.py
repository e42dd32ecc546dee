"""The text part of an e-mail, out of its HTML part: what a person would read, and where the links lead.

Read in one pass: Python's own parser takes minutes for some texts of 200 KB.
"""

import json
import re
from html import unescape
from typing import Final

#: Elements whose inside is not read.
_UNREAD: Final = frozenset(("style", "script", "title", "template"))
#: Elements that stand on lines of their own, and those with an empty line around them.
_LINES: Final = frozenset(("div", "tr", "li", "dt", "dd", "section", "header", "footer", "article", "center", "form"))
_PARAGRAPHS: Final = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "address", "body")
)
#: Links that lead somewhere outside the message.
_LEADING: Final = ("http://", "https://", "mailto:", "tel:")
#: A tag; a quoted value may hold a `>`. What is not written like one is text.
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_DECLARATION: Final = re.compile(r"<[!?][^<>]*>")
_ATTRIBUTE: Final = {
    name: re.compile(rf"(?:^|\s){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))", re.IGNORECASE)
    for name in ("href", "alt")
}
_SPACE: Final = re.compile(r"\s+")


def text_of(html: str) -> str:
    """The words of an HTML text, with the addresses of its links."""
    page, at = _Page(), 0
    while at < len(html):
        opening = html.find("<", at)
        if opening < 0:
            opening = len(html)
        page.say(unescape(html[at:opening]))
        at = _past(html, opening, page)
    return page.text()


def is_data(text: str) -> bool:
    """Whether a text is a JSON object or list: somebody has put data where words belong."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _past(html: str, at: int, page: "_Page") -> int:
    """Take in what begins with the `<` at a position; where the rest begins."""
    if at >= len(html):
        return at
    if html.startswith("<!--", at):
        end = html.find("-->", at + 4)
        return len(html) if end < 0 else end + 3
    tag = _TAG.match(html, at)
    if tag is None:
        declaration = _DECLARATION.match(html, at)
        if declaration is not None:
            return declaration.end()
        page.say("<")
        return at + 1
    closes, name, attributes = bool(tag[1]), tag[2].lower(), tag[3]
    if name in _UNREAD and not closes:
        end_tag = re.compile(rf"</{name}\b", re.IGNORECASE).search(html, tag.end())
        return len(html) if end_tag is None else end_tag.start()
    page.take(name, closes, attributes)
    return tag.end()


def _attribute(name: str, attributes: str) -> str:
    found = _ATTRIBUTE[name].search(attributes)
    return "" if found is None else unescape(next((value for value in found.groups() if value is not None), "")).strip()


class _Page:
    """Words as they are read, with line breaks between them where there is something to break."""

    def __init__(self) -> None:
        self._written: list[str] = []
        #: Line breaks that come before the next words.
        self._breaks = 0
        #: The address of the open link, and where its words begin.
        self._link: tuple[str, int] | None = None

    def say(self, words: str) -> None:
        """Write words; space is one blank, and none at the beginning of a line."""
        words = _SPACE.sub(" ", words)
        if self._breaks or not self._written:
            words = words.lstrip()
        if not words:
            return
        if self._breaks and self._written:
            self._written.append("\n" * self._breaks)
        self._breaks = 0
        self._written.append(words)

    def take(self, name: str, closes: bool, attributes: str) -> None:
        """Take in a tag."""
        if name == "br":
            self._breaks = min(self._breaks + 1, 2)
        elif name == "a":
            self._close_link()
            self._link = None if closes else (_attribute("href", attributes), len(self._written))
        elif name == "img":
            self.say(_attribute("alt", attributes))
        elif name == "hr":
            self._breaks = 2
            self.say("---")
            self._breaks = 2
        elif name in ("td", "th"):
            self.say(" ")
        else:
            self._breaks = max(self._breaks, 2 if name in _PARAGRAPHS else 1 if name in _LINES else 0)
            if name == "li" and not closes:
                self.say("- ")

    def _close_link(self) -> None:
        if self._link is None:
            return
        address, begin = self._link
        words = "".join(self._written[begin:]).strip()
        plain = address.removeprefix("mailto:").removeprefix("tel:")
        if address.lower().startswith(_LEADING) and words not in (address, plain):
            self.say(f" ({plain})" if words else f" {plain} ")
        self._link = None

    def text(self) -> str:
        """Everything that was written."""
        self._close_link()
        lines = "".join(self._written).split("\n")
        return "\n".join(_SPACE.sub(" ", line).strip() for line in lines).strip()
