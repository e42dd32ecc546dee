"""The words of a script: what a lead reads or hears, lower case, each once.

Left out: placeholders and what else stands in braces, addresses of pages and mailboxes, numbers, the markup of an
e-mail. Found in one pass: a text may have 200 KB, and no length makes this slow.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention.learning.stopwords import STOP_WORDS
from retention.scripts.content import SPOKEN
from retention.scripts.model import EmailContent, Script
from retention.templates.plaintext import text_of

#: Letters that a word has, at least and at most.
SHORTEST: Final = 2
LONGEST: Final = 40
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_OPENING: Final = re.compile(r"\{[{%]")
_COMMENT: Final = re.compile(r"-?\s*comment\b")
_END_OF_COMMENT: Final = re.compile(r"\{%-?\s*endcomment\s*-?%\}")
#: What tells the address of a page or mailbox from words.
_IN_ADDRESSES: Final = ("://", "www.", "@")


def words_of(script: Script) -> frozenset[str]:
    """The words of a script with its content."""
    return frozenset(word for text in _texts(script) for word in _words_in(text))


def is_worth_learning(word: str) -> bool:
    """Whether a word tells one text from another."""
    return word not in STOP_WORDS


def _texts(script: Script) -> Iterator[str]:
    content: Any = script.content
    if script.type == "CALL":
        settings: dict[str, Any] = script.vapi_config or {}
        instructions, first = (settings.get(name) for name in SPOKEN)
        # As a call is filled in: the instructions in the settings win (templates/filling).
        yield from (_plain(said) for said in (instructions or content, first) if isinstance(said, str))
    elif isinstance(content, EmailContent | Mapping):
        # As it was given, or as it comes from the table.
        email = content if isinstance(content, EmailContent) else EmailContent.model_construct(**content)
        yield _plain(email.subject)
        yield text_of(_plain(email.html))
        yield _plain(email.text or "")
    elif isinstance(content, str):
        yield _plain(content)


def _plain(template: str) -> str:
    """A template without its placeholders, tags and comments."""
    kept: list[str] = []
    at = 0
    while opening := _OPENING.search(template, at):
        kept.append(template[at : opening.start()])
        is_tag = opening.group() == "{%"
        end = template.find("%}" if is_tag else "}}", opening.end())
        if end < 0:
            return " ".join(kept)
        at = end + 2
        if is_tag and _COMMENT.match(template, opening.end(), end):
            over = _END_OF_COMMENT.search(template, at)
            at = len(template) if over is None else over.end()
    kept.append(template[at:])
    return " ".join(kept)


def _words_in(text: str) -> Iterator[str]:
    for part in unicodedata.normalize("NFC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split():
        if not any(mark in part for mark in _IN_ADDRESSES):
            yield from (word for word in _WORD.findall(part) if SHORTEST <= len(word) <= LONGEST)
