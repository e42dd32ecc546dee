"""Text messages by Twilio.

Source: Twilio's Message resource, and spec/json/twilio_api_v2010.json of twilio/twilio-oai. No key makes a request to
send idempotent, and the records do not show what we correlate by: a message is found by its address, its time and its
words. The report that comes to our own address is the better proof.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from retention.integrations.providers import TwilioConfig
from retention.providers.connection import Deadline
from retention.providers.digest import digest_of
from retention.providers.forgetting import Forgetting, Unforgotten, forgetting
from retention.providers.http import Answer, HttpClient, Reply
from retention.providers.outcomes import (
    CHECK_SECONDS,
    LOOK_UP_SECONDS,
    SEND_SECONDS,
    Checked,
    blind,
    is_success,
    refusal,
    unanswered,
    unusable,
)
from retention.providers.port import Accepted, Blind, Found, Lookup, Missing, Order, Outcome, TextBody, Trace
from retention.providers.twilio_codes import CODES

#: Seconds that a message may wait in Twilio's queue: a sender of one segment a second gets through thousands, and
#: nothing arrives in the night that was sent in the afternoon.
VALIDITY: Final = 4 * 3600
#: How Twilio repeats a report that we did not take: whatever went wrong, five times. It is not part of what is called.
#: Source: Twilio, webhook connection overrides.
RETRIES: Final = "#rp=all&rc=5"
#: Messages a page of a look-up, and pages; one number has a few of each at most.
PAGE: Final = 200
PAGES: Final = 5
#: The id of a message. Source: twilio_api_v2010.json, DeleteMessage.
_MESSAGE: Final = re.compile(r"(SM|MM)[0-9a-fA-F]{32}", re.ASCII)
_TITLE: Final = "Twilio"


class Twilio:
    """Twilio with one account's credentials."""

    name: ClassVar[str] = "twilio"
    places: int | None = None

    def __init__(self, settings: TwilioConfig, http: HttpClient) -> None:
        self._settings = settings
        self._http = http
        self.prices = settings.prices
        self._account = f"/2010-04-01/Accounts/{quote(settings.account_sid, safe='')}"

    def send(self, order: Order, deadline: Deadline | None = None) -> Outcome:
        """Send one text message."""
        reply = self._ask(
            "POST", f"{self._account}/Messages.json", deadline or Deadline(SEND_SECONDS), form=self._form(order)
        )
        if not isinstance(reply, Answer):
            return unanswered(_TITLE, reply)
        if is_success(reply):
            return _accepted(reply)
        code = reply.member("code")
        known = CODES.get(code) if isinstance(code, int) else None
        return refusal(_TITLE, reply, known, str(code) if isinstance(code, int) else None)

    def _form(self, order: Order) -> dict[str, str]:
        if not isinstance(order.body, TextBody):
            raise TypeError("a text message needs a text")
        settings = self._settings
        form = {"To": order.to, "Body": order.body.body, "ValidityPeriod": str(VALIDITY)}
        if settings.messaging_service_sid is not None:
            form["MessagingServiceSid"] = settings.messaging_service_sid
        if settings.from_number is not None:
            form["From"] = settings.from_number
        report = settings.webhook_url or order.callback_url
        if report is not None:
            joint = "&" if "?" in report else "?"
            form["StatusCallback"] = f"{report}{joint}{urlencode({'x': order.callback_key})}{RETRIES}"
        return form

    def look_up(self, trace: Trace, deadline: Deadline | None = None) -> Lookup:
        """Find a text message among those to its address.

        Neither the sender nor the day is asked for: the sender may have been changed since, and Twilio compares the day
        with that of sending, which is not set while a message waits.

        Raises:
            UnauthorizedError: the credentials are not accepted.
        """
        deadline = deadline or Deadline(LOOK_UP_SECONDS)
        query = urlencode({"To": trace.to, "PageSize": str(PAGE)})
        target: str = f"{self._account}/Messages.json?{query}"
        candidates: list[dict[str, Any]] = []
        for _ in range(PAGES):
            reply = self._ask("GET", target, deadline)
            messages = reply.member("messages") if isinstance(reply, Answer) and is_success(reply) else None
            if not isinstance(messages, list) or not isinstance(reply, Answer):
                return blind(_TITLE, reply)
            candidates += _in_question(messages, trace)
            following = reply.member("next_page_uri")
            if following is None:
                return _verdict(candidates, trace)
            if not isinstance(following, str) or not following.startswith(f"{self._account}/Messages.json?"):
                return Blind(f"{_TITLE}: the next page is somewhere else")
            target = following
        return Blind(f"{_TITLE}: there are too many messages to this address")

    def forget(self, ref: str, deadline: Deadline | None = None) -> Forgetting:
        """Remove a message, its words and its addresses. Twilio refuses that while a message is on its way."""
        if not _MESSAGE.fullmatch(ref):
            return Unforgotten(f"{_TITLE}: this names no message.", for_good=True)
        return forgetting(
            _TITLE, self._ask("DELETE", f"{self._account}/Messages/{ref}.json", deadline or Deadline(SEND_SECONDS))
        )

    def check(self) -> Checked:
        """Read the account, which costs nothing and changes nothing."""
        reply = self._ask("GET", f"{self._account}.json", Deadline(CHECK_SECONDS))
        if not isinstance(reply, Answer) or not is_success(reply):
            return unusable(_TITLE, reply)
        status = reply.member("status")
        if status != "active":
            return Checked(False, f"{_TITLE} knows the account, but it is not active.")
        return Checked(True, f"{_TITLE} knows the account.")

    def _ask(self, method: str, target: str, deadline: Deadline, form: dict[str, str] | None = None) -> Reply:
        settings = self._settings
        credentials = b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
        headers = [("Authorization", f"Basic {credentials}")]
        body = None
        if form is not None:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            body = urlencode(form).encode("ascii")
        return self._http.exchange(method, settings.base_url + target, deadline, headers=headers, body=body)


