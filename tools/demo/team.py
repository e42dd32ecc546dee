"""The team's own system: a receiver in the sandbox that is told of sales and of those who want no more."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tools.demo.effects import Effect
from tools.demo.story import Api, Story
from tools.stack import http

#: What it is told of.
EVENTS: Final = ("lead.stopped", "conversion.recorded")


@dataclass(frozen=True)
class Team:
    """A receiver that checks signatures."""

    url: str

    def told(self, story: Story) -> Effect:
        """Of how many of those who bought or said no it was told, signed."""
        got = http.call("GET", self.url).json()["got"]
        bodies = [json.loads(one["body"]) for one in got if one["verified"]]
        heard = {body["data"].get("leadId") for body in bodies if body["type"] in EVENTS}
        wanted = {lead for lead, role in story.roles.items() if role.ends}
        return Effect("are told to the team's own system, signed", len(wanted), len(wanted & heard))


@contextmanager
def listening(api: Api, sandbox: str) -> Iterator[Team]:
    """A receiver, for as long as the block runs."""
    name = f"demo-{secrets.token_hex(4)}"
    endpoint = api.send(
        "POST",
        "/v1/webhook-endpoints",
        {"name": "Demo", "url": f"{sandbox}/receiver/{name}", "events": list(EVENTS)},
    )
    url = f"{sandbox}/_sandbox/receivers/{name}"
    http.call("PUT", url, body={"secret": endpoint["secret"]})
    try:
        yield Team(url)
    finally:
        api.send("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")
