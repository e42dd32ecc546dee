"""SendGrid's queries of its logs. Source: sendgrid-oai, tsg_logs_v3.json, EmailLogsGetMessagesByFilterRequest."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 1000
_TEXT: Final = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
_EQUALS: Final = re.compile(rf"(sg_message_id|subject|to_email|reason)\s*=\s*{_TEXT}")
_TIME: Final = re.compile(rf"(sg_message_id_created_at)\s*(>=|<=|>|<)\s*TIMESTAMP\s*{_TEXT}")
_IN: Final = re.compile(rf"(status|categories)\s+IN\s*\(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)\s*\)")


@dataclass(frozen=True)
class Query:
    """What is looked for: all of the conditions hold."""

    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    limit: int

    @classmethod
    def of(cls, asked: Any) -> Self:
        """The query of a request.

        Raises:
            ValueError: it is not understood; the message says what is not.
        """
        if not isinstance(asked, dict) or set(asked) - {"query", "limit", "subusers"}:
            raise ValueError("the request has query, limit and subusers")
        limit = asked.get("limit", DEFAULT_LIMIT)
        if not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
            raise ValueError("limit must be from 1 to 1000")
        return cls(tuple(_conditions(asked.get("query", ""))), limit)

    def fits(self, summary: dict[str, Any]) -> bool:
        """Whether a message, as it is listed, is looked for."""
        return all(_holds(summary, *condition) for condition in self.conditions)


def _conditions(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found: list[tuple[str, str, tuple[str, ...]]] = []
    at = 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        if found:
            joined = re.match(r"AND\s+", rest)
            if not joined:
                raise ValueError(f"expected AND at {rest[:40]!r}")
            at += joined.end()
        if equals := _EQUALS.match(text, at):
            found.append((equals[1], "=", (_unquoted(equals[2], equals[3]),)))
            at = equals.end()
        elif time := _TIME.match(text, at):
            found.append((time[1], time[2], (_unquoted(time[3], time[4]),)))
            at = time.end()
        elif several := _IN.match(text, at):
            values = tuple(_unquoted(*one.groups()) for one in re.finditer(_TEXT, several[2]))
            found.append((several[1], "IN", values))
            at = several.end()
        else:
            raise ValueError(f"not understood: {text[at : at + 40]!r}")
    return found


def _unquoted(double: str | None, single: str | None) -> str:
    return re.sub(r"\\(.)", r"\1", double if double is not None else single or "")


def _holds(summary: dict[str, Any], name: str, relation: str, values: tuple[str, ...]) -> bool:
    if relation == "IN":
        value = summary.get(name, [])
        return bool(set(values) & ({value} if isinstance(value, str) else set(value)))
    if relation == "=":
        return bool(summary.get(name) == values[0])
    created, asked = datetime.fromisoformat(summary[name]), datetime.fromisoformat(values[0])
    return {">": created > asked, "<": created < asked, ">=": created >= asked, "<=": created <= asked}[relation]
