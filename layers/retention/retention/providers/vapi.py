"""Calls by VAPI.

Source: POST /call, GET /call and DELETE /call/{id} in fern/apis/api/openapi.json of VapiAI/docs, and fern/calls there.
No key makes a request to call idempotent, but its records show our name of a call, so a look-up is exact.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from retention.integrations.providers import VapiConfig
from retention.jsontext import format_instant
from retention.providers.connection import Deadline
from retention.providers.forgetting import Absent, Forgetting, Unforgotten, forgetting
from retention.providers.http import Answer, HttpClient
from retention.providers.keyed import KeyedApi
from retention.providers.outcomes import (
    CHECK_SECONDS,
    LOOK_UP_SECONDS,
    SEND_SECONDS,
    SET_UP_PAUSE,
    Checked,
    Verdict,
    blind,
    is_success,
    refusal,
    unanswered,
    unusable,
)
from retention.providers.port import (
    Accepted,
    Blind,
    Found,
    Lookup,
    Missing,
    NotAccepted,
    Order,
    Outcome,
    Trace,
)
from retention.providers.vapi_call import IncompleteCallError, call_request

#: Calls a page of a look-up, and pages. Calls come with all that was said, so a page is kept short.
PAGE: Final = 20
PAGES: Final = 25
#: Bytes of such a page.
MOST_BYTES: Final = 16 * 1024 * 1024
#: Seconds until a call is tried again that met all places taken.
NO_PLACE_PAUSE: Final = 60.0
#: What the reason of a call says that ended because all places were taken: nobody was called.
_NO_PLACE: Final = re.compile(r"concurrency-limit-reached")
_TITLE: Final = "VAPI"
#: What the words of a 400 come to, by the first that fit; VAPI has no codes. Source: fern/calls/call-concurrency.mdx,
#: fern/calls/troubleshoot-call-errors.mdx, and the names of fields in CreateCallDTO.
_WORDS: Final[Sequence[tuple[re.Pattern[str], Verdict, str]]] = tuple(
    (re.compile(words, re.IGNORECASE), verdict, code)
    for words, verdict, code in (
        (r"concurren", Verdict("wait", "all places are taken"), "concurrency"),
        (r"daily|outbound.{0,20}limit|rate limit", Verdict("wait", "the number has called enough today"), "limit"),
        (
            r"credit|wallet|billing|subscription|payment|frozen",
            Verdict("set_up", "the account has to be paid for"),
            "account",
        ),
        (r"fraud|suspend|blocked org", Verdict("set_up", "the account is blocked"), "account"),
        (
            r"customer\.?(number)?\b.{0,60}(e\.?164|valid|phone)",
            Verdict("refused", "it cannot call the number"),
            "number",
        ),
        (r"phone ?number", Verdict("set_up", "the number that calls is not known or not usable"), "phone_number"),
        (r"assistant|model|voice|transcriber|credential", Verdict("set_up", "the assistant is refused"), "assistant"),
    )
)


class Vapi:
    """VAPI with one organisation's credentials."""

    name: ClassVar[str] = "vapi"

    def __init__(self, settings: VapiConfig, http: HttpClient) -> None:
        self._settings = settings
        self.prices = settings.prices
        self._api = KeyedApi(http, settings.base_url, settings.api_key)
        self.places: int | None = settings.concurrency

    def send(self, order: Order, deadline: Deadline | None = None) -> Outcome:
        """Start one call."""
        try:
            asked = call_request(order, self._settings)
        except IncompleteCallError as error:
            return NotAccepted(error.code, f"{_TITLE}: {error}", SET_UP_PAUSE)
        reply = self._api.ask("POST", "/call", deadline or Deadline(SEND_SECONDS), asked)
        if not isinstance(reply, Answer):
            return unanswered(_TITLE, reply)
        if is_success(reply):
            return _accepted(reply)
        verdict, code = _by_words(reply) if reply.status == 400 else (None, None)
        return refusal(_TITLE, reply, verdict, code)

    def look_up(self, trace: Trace, deadline: Deadline | None = None) -> Lookup:
        """Find a call among those of the time in question, by the name that we gave it.

        Raises:
            UnauthorizedError: the credentials are not accepted.
        """
        deadline = deadline or Deadline(LOOK_UP_SECONDS)
        span = (trace.since, trace.until)
        for _ in range(PAGES):
            times = {"createdAtGe": format_instant(span[0]), "createdAtLe": format_instant(span[1])}
            target = "/call?" + urlencode({**times, "limit": str(PAGE)})
            reply = self._api.ask("GET", target, deadline, most=MOST_BYTES)
            calls = reply.json() if isinstance(reply, Answer) and is_success(reply) else None
            if not isinstance(calls, list):
                return blind(_TITLE, reply)
            for call in calls:
                if _is_the_one(call, trace):
                    return Found(call["id"], _facts(call))
            if len(calls) < PAGE:
                return Missing()
            rest = _rest_of(span, calls)
            if rest is None:
                return Blind(f"{_TITLE}: the records cannot be read page by page")
            span = rest
        return Blind(f"{_TITLE}: there were too many calls")

    def report(self, ref: str, deadline: Deadline | None = None) -> dict[str, Any] | Blind | None:
        """A call as it is on record; None where it is not.

        Raises:
            UnauthorizedError: the credentials are not accepted.
        """
        target = f"/call/{quote(ref, safe='')}"
        reply = self._api.ask("GET", target, deadline or Deadline(LOOK_UP_SECONDS), most=MOST_BYTES)
        if isinstance(reply, Answer) and reply.status == 404:
            return None
        call = reply.json() if isinstance(reply, Answer) and is_success(reply) else None
        return call if isinstance(call, dict) and call.get("id") == ref else blind(_TITLE, reply)

    def forget(self, ref: str, deadline: Deadline | None = None) -> Forgetting:
        """Remove a call that has ended: its records, its recording, what was said.

        Raises:
            UnauthorizedError: the credentials are not accepted.
        """
        deadline = deadline or Deadline(SEND_SECONDS)
        call = self.report(ref, deadline)
        if call is None:
            return Absent()
        if isinstance(call, Blind):
            return Unforgotten(call.detail)
        if call.get("status") != "ended":
            return Unforgotten(f"{_TITLE}: the call has not ended yet.")
        return forgetting(_TITLE, self._api.ask("DELETE", f"/call/{quote(ref, safe='')}", deadline, {}))

    def check(self) -> Checked:
        """Read the number that calls, or a list of numbers, which costs nothing and changes nothing."""
        number = self._settings.phone_number_id
        target = "/phone-number?limit=1" if number is None else f"/phone-number/{quote(number, safe='')}"
        reply = self._api.ask("GET", target, Deadline(CHECK_SECONDS))
        if isinstance(reply, Answer) and reply.status == 404 and number is not None:
            return Checked(False, f"{_TITLE} knows the key, but not the number (phoneNumberId).")
        if not isinstance(reply, Answer) or not is_success(reply):
            return unusable(_TITLE, reply)
        what = "the key" if number is None else "the key and the number"
        return Checked(True, f"{_TITLE} knows {what}.")


