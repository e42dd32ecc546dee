"""When a cell of the file and a field of the table say the same. Rules of their own: nothing of the mappers is used.

A rule takes the cell, the field (None: it is absent) and the ids by which rows are known here. It brings both sides to
a form that has nothing to do with how either is kept, and compares those.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: Id here by (table, id of the file).
Ids = Mapping[tuple[str, str], str]
Rule = Callable[[Any, Any, Ids], bool]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Members of free data that the import itself adds.
_ADDED: Final = ("predecessor", "sourceLabel")


def text(cell: Any, field: Any, _: Ids) -> bool:
    """The same characters; nothing and an empty text are alike."""
    said = "" if cell in (None, b"") else str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)
    return said == ("" if field is None else field)


def word(cell: Any, field: Any, ids: Ids) -> bool:
    """The same word."""
    return text(cell, field, ids)


def email(cell: Any, field: Any, ids: Ids) -> bool:
    """The same mailbox."""
    return text(str(cell or "").strip().casefold(), str(field or "").casefold(), ids)


def phone(cell: Any, field: Any, ids: Ids) -> bool:
    """The same number: the digits, with or without the code of the country."""
    said, kept = (re.sub(r"\D", "", str(one or "")).lstrip("0") for one in (cell, field))
    return said == kept or (len(said) >= 6 and kept.endswith(said))


def moment(cell: Any, field: Any, ids: Ids) -> bool:
    """The same millisecond."""
    return _milliseconds(cell) == _milliseconds(field)


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str | bytes) and not value.strip())


def _milliseconds(value: Any) -> int | None:
    if _is_nothing(value):
        return None
    if isinstance(value, float) and 2_300_000 < value < 2_600_000:
        return int((value - 2_440_587.5) * 86_400_000)  # Julian days
    if isinstance(value, int | float):
        return int(value * 1000 if abs(value) < 10**11 else value)
    digits = value.strip()
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", digits, re.ASCII):
        return _milliseconds(float(digits) if "." in digits else int(digits))
    parts = digits.replace("Z", "+00:00").replace("z", "+00:00").replace(" +", "+")
    try:
        at = datetime.fromisoformat(parts)
    except ValueError:
        return -1
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(milliseconds=1)


def number(cell: Any, field: Any, _: Ids) -> bool:
    """The same number, to four decimals; nothing is 0 here only where the column has that as its default."""
    if _is_nothing(cell) or field is None:
        return _is_nothing(cell) and (field is None or Decimal(str(field)) == 0)
    try:
        return abs(Decimal(str(cell)) - Decimal(str(field))) <= Decimal("0.00005")
    except InvalidOperation:
        return False


def flag(cell: Any, field: Any, _: Ids) -> bool:
    """Both true or both false."""
    return (str(cell).strip().lower() in ("1", "1.0", "true", "t", "yes", "on")) is bool(field)


def free(cell: Any, field: Any, _: Ids) -> bool:
    """The same JSON, without what the import adds to free data; nothing and an empty object are alike."""
    said, kept = _json(cell), _json(field)
    if isinstance(kept, dict):
        there = said if isinstance(said, dict) else {}
        kept = {name: one for name, one in kept.items() if name not in _ADDED or name in there}
        if isinstance(there.get("predecessor"), dict) and isinstance(kept.get("predecessor"), dict):
            kept["predecessor"] = {
                name: one for name, one in kept["predecessor"].items() if name in there["predecessor"]
            }
    return bool((said or None) == (kept or None))


def _json(value: Any) -> Any:
    if _is_nothing(value):
        return None
    if not isinstance(value, str | bytes):
        return _exact(value)
    try:
        return json.loads(value or "null", parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        return value


def _exact(value: Any) -> Any:
    """Numbers as decimals, so that 1 and 1.0 are equal and 0.1 is exact."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: _exact(one) for name, one in value.items()}
    return [_exact(one) for one in value] if isinstance(value, list) else value


def refers(table: str) -> Rule:
    """The same row of another table, by the ids that either side has for it."""

    def rule(cell: Any, field: Any, ids: Ids) -> bool:
        if cell is None or cell in ("", b""):
            return field is None
        return bool(ids.get((table, str(cell)), str(cell)) == field)

    return rule


