"""Meta's Graph API, as far as leads are read from it, and its notices of new leads.

Source: Meta, "Retrieving leads", "Webhooks for Leads", "Lead gen rate limits", "Handling errors".
"""

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

from tools.sandbox import signatures
from tools.sandbox.accounts import META_APP_SECRET, META_FORM, META_PAGE, META_PAGE_TOKEN
from tools.sandbox.faults import Fault, Operation
from tools.sandbox.ledger import Name
from tools.sandbox.provider import Post, RefusedError, Report, Stage
from tools.sandbox.wire import Request, Response, as_json
from tools.sandbox.world import Draft, Record, World

#: The version that answers, whatever is asked for: one that is not known any more is answered by another.
VERSION: Final = "v26.0"
#: Notices in one request. Source: Meta, "Webhooks", batches.
BATCH: Final = 1000
_PATH: Final = re.compile(r"/v\d{1,2}\.\d/([A-Za-z0-9_]+)")
#: What is answered where no fields are asked for.
_DEFAULT_FIELDS: Final = "created_time,id,field_data"
_INVALID_TOKEN: Final = 190
_NO_SUCH: Final = 100
#: Codes of too many requests; the first is the one for leads.
_LIMITS: Final = (80005, 4, 17, 32, 613)
_SAID: Final = {
    _INVALID_TOKEN: "Error validating access token: the session has been invalidated.",
    _NO_SUCH: "Unsupported get request. Object with this ID does not exist or cannot be loaded.",
    80005: "There have been too many leadgen api calls to this Page account.",
    1: "An unknown error occurred",
    2: "An unexpected error has occurred. Please retry your request later.",
}


class Graph:
    """Leads that people left in forms."""

    name: Name = "meta"
    batch_seconds = 0.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._leads: dict[str, dict[str, Any]] = {}

    def leave(self, given: dict[str, Any]) -> dict[str, Any]:
        """Somebody fills in a form: the lead, as a notice names it.

        Args:
            given: fields (answers by the names of their questions), and if need be consents (boxes by their keys),
                formId, pageId, adId, platform, isOrganic.
        """
        leadgen_id = str(10**15 + secrets.randbelow(9 * 10**15))
        at = self._world.now()
        lead = {
            "id": leadgen_id,
            "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "form_id": str(given.get("formId", META_FORM)),
            "platform": given.get("platform", "fb"),
            "is_organic": bool(given.get("isOrganic", False)),
            "field_data": [{"name": name, "values": _values(one)} for name, one in given.get("fields", {}).items()],
            "custom_disclaimer_responses": [
                {"checkbox_key": name, "is_checked": "1" if checked else ""}
                for name, checked in given.get("consents", {}).items()
            ],
        }
        if not lead["is_organic"]:
            lead |= {"ad_id": str(given.get("adId", "5550000000003")), "campaign_id": "5550000000004"}
            lead |= {"ad_name": "Sandbox ad", "adset_id": "5550000000005"}
        self._leads[leadgen_id] = lead
        value = {"leadgen_id": leadgen_id, "page_id": str(given.get("pageId", META_PAGE)), "form_id": lead["form_id"]}
        ids = {"ad_id": lead["ad_id"], "adgroup_id": lead["ad_id"]} if "ad_id" in lead else {}
        return {**value, **ids, "created_time": int(at.timestamp())}

    def forget(self) -> None:
        """Begin anew."""
        self._leads.clear()

    def operation(self, request: Request) -> Operation | None:
        return "look_up" if _PATH.fullmatch(request.path) else None

    def authenticated(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.asked("access_token")
        return given == META_PAGE_TOKEN

    def read(self, request: Request) -> list[Draft]:
        raise RefusedError(self.refusal(400))

    def accept(self, drafts: Sequence[Draft]) -> tuple[list[Record], Response]:
        raise RefusedError(self.refusal(400))

    def ask(self, request: Request, records: Sequence[Record]) -> Response:
        found = _PATH.fullmatch(request.path)
        lead = self._leads.get(found[1]) if found else None
        if lead is None or request.method != "GET":
            return self.refusal(400, _NO_SUCH)
        fields = {*(request.asked("fields") or _DEFAULT_FIELDS).split(","), "id"}
        shown = {name: value for name, value in lead.items() if name in fields}
        return as_json(200, shown, facebook_api_version=VERSION)

    def refusal(self, status: int, code: int | str | None = None, retry_after: float | None = None) -> Response:
        number = int(code) if code is not None else {401: _INVALID_TOKEN, 429: _LIMITS[0]}.get(status, 2)
        said = _SAID.get(number, "Refused by the sandbox")
        error = {"message": said, "type": "OAuthException", "code": number, "fbtrace_id": secrets.token_urlsafe(9)}
        headers = {"facebook_api_version": VERSION}
        if number in _LIMITS:
            minutes = 1 if retry_after is None else max(1, round(retry_after / 60))
            usage = {"type": "leadgen", "call_count": 100, "total_cputime": 25, "total_time": 25}
            usage |= {"estimated_time_to_regain_access": minutes}
            headers["X_Business_Use_Case_Usage"] = json.dumps({META_PAGE: [usage]})
        # Meta answers 400 to most of what it refuses; the code says what it is.
        return as_json(status if status >= 500 else 400, {"error": error}, **headers)

    def unreadable(self) -> Response:
        return Response(200, b'{"id": "', {"Content-Type": "application/json"})

    def life(self, record: Record, outcome: Fault | None) -> list[Stage]:
        return []

    def reports(self, record: Record) -> list[Report]:
        return []

    def answered(self, record: Record, text: str) -> list[Report]:
        return []

    def told(self, record: Record, event: str) -> list[Report]:
        return []

    def notices(self, leads: Sequence[dict[str, Any]]) -> list[Report]:
        """What is told of new leads: one report each."""
        if self._world.options.webhooks is None:
            return []
        return [Report(f"{self._world.options.webhooks}/meta", lead) for lead in leads]

    def posts(self, reports: Sequence[Report], batch: int = BATCH) -> list[Post]:
        made = []
        for at in range(0, len(reports), batch):
            changes = [{"field": "leadgen", "value": report.content} for report in reports[at : at + batch]]
            time = int(self._world.now().timestamp())
            notice = {"object": "page", "entry": [{"id": META_PAGE, "time": time, "changes": changes}]}
            # What is signed is the text with its slashes and foreign letters escaped, as Meta's own PHP writes it.
            body = json.dumps(notice, separators=(",", ":")).replace("/", "\\/").encode()
            headers = {
                "Content-Type": "application/json",
                "X-Hub-Signature-256": signatures.meta(META_APP_SECRET, body),
            }
            made.append(Post(reports[at].url, headers, body))
        return made


def _values(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]
