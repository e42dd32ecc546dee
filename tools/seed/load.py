"""Puts the sample data in through the API. What is there already is left as it is, so that it may run again."""

from collections.abc import Iterator
from typing import Any

from tools.seed import samples
from tools.stack import http


class RefusedError(Exception):
    """The API refused a sample; the message has its answer."""


class Seeder:
    """A client of the API at `url` with a key that may write."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._key = key

    def run(self) -> Iterator[tuple[str, int, int]]:
        """Load everything; yields what was loaded, how many of it are there, and how many of these are new."""
        leads = [self._send("POST", "/v1/leads", lead) for lead in samples.LEADS]
        yield "leads", len(leads), sum(not lead["deduplicated"] for lead in leads)
        campaigns, new = self._by_name("/v1/campaigns", samples.CAMPAIGNS)
        yield "campaigns", len(campaigns), new
        scripts, new = self._by_name(
            "/v1/scripts", [{**script, "campaignId": campaigns[owner]["id"]} for owner, script in samples.SCRIPTS]
        )
        yield "scripts", len(scripts), new
        yield "contact attempts", len(samples.ATTEMPTS), self._attempts(leads, list(scripts.values()))
        known = {row["provider"] for row in self._all("/v1/integrations")}
        missing = {name: row for name, row in samples.INTEGRATIONS.items() if name not in known}
        for provider, integration in missing.items():
            self._send("PUT", f"/v1/integrations/{provider}", integration)
        yield "integrations", len(samples.INTEGRATIONS), len(missing)
        forms, new = self._by_name("/v1/inbound-webhooks", samples.INBOUND_WEBHOOKS)
        yield "inbound webhooks", len(forms), new

    def _by_name(self, path: str, wanted: list[dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], int]:
        known = {row["name"]: row for row in self._all(path)}
        missing = [row for row in wanted if row["name"] not in known]
        known |= {row["name"]: self._send("POST", path, row) for row in missing}
        return {row["name"]: known[row["name"]] for row in wanted}, len(missing)

    def _attempts(self, leads: list[dict[str, Any]], scripts: list[dict[str, Any]]) -> int:
        script_of = {script["type"]: script for script in scripts}
        new = 0
        for position, attempt in samples.ATTEMPTS:
            lead, script = leads[position], script_of[attempt["channel"]]
            known = {row["providerRef"] for row in self._all(f"/v1/leads/{lead['id']}/contact-attempts")}
            if attempt["providerRef"] not in known:
                own = {"leadId": lead["id"], "scriptId": script["id"], "campaignId": script["campaignId"]}
                self._send("POST", "/v1/contact-attempts", {**attempt, **own})
                new += 1
        return new

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self._send("GET", f"{path}?limit=100{cursor}")
            yield from page["data"]
            if page["nextCursor"] is None:
                return
            cursor = f"&cursor={page['nextCursor']}"

    def _send(self, method: str, path: str, body: object = None) -> Any:
        answer = http.call(method, self._url + path, self._key, body)
        if answer.status >= 400:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')}")
        return answer.json()