def _by_words(answer: Answer) -> tuple[Verdict | None, str | None]:
    said = answer.member("message")
    text = " ".join(map(str, said)) if isinstance(said, list) else str(said or "")
    return next(((verdict, code) for words, verdict, code in _WORDS if words.search(text)), (None, None))


def _accepted(answer: Answer) -> Outcome:
    """What it means that VAPI took a request.

    With all places taken it still answers 201, and says so in `subscriptionLimits`. Whether such a call starts when a
    place falls free is told in two ways (fern/calls/call-concurrency.mdx: it "does not connect", and earlier: it
    waits). A call is never made a second time on doubt, so this is an accepted call whose report says how it ended,
    unless the answer itself says that it has ended for that reason.
    """
    call = answer.json()
    if not isinstance(call, dict):
        return Accepted(None)
    if _never_started(call):
        return NotAccepted("concurrency", f"{_TITLE}: all places are taken", NO_PLACE_PAUSE)
    identifier = call.get("id")
    return Accepted(identifier if isinstance(identifier, str) else None, _facts(call))


def _facts(call: dict[str, Any]) -> dict[str, Any]:
    facts = {"status": call["status"]} if isinstance(call.get("status"), str) else {}
    limits = call.get("subscriptionLimits")
    blocked = isinstance(limits, dict) and limits.get("concurrencyBlocked") is True
    return {**facts, **({"concurrencyBlocked": True} if blocked else {})}


def _never_started(call: dict[str, Any]) -> bool:
    """Whether a call is on record that was never made, since all places were taken."""
    return call.get("status") == "ended" and bool(_NO_PLACE.search(str(call.get("endedReason"))))


def _is_the_one(call: Any, trace: Trace) -> bool:
    if not isinstance(call, dict) or not isinstance(call.get("id"), str) or call["id"] in trace.known_refs:
        return False
    customer = call.get("customer")
    names = (call.get("name"), customer.get("externalId") if isinstance(customer, dict) else None)
    return trace.correlation in names and not _never_started(call)


def _rest_of(span: tuple[datetime, datetime], calls: list[Any]) -> tuple[datetime, datetime] | None:
    """What of a span of time the next page is about. Which end a page begins at is not documented: its times tell."""
    times = [at for at in map(_created, calls) if at is not None]
    if len(times) < len(calls):
        return None
    if times == sorted(times, reverse=True) and times[-1] < span[1]:
        return span[0], times[-1]
    if times == sorted(times) and times[-1] > span[0]:
        return times[-1], span[1]
    return None


def _created(call: Any) -> datetime | None:
    try:
        created = datetime.fromisoformat(call["createdAt"])
    except (KeyError, TypeError, ValueError):
        return None
    return created if created.tzinfo else created.replace(tzinfo=UTC)
