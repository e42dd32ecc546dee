"""Meta's Graph API: a lead of a lead form, fetched by the id that a notice names.

The page token goes in the Authorization header, never in the URL. Asked once: whoever asked comes back.

Source: Meta's Graph API reference, "Handling Errors" and "Rate Limiting" (80005 is the limit for lead forms; the header
X-Business-Use-Case-Usage holds estimated_time_to_regain_access, in minutes; errors come as 400); RFC 6750, section 2.1.
A version that is not served any more falls back to another without a word: the header facebook-api-version tells.
"""

import json
import logging
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from retention.providers.connection import Deadline
from retention.providers.http import Answer, HttpClient
from retention.providers.keyed import KeyedApi
from retention.providers.outcomes import retry_after

logger = logging.getLogger(__name__)

#: Seconds that one question may take in all.
SECONDS: Final = 10.0
#: Codes of limits, by whatever they count; of what passes by itself; and of the token.
_LIMITED: Final = frozenset({4, 17, 32, 341, 368, 613, 80005})
_PASSING: Final = frozenset({1, 2})
_TOKEN: Final = frozenset({102, 190})
#: Codes of what the token may not do.
_PERMISSION: Final = frozenset({3, 10, *range(200, 300)})
#: Seconds to wait where a limit does not say how long it holds; and at most, however long it says.
USUAL_LIMIT: Final = 300.0
LONGEST_LIMIT: Final = 24 * 3600.0
_ID: Final = re.compile(r"[0-9]{1,40}", re.ASCII)


class Told(NamedTuple):
    """A lead, as the Graph API tells it."""

    lead: dict[str, Any]


class Limited(NamedTuple):
    """Nobody should ask for so many seconds."""

    why: str
    seconds: float


class Unready(NamedTuple):
    """The token, or what it may do, has to be set right first: nobody should ask until then."""

    why: str


class Unanswered(NamedTuple):
    """It did not work this time."""

    why: str


class Unknown(NamedTuple):
    """There is no such lead, or not for this token."""

    why: str


class Graph(NamedTuple):
    """The Graph API, with the token of a page."""

    http: HttpClient
    base_url: str
    version: str
    token: str

    def lead(self, leadgen_id: str, fields: Sequence[str]) -> Told | Limited | Unready | Unanswered | Unknown:
        """A lead by its id."""
        if not _ID.fullmatch(leadgen_id):
            return Unknown("this is no id of a lead")
        api = KeyedApi(self.http, self.base_url, self.token)
        reply = api.ask("GET", f"/{self.version}/{leadgen_id}?fields={','.join(fields)}", Deadline(SECONDS))
        if not isinstance(reply, Answer):
            return Unanswered(f"Meta: {reply.detail}")
        self._check_version(reply)
        told = reply.json()
        if reply.status == 200 and isinstance(told, dict) and str(told.get("id")) == leadgen_id:
            return Told(told)
        return _refusal(reply, told)

    def _check_version(self, answer: Answer) -> None:
        served = answer.headers.get("facebook-api-version")
        if served is not None and served != self.version:
            logger.warning("graph_version_differs", extra={"asked": self.version, "served": served[:10]})


def _refusal(answer: Answer, told: Any) -> Limited | Unready | Unanswered | Unknown:
    error = told.get("error") if isinstance(told, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    said = f"Meta answered {answer.status}" if code is None else f"Meta answered {answer.status}, code {code}"
    if code in _LIMITED or answer.status == 429:
        return Limited(f"{said}: the limit is reached", _regained(answer))
    if code in _PASSING or answer.status >= 500:
        return Unanswered(said)
    if code in _TOKEN or (code is None and answer.status in (401, 403)):
        return Unready(f"{said}: it does not take the page token")
    if code in _PERMISSION:
        return Unready(f"{said}: the page token may not read leads")
    if code == 100 or answer.status == 404:
        return Unknown(f"{said}: there is no such lead, or not for this page token")
    return Unanswered(said)


def _regained(answer: Answer) -> float:
    """Seconds until a limit is over, as far as the answer says."""
    found = [float(one) * 60 for one in _estimates(answer.headers.get("x-business-use-case-usage", ""))]
    waits = [*found, retry_after(answer) or 0.0]
    return min(max(waits), LONGEST_LIMIT) or USUAL_LIMIT


def _estimates(header: str) -> list[int]:
    """The minutes that are named for each business and kind of use."""
    try:
        businesses = json.loads(header).values()
        uses = [use for uses in businesses for use in uses]
        minutes = [use.get("estimated_time_to_regain_access") for use in uses]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []
    return [one for one in minutes if isinstance(one, int) and one > 0]
