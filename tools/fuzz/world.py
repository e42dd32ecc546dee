"""What there is while the fuzzer runs: a first item of each kind, and all that it makes itself.

Made-up ids name nothing, and requests that name nothing end in 404. So a good part of the requests is pointed at what
exists: the fuzzer remembers the addresses of items that it has seen, and puts their ids into paths, queries and bodies.
"""

import json
import random
from collections import deque
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

from schemathesis import Case, HookContext, Response
from schemathesis.generation.meta import TestPhase

#: Items of one kind that are remembered; the latest stay.
REMEMBERED: Final = 30
#: Shares of requests that name something that exists, that repeat an Idempotency-Key, that insist on a state, that
#: delete something that exists, and that go on where a page ended.
NAMING, REPEATING, INSISTING, DELETING, CONTINUING = 0.7, 0.2, 0.2, 0.15, 0.4

#: Which kind of item a field names, by the end of the address of such items.
_FIELDS: Final = {
    "leadId": "leads",
    "leadIds": "leads",
    "campaignId": "campaigns",
    "campaigns": "campaigns",
    "sequenceId": "sequences",
    "enrollmentId": "enrollments",
    "stepId": "steps",
    "stepIds": "steps",
    "scriptId": "scripts",
    "variantA": "scripts",
    "variantB": "scripts",
    "contactAttemptId": "contact-attempts",
}
#: A first item of each kind, in an order in which each can name those before it: address, body. `{kind}` is the id of
#: the item of that kind that was made last.
_FIRST: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("/v1/leads", {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+15551234567"}),
    ("/v1/leads", {"firstName": "Grace", "lastName": "Hopper"}),
    ("/v1/campaigns", {"name": "Spring", "channels": ["SMS"]}),
    ("/v1/campaigns/{campaigns}/leads", {"leadId": "{leads}"}),
    ("/v1/scripts", {"name": "A", "type": "SMS", "content": "Hello", "campaignId": "{campaigns}"}),
    ("/v1/scripts", {"name": "B", "type": "SMS", "content": "Hi"}),
    ("/v1/sequences", {"name": "Welcome", "status": "ACTIVE", "channels": ["SMS"]}),
    ("/v1/sequences/{sequences}/steps", {"channel": "SMS", "scriptId": "{scripts}", "delayValue": 1}),
    ("/v1/sequences/{sequences}/enrollments", {"leadId": "{leads}"}),
    ("/v1/contact-attempts", {"leadId": "{leads}", "channel": "SMS", "campaignId": "{campaigns}"}),
    ("/v1/conversions", {"leadId": "{leads}", "subId": "s", "campaignId": "{campaigns}", "revenue": 12.5}),
    ("/v1/conversion-rules", {"channel": "SMS", "metric": "m", "value": "v"}),
    ("/v1/suppressions", {"address": "nobody@example.com"}),
    ("/v1/api-keys", {"name": "fuzzed", "scopes": ["leads:read"]}),
)


class World:
    """What is known to exist, and the hooks that put it into requests."""

    def __init__(self, url: str, key: str, seed: int) -> None:
        self._url = url
        self._key = key
        self._random = random.Random(seed)
        #: Addresses of items by their kind, which is the part before the id.
        self._known: dict[str, deque[str]] = {}
        #: The query that asks for the next page of a list, by the list's address.
        self._pages: dict[str, dict[str, str]] = {}

    def populate(self) -> None:
        """Make a first item of each kind; what cannot be made is left out."""
        for path, body in _FIRST:
            names = {kind: known[-1].rsplit("/", 1)[-1] for kind, known in self._known.items()}
            try:
                target = path.format_map(names)
                data = {field: _filled(value, names) for field, value in body.items()}
            except KeyError:
                continue
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            try:
                with urlopen(Request(self._url + target, json.dumps(data).encode(), headers)) as answer:
                    self.remember(answer.headers.get("Location"))
            except HTTPError as refusal:
                refusal.close()

    def remember(self, location: str | None) -> None:
        """Keep the address of an item."""
        if location and location.count("/") >= 3:
            kind = location.rsplit("/", 2)[-2]
            self._known.setdefault(kind, deque(maxlen=REMEMBERED)).append(location)

    def before_call(self, context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        """Point a request at what exists; those of the coverage phase are each about one thing and stay as they are."""
        _spare_the_providers(case)
        if case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE:
            return
        chance = self._random.random
        headers = case.headers
        if headers and "Idempotency-Key" in headers and chance() > REPEATING:
            headers.pop("Idempotency-Key")
        if headers and "If-Match" in headers and chance() > INSISTING:
            headers.pop("If-Match")
        if case.path_parameters and chance() < (DELETING if case.method == "DELETE" else NAMING):
            case.path_parameters.update(self._parameters_of(case.path))
        if case.query and case.path in self._pages and chance() < CONTINUING:
            case.query.clear()
            case.query.update(self._pages[case.path])
        if chance() < NAMING:
            for part in (case.query, case.body):
                if isinstance(part, dict):
                    self._name_in(part)

    def after_call(self, context: HookContext, case: Case[Any], response: Response) -> None:
        """Learn from an answer what exists."""
        for location in response.headers.get("location", []):
            self.remember(urlsplit(location).path)
        if response.status_code != 200 or case.method != "GET" or not response.content.startswith(b'{"data":'):
            return
        page = response.json()
        asked = urlsplit(str(response.request.url))
        for item in page["data"]:
            if "id" in item and asked.path.count("/") == 2:
                self.remember(f"{asked.path}/{item['id']}")
        if page.get("nextCursor") and not case.path_parameters:
            self._pages[case.path] = {**dict(parse_qsl(asked.query)), "cursor": page["nextCursor"]}

    def _parameters_of(self, path: str) -> dict[str, str]:
        """Values for the parameters of a path, from the address of something that is there; none if nothing is."""
        wanted = path.split("/")
        last = max(at for at, part in enumerate(wanted) if part.startswith("{"))
        fitting = [
            parts
            for known in self._known.get(wanted[last - 1], ())
            if len(parts := known.split("/")) == last + 1
            and all(one == other or one.startswith("{") for one, other in zip(wanted, parts, strict=False))
        ]
        if not fitting:
            return {}
        chosen = self._random.choice(fitting)
        return {part[1:-1]: chosen[at] for at, part in enumerate(wanted) if part.startswith("{")}

    def _name_in(self, fields: dict[str, Any]) -> None:
        """Replace ids that fields hold by ids of something that is there."""
        for name, value in fields.items():
            known = self._known.get(_FIELDS.get(name, ""))
            if isinstance(value, dict):
                self._name_in(value)
            elif known and isinstance(value, str):
                fields[name] = self._random.choice(known).rsplit("/", 1)[-1]
            elif known and isinstance(value, list) and value and all(isinstance(one, str) for one in value):
                fields[name] = [self._random.choice(known).rsplit("/", 1)[-1] for _ in value[:10]]


def _spare_the_providers(case: Case[Any]) -> None:
    """Have nothing sent to a real provider, with made-up credentials: integrations stay off, and none is tried out."""
    if case.path == "/v1/integrations/{provider}/test" and case.path_parameters:
        case.path_parameters["provider"] = "keitaro"
    elif case.path == "/v1/integrations/{provider}" and isinstance(case.body, dict):
        case.body["isActive"] = False


def _filled(value: Any, names: dict[str, str]) -> Any:
    return value.format_map(names) if isinstance(value, str) else value
