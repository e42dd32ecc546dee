"""E-mail by SendGrid.

Source: spec/json/tsg_mail_v3.json (mail/send), tsg_logs_v3.json (Email Logs), tsg_scopes_v3.json and
tsg_recipients_data_erasure_v3.json of twilio/sendgrid-oai. No key makes a request to send idempotent. A message is
found in the Email Logs, which keep 30 days for every account, by its address and time, and recognised by the
correlation among its custom arguments.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote

from retention.integrations.providers import SendgridConfig
from retention.providers.connection import Deadline
from retention.providers.digest import digest_of
from retention.providers.forgetting import Forgetting, forgetting
from retention.providers.http import Answer, HttpClient
from retention.providers.keyed import KeyedApi
from retention.providers.outcomes import (
    CHECK_SECONDS,
    LOOK_UP_SECONDS,
    SEND_SECONDS,
    Checked,
    Verdict,
    blind,
    is_success,
    refusal,
    unanswered,
    unusable,
)
from retention.providers.port import Accepted, Blind, EmailBody, Found, Lookup, Missing, Order, Outcome, Trace

#: Groups our e-mail in SendGrid's statistics. Categories outlive everything there, so nothing of a lead is in them.
CATEGORY: Final = "retention-center"
#: Custom arguments: the key that comes back with every report, and what finds the message again.
KEY_ARGUMENT: Final = "x"
CORRELATION_ARGUMENT: Final = "c"
#: Messages that a search answers at most; there are no further pages. Source: tsg_logs_v3.
MOST_FOUND: Final = 1000
#: Messages of a search that are looked at closely.
MOST_READ: Final = 8
#: Bytes of an answer of the Email Logs.
MOST_BYTES: Final = 2 * 1024 * 1024
#: The part of a message's id that the answer to the request shows: 22 characters now, and before 2020 parts of several
#: lengths. Source: SendGrid's glossary, X-Message-ID.
_REF: Final = re.compile(r"[\w-]{20,}(?=\.|$)|.*?(?=\.filter|$)", re.ASCII)
_TITLE: Final = "SendGrid"
_SENDER: Final = Verdict("set_up", "the sender is not verified")


class Sendgrid:
    """SendGrid with one account's credentials."""

    name: ClassVar[str] = "sendgrid"
    places: int | None = None

    def __init__(self, settings: SendgridConfig, http: HttpClient) -> None:
        self._settings = settings
        self.prices = settings.prices
        self._api = KeyedApi(http, settings.base_url, settings.api_key)

    def send(self, order: Order, deadline: Deadline | None = None) -> Outcome:
        """Send one e-mail."""
        reply = self._api.ask("POST", "/v3/mail/send", deadline or Deadline(SEND_SECONDS), self._message(order))
        if not isinstance(reply, Answer):
            return unanswered(_TITLE, reply)
        if is_success(reply):
            return Accepted(reply.headers.get("x-message-id") or None)
        # 400 and 403 name the field. Its message is not passed on: it may hold the address.
        return refusal(_TITLE, reply, _SENDER if _is_about_the_sender(reply) else None)

    def _message(self, order: Order) -> dict[str, Any]:
        body, settings = order.body, self._settings
        if not isinstance(body, EmailBody):
            raise TypeError("an e-mail needs a subject and words")
        sender = {"email": settings.from_email, **({"name": settings.from_name} if settings.from_name else {})}
        domain = settings.from_email.rpartition("@")[2]
        parts = [("text/plain", body.text), ("text/html", body.html)]
        return {
            "personalizations": [
                {
                    "to": [{"email": order.to}],
                    "custom_args": {KEY_ARGUMENT: order.callback_key, CORRELATION_ARGUMENT: order.correlation},
                }
            ],
            "from": sender,
            "subject": body.subject,
            # Plain text comes first, or the message is refused.
            "content": [{"type": kind, "value": value} for kind, value in parts if value],
            "headers": {
                # The same for every send of this message: mailboxes can tell a repetition.
                "Message-ID": f"<{order.correlation}@{domain}>",
                # One click, by POST. Source: RFC 8058.
                "List-Unsubscribe": f"<{body.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "categories": [CATEGORY],
            # Ours are the links to unsubscribe. Opens and clicks are tracked as the account is set up.
            "tracking_settings": {"subscription_tracking": {"enable": False}},
        }

    def look_up(self, trace: Trace, deadline: Deadline | None = None) -> Lookup:
        """Find an e-mail in the Email Logs.

        Raises:
            UnauthorizedError: the credentials are not accepted.
        """
        deadline = deadline or Deadline(LOOK_UP_SECONDS)
        if set("'\"\\") & set(trace.to):
            return Blind(f"{_TITLE}: the logs cannot be asked for such an address")
        rows: dict[str, dict[str, Any]] = {}
        # The search minds case, and the logs may show the address as it was given or in lower case.
        for address in dict.fromkeys((trace.to, trace.to.lower())):
            asked = {"query": _query(address, trace), "limit": MOST_FOUND}
            reply = self._api.ask("POST", "/v3/logs", deadline, asked, most=MOST_BYTES)
            found = reply.member("messages") if isinstance(reply, Answer) and is_success(reply) else None
            if not isinstance(found, list):
                return blind(_TITLE, reply)
            if len(found) >= MOST_FOUND:
                return Blind(f"{_TITLE}: there are too many messages to this address")
            rows |= _in_question(found, trace)
        if len(rows) > MOST_READ:
            return Blind(f"{_TITLE}: there are too many messages to this address")
        return self._recognised(rows, trace, deadline)

    def _recognised(self, rows: dict[str, dict[str, Any]], trace: Trace, deadline: Deadline) -> Lookup:
        """The message among some, by its correlation; by its subject where the logs do not show one."""
        doubts = False
        for identifier, row in rows.items():
            reply = self._api.ask("GET", f"/v3/logs/{quote(identifier, safe='')}", deadline, most=MOST_BYTES)
            arguments = reply.member("custom_args") if isinstance(reply, Answer) and is_success(reply) else None
            if isinstance(arguments, dict):
                # All of ours carry one, so another, or none, says that it is not the one.
                if arguments.get(CORRELATION_ARGUMENT) == trace.correlation:
                    return _found(identifier, row)
            elif _digest(row, trace) == trace.digest:
                return _found(identifier, row)
            else:
                doubts = True
        return Blind(f"{_TITLE}: another message to this address may be the one") if doubts else Missing()

    def forget(self, addresses: Sequence[str], deadline: Deadline | None = None) -> Forgetting:
        """Have all that is kept of a recipient removed: names, addresses, subjects. SendGrid does so later."""
        asked = {"email_addresses": list(addresses)}
        return forgetting(
            _TITLE, self._api.ask("POST", "/v3/recipients/erasejob", deadline or Deadline(SEND_SECONDS), asked)
        )

    def check(self) -> Checked:
        """Read what the key may do, which costs nothing and changes nothing."""
        reply = self._api.ask("GET", "/v3/scopes", Deadline(CHECK_SECONDS))
        if not isinstance(reply, Answer) or not is_success(reply):
            return unusable(_TITLE, reply)
        scopes = reply.member("scopes")
        if not isinstance(scopes, list) or "mail.send" not in scopes:
            return Checked(False, f"{_TITLE} knows the key, but it may not send e-mail (scope mail.send).")
        return Checked(True, f"{_TITLE} knows the key, and it may send e-mail.")


def _is_about_the_sender(answer: Answer) -> bool:
    errors = answer.member("errors")
    fields = [error.get("field") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return any(isinstance(field, str) and (field == "from" or field.startswith("from.")) for field in fields)


def _query(address: str, trace: Trace) -> str:
    since, until = (instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for instant in _whole_seconds(trace))
    return (
        f"to_email = '{address}' AND sg_message_id_created_at >= TIMESTAMP \"{since}\""
        f' AND sg_message_id_created_at < TIMESTAMP "{until}"'
    )


def _whole_seconds(trace: Trace) -> Iterator[datetime]:
    """The time in question, widened to whole seconds."""
    yield trace.since.replace(microsecond=0)
    yield (trace.until + timedelta(seconds=1)).replace(microsecond=0)


def _in_question(found: list[Any], trace: Trace) -> dict[str, dict[str, Any]]:
    """Messages that may be the one, by their ids: from the time in question, and no other attempt's."""
    rows: dict[str, dict[str, Any]] = {}
    for row in found:
        identifier = row.get("sg_message_id") if isinstance(row, dict) else None
        if not isinstance(identifier, str) or not _is_within(row, trace):
            continue
        if not any(identifier == ref or identifier.startswith(f"{ref}.") for ref in trace.known_refs):
            rows[identifier] = row
    return rows


def _is_within(row: dict[str, Any], trace: Trace) -> bool:
    """Whether a message was created in the time in question; one without a time may be."""
    try:
        created = datetime.fromisoformat(row["sg_message_id_created_at"])
    except (KeyError, TypeError, ValueError):
        return True
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    if created.microsecond == 0:
        return created < trace.until and created + timedelta(seconds=1) > trace.since
    return trace.since <= created < trace.until


def _digest(row: dict[str, Any], trace: Trace) -> str:
    subject = row.get("subject")
    return digest_of(trace.to, EmailBody(subject if isinstance(subject, str) else "", "", "", ""))


def _ref(identifier: str) -> str:
    """What the answer to a request showed of a message's id."""
    found = _REF.match(identifier)
    return found[0] if found else identifier


def _found(identifier: str, row: dict[str, Any]) -> Found:
    status = row.get("status")
    return Found(_ref(identifier), {"status": status} if isinstance(status, str) else {})