def _accepted(answer: Answer) -> Accepted:
    sid, segments, status = (answer.member(name) for name in ("sid", "num_segments", "status"))
    return Accepted(sid if isinstance(sid, str) else None, _facts(segments, status))


def _recorded(message: dict[str, Any]) -> dict[str, Any]:
    """As `_facts`, of a message in the records: with its price, once Twilio has put it down. It is below 0 there."""
    facts = _facts(message.get("num_segments"), message.get("status"))
    price = message.get("price")
    if isinstance(price, str) and message.get("price_unit") == "USD":
        facts["price"] = price.lstrip("-")
    return facts


def _facts(segments: Any, status: Any) -> dict[str, Any]:
    """What belongs into the result. Segments are 0 until a messaging service has chosen a sender."""
    facts: dict[str, Any] = {}
    if isinstance(segments, str) and segments.isdecimal() and int(segments) > 0:
        facts["segments"] = int(segments)
    if isinstance(status, str):
        facts["status"] = status
    return facts


def _in_question(messages: list[Any], trace: Trace) -> Iterator[dict[str, Any]]:
    """Messages that may be the one: ours to this address, from the time in question, and no other attempt's."""
    for message in messages:
        if not isinstance(message, dict) or message.get("direction") == "inbound":
            continue
        if message.get("sid") not in trace.known_refs and _is_within(message.get("date_created"), trace):
            yield message


def _is_within(said: Any, trace: Trace) -> bool:
    """Whether a message was created in the time in question. Twilio tells whole seconds; one without a time may be."""
    try:
        created = parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError):
        return True
    # An offset of -0000 comes without a zone.
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return created < trace.until and created + timedelta(seconds=1) > trace.since


def _verdict(candidates: list[dict[str, Any]], trace: Trace) -> Lookup:
    for message in candidates:
        sid, words = message.get("sid"), message.get("body")
        if isinstance(sid, str) and isinstance(words, str) and digest_of(trace.to, TextBody(words)) == trace.digest:
            return Found(sid, _recorded(message))
    if candidates:
        # Twilio may have changed the words (smart encoding, shortened links, a trial account's preface) or not kept
        # them, so another text may still be ours.
        return Blind(f"{_TITLE}: another message to this address may be the one")
    return Missing()
