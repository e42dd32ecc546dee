# ruff: noqa: RUF001 - letters of other scripts are what this is about
"""What does a text want: no more contact, contact again, help, or none of these? Pure.

When in doubt it is an opt-out: a message too few costs a sale, one too many breaks the law.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final, Literal

from retention.replies import phrases, vocabulary

#: What a text is taken for.
Meaning = Literal["OPT_OUT", "OPT_IN", "HELP", "OTHER"]

#: Characters of a text that are looked at: ten text messages.
_MAX_TEXT: Final = 1_600
#: Words of the longest phrase that means something by itself.
_LONGEST: Final = 5
_APOSTROPHES: Final = re.compile(r"(?<=\w)['’‘ʼ`´](?=\w)")
#: Where a reader pauses.
_PAUSES: Final = re.compile(r"[.,;:!?…\n\r()\[\]{}\"“”«»„|/\\–—。、！？，；：・*+]+|(?<=\s)-+(?=\s)")
#: How a phone tells that somebody has reacted to one of our messages, which it repeats.
#: Source: seen on Android from Apple's Messages, and the other way round.
_REACTION: Final = re.compile(
    r"^\W*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,12} to|removed an? .{1,24} from)"
    r"\s+(?:[\"“”«].*[\"“”»]|an? (?:image|movie|attachment))\W*$",
    re.IGNORECASE | re.DOTALL,
)
#: The same letter three times or more, and letters one by one.
_STRETCHED: Final = re.compile(r"(\w)\1{2,}")
_SPELT: Final = re.compile(r"(?:^| )((?:\w (?:\| )?){3,}\w)(?= |$)")


def meaning_of(text: str, told: str | None = None) -> Meaning:
    """What a text message wants.

    Args:
        told: what the provider took it for (Twilio's OptOutType: STOP, START or HELP), where it says so.
    """
    if told == "STOP" or opts_out(text):
        return "OPT_OUT"
    plain = folded(text).replace("|", " ").split()
    whole = " ".join(plain)
    # YES, a keyword of Twilio's, may answer anything: it does not bring back somebody who has opted out.
    if told == "START" or whole in _phrases(vocabulary.START_WORDS):
        return "OPT_IN"
    return "HELP" if told == "HELP" or whole in _phrases(vocabulary.HELP_WORDS) else "OTHER"


def opts_out(text: str) -> bool:
    """Whether who writes this text wants no more contact."""
    if _REACTION.match(text.strip()):
        return False
    if any(part in text for part in _listed(vocabulary.STOP_PARTS)):
        return True
    plain = _cleared(folded(text))
    return _is_stop_word(plain) or _finds(phrases.ANYWHERE, plain) or _finds(phrases.IN_TEXTS, plain)


def speaks_opt_out(lines: Iterable[str]) -> bool:
    """Whether a caller who says these lines wants no more contact.

    Stricter than for texts: who says "stop" or "cancel" in a call may mean anything; it takes a sentence about contact.
    """
    return any(_finds(phrases.ANYWHERE, _cleared(folded(line))) for line in lines)


def folded(text: str) -> str:
    """A text in its plainest form: lower case, no accents, no apostrophes, single spaces, `|` for a pause."""
    text = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).casefold()
    text = text.replace("#", " number ").replace("&", " and ")
    text = "".join(
        one for one in unicodedata.normalize("NFKD", text) if unicodedata.category(one) not in ("Mn", "Cf", "Me")
    )
    text = _PAUSES.sub(" | ", _APOSTROPHES.sub("", text))
    words = re.sub(r"[^\w|]+|_", " ", text).split()
    plain = re.sub(r"(?:\| ?)+", "| ", " ".join(words)).strip(" |")
    plain = _STRETCHED.sub(r"\1", plain)
    return _SPELT.sub(lambda found: " " + re.sub(r"[ |]", "", found.group(1)), plain).strip()


def _cleared(plain: str) -> str:
    """A folded text without what only looks like an opt-out."""
    for harmless in _patterns(phrases.HARMLESS):
        plain = harmless.sub("~", plain)
    return plain


def _finds(listed: str, plain: str) -> bool:
    return any(pattern.search(plain) for pattern in _patterns(listed))


def _is_stop_word(plain: str) -> bool:
    """Whether something between two pauses is nothing but words that end contact, with padding around them."""
    return any(_is_only_stop(part.split()) for part in plain.split("|"))


def _is_only_stop(words: list[str]) -> bool:
    stops, padding = _phrases(vocabulary.STOP_WORDS), _phrases(vocabulary.PADDING)
    # At each place: whether it can be reached at all, and with a word that ends contact among those before it.
    reached: list[set[bool]] = [{False}, *(set() for _ in words)]
    for end in range(1, len(words) + 1):
        for begin in range(max(0, end - _LONGEST), end):
            phrase = " ".join(words[begin:end])
            if phrase in stops and reached[begin]:
                reached[end].add(True)
            elif phrase in padding:
                reached[end] |= reached[begin]
    return True in reached[-1]


def _listed(words: str) -> list[str]:
    return [one.strip() for line in words.splitlines() for one in line.split(",") if one.strip()]


@cache
def _phrases(words: str) -> frozenset[str]:
    return frozenset(map(folded, _listed(words)))


@cache
def _patterns(listed: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of a list, compiled when they are first needed: no function but one does."""
    return tuple(re.compile(_spelt_out(line)) for line in _lines(listed) if not line.startswith("#"))


def _lines(listed: str) -> list[str]:
    return listed.strip("\n").replace("\n  ", "").splitlines()


def _spelt_out(line: str) -> str:
    """A pattern with its names in braces replaced; groups are only for grouping."""
    parts = {name: _lines(part)[0] for name, part in phrases.PARTS.items()}
    for name, part in {**parts, "start": r"(^|\| )", "pause": r"( \||$)"}.items():
        line = line.replace(f"{{{name}}}", part)
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", line)