def content(cell: Any, field: Any, ids: Ids) -> bool:
    """The same words of a script: as one text, or as the subject and body of an e-mail."""
    if isinstance(field, dict):
        said = _json(cell)
        if not isinstance(said, dict):
            return False
        body = said.get("html") or said.get("body") or said.get("content") or said.get("message")
        return (said.get("subject"), body) == (field.get("subject"), field.get("html"))
    return text(cell if str(cell or "").strip() else None, field, ids)


def figures(cell: Any, field: Any, ids: Ids) -> bool:
    """The same figures of a variant; what the file does not say is nothing, or follows from the others."""
    said, kept = _json(cell), _exact(field or {})
    said = said if isinstance(said, dict) else {}
    return all(number(said.get(name), one, ids) for name, one in kept.items()) and said.keys() <= kept.keys()


def settings(cell: Any, field: Any, _: Ids) -> bool:
    """Every setting that is kept is the file's, and none of them is a secret."""
    said = _json(cell)
    kept = _exact(field or {})
    if not isinstance(said, dict):
        return not kept
    values = {str(one) for one in said.values()}
    return all(str(one) in values for one in kept.values())


_DATED: Final[Mapping[str, Rule]] = {"createdAt": moment, "updatedAt": moment}
#: The rule of each column but ids, by table. Source: the columns of schema.md.
RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "Campaign": {
        "name": text, "description": text, "status": word, "channels": free, "meta": free, "startDate": moment,
        "endDate": moment, **_DATED,
    },
    "Script": {
        "name": text, "type": word, "content": content, "vapiConfig": free, "campaignId": refers("Campaign"),
        "isDefault": flag, **_DATED,
    },
    "RetentionSequence": {
        "name": text, "description": text, "status": word, "channels": free, "triggerType": word,
        "triggerConfig": free, **_DATED,
    },
    "SequenceStep": {
        "sequenceId": refers("RetentionSequence"), "stepOrder": number, "channel": word, "scriptId": refers("Script"),
        "delayValue": number, "delayUnit": word, "conditions": free, "isActive": flag, **_DATED,
    },
    "ABTest": {
        "campaignId": refers("Campaign"), "channel": word, "variantA": refers("Script"), "variantB": refers("Script"),
        "status": word, "winnerId": word, "startedAt": moment, "endedAt": moment, "statsA": figures, "statsB": figures,
    },
    "ConversionRule": {
        "channel": word, "metric": text, "value": text, "conversionRate": number, "sampleSize": number,
        "confidence": number, **_DATED,
    },
    "IntegrationConfig": {"provider": word, "type": word, "config": settings, "isActive": flag, **_DATED},
    "Lead": {
        "externalId": text, "firstName": text, "lastName": text, "phone": phone, "email": email, "source": word,
        "status": word, "meta": free, "notes": text, **_DATED,
    },
    "CampaignLead": {
        "campaignId": refers("Campaign"), "leadId": refers("Lead"), "status": word, "assignedAt": moment,
        "completedAt": moment,
    },
    "SequenceEnrollment": {
        "sequenceId": refers("RetentionSequence"), "leadId": refers("Lead"), "status": word, "currentStep": number,
        "enrolledAt": moment, "completedAt": moment, "lastStepAt": moment, "meta": free,
    },
    "ContactAttempt": {
        "leadId": refers("Lead"), "campaignId": refers("Campaign"), "channel": word, "status": word,
        "scriptId": refers("Script"), "provider": text, "providerRef": text, "startedAt": moment,
        "completedAt": moment, "duration": number, "cost": number, "result": text, "notes": text,
    },
    "SequenceStepExecution": {
        "enrollmentId": refers("SequenceEnrollment"), "stepId": refers("SequenceStep"),
        "contactAttemptId": refers("ContactAttempt"), "status": word, "scheduledAt": moment, "executedAt": moment,
        "result": free,
    },
    "Conversion": {
        "leadId": refers("Lead"), "campaignId": refers("Campaign"), "channel": word, "revenue": number, "status": word,
        "subId": text, "clickId": text, "source": text, "postbackData": free,
        "contactAttemptId": refers("ContactAttempt"), "createdAt": moment,
    },
}  # fmt: skip
