"""How Twilio shows its messages, alone and in lists. Source: twilio-oai, twilio_api_v2010.json."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from tools.sandbox.accounts import TWILIO_ACCOUNT
from tools.sandbox.segments import segments
from tools.sandbox.wire import Request
from tools.sandbox.world import Record

#: Path of the account.
ROOT: Final = f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}"
DEFAULT_PAGE: Final = 50
MAX_PAGE: Final = 1000


def listed(request: Request, records: Sequence[Record]) -> dict[str, Any]:
    """A page of the messages that a request asks for, the newest first.

    Raises:
        ValueError: a filter is not understood.
    """
    size = min(MAX_PAGE, max(1, int(request.asked("PageSize") or DEFAULT_PAGE)))
    page = max(0, int(request.asked("Page") or 0))
    found = [record for record in reversed(records) if _matches(record, request)]
    here = found[page * size : (page + 1) * size]
    kept = [(name, value) for name, value in request.query if name not in ("Page", "PageToken", "PageSize")]

    def at(number: int) -> str:
        return f"{request.path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(number))])}"

    return {
        "messages": [shown(record) for record in here],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(here) - 1),
        "uri": at(page),
        "first_page_uri": at(0),
        "previous_page_uri": at(page - 1) if page else None,
        "next_page_uri": at(page + 1) if len(found) > (page + 1) * size else None,
    }


def shown(record: Record) -> dict[str, Any]:
    """A message as Twilio shows it."""
    message, sent = record.entry.message, _sent_at(record)
    uri = f"{ROOT}/Messages/{record.entry.ref}.json"
    # The number of segments depends on the sender, which a messaging service chooses later.
    known = "From" in message or sent is not None
    return {
        "account_sid": TWILIO_ACCOUNT,
        "api_version": "2010-04-01",
        "body": message["Body"],
        "date_created": format_datetime(record.entry.at),
        "date_sent": format_datetime(sent) if sent else None,
        "date_updated": format_datetime(record.updated_at),
        "direction": "outbound-api",
        "error_code": record.facts.get("code"),
        "error_message": None,
        "from": message.get("From"),
        "messaging_service_sid": message.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": str(segments(message["Body"]) if known else 0),
        "price": None,
        "price_unit": "USD",
        "sid": record.entry.ref,
        "status": record.status,
        "subresource_uris": {"media": f"{ROOT}/Messages/{record.entry.ref}/Media.json"},
        "to": record.entry.to,
        "uri": uri,
    }


def _sent_at(record: Record) -> datetime | None:
    """A message has no date of sending until it is sent, so a list by that date leaves it out."""
    return None if record.status in ("queued", "accepted", "scheduled") else record.entry.at


def _matches(record: Record, request: Request) -> bool:
    for name, value in request.query:
        sent = _sent_at(record)
        if name == "To" and value != record.entry.to:
            return False
        if name == "From" and value != record.entry.message.get("From"):
            return False
        if name in ("DateSent", "DateSent<", "DateSent>") and (sent is None or not _on(sent, name, value)):
            return False
    return True


def _on(sent: datetime, relation: str, value: str) -> bool:
    """Whether a date of sending fits a filter; a day means the whole of it."""
    whole_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None
    asked = _instant(value)
    if whole_day:
        days = (sent.date() - asked.date()).days
        return {"DateSent": days == 0, "DateSent<": days <= 0, "DateSent>": days >= 0}[relation]
    # Twilio keeps whole seconds.
    second = sent.replace(microsecond=0)
    return {"DateSent": second == asked, "DateSent<": second <= asked, "DateSent>": second >= asked}[relation]


def _instant(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = parsedate_to_datetime(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
