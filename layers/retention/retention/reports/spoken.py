"""Did somebody ask in a call to be left alone? By what they said, and by what the assistant noted of it. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from retention.replies.wording import speaks_opt_out

#: What a team may call it, in names and in values of its structured data: optOut, do_not_call, "outcome": "opted-out".
_ASKED: Final = re.compile(
    r"(is|has|was|wants?|wantsto|to|lead|customer|caller|user|contact|call)*"
    r"(opt(s|ed|ing)?out|do?n[o']?tcall|do?n[o']?tcontact|dnc|removefrom(the)?lists?|unsubscribed?|stopcall(s|ing)?)"
    r"(me|again|request(s|ed)?|flag|list|detected|true|yes)*"
)
_YES: Final = frozenset({"true", "yes", "y", "1"})
#: Levels of structured data that are looked at.
_DEPTH: Final = 6
#: Who speaks, at the beginning of a line of a transcript. Source: fern/calls and the samples of VapiAI/docs.
_LINE: Final = re.compile(r"^\s*(?:user|customer|caller)\s*:\s*(.*)$", re.IGNORECASE)
_CALLER: Final = ("user", "customer")


def asked_to_stop(lines: Iterable[str], noted: Iterable[Any]) -> bool:
    """Whether the called one asked for no more contact.

    Args:
        lines: what the called one said.
        noted: structured data that was drawn from the call.
    """
    return any(_notes_opt_out(data, _DEPTH) for data in noted) or speaks_opt_out(lines)


def lines_of(messages: Any, transcript: Any) -> list[str]:
    """What the called one said: from the messages of a call, and from its transcript, should that hold more."""
    said: list[str] = []
    if isinstance(messages, list):
        spoken = (one for one in messages if isinstance(one, Mapping) and one.get("role") in _CALLER)
        said = [text for one in spoken if isinstance(text := one.get("message") or one.get("content"), str)]
    if isinstance(transcript, str):
        said += [found[1] for line in transcript.splitlines() if (found := _LINE.match(line))]
    return [text for text in dict.fromkeys(said) if text.strip()]


def _notes_opt_out(data: Any, depth: int) -> bool:
    if depth == 0:
        return False
    if isinstance(data, list):
        return any(_notes_opt_out(one, depth - 1) for one in data)
    if not isinstance(data, Mapping):
        return _means_it(data)
    # A structured output of VAPI's says apart what it is called and what came out.
    named = _means_it(data.get("name")) and _is_yes(data.get("result"))
    return named or any(
        (_means_it(name) and _is_yes(value)) or (name != "name" and _notes_opt_out(value, depth - 1))
        for name, value in data.items()
    )


def _is_yes(value: Any) -> bool:
    return value is True or (isinstance(value, str | int) and str(value).strip().lower() in _YES)


def _means_it(text: Any) -> bool:
    return isinstance(text, str) and bool(_ASKED.fullmatch(re.sub(r"[^a-z']", "", text.lower())))
