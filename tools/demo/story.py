"""What the demonstration puts in place through the API: three scripts, a sequence of three steps, its leads."""

from dataclasses import dataclass, field
from typing import Any, Final

from tools.demo import cast, roles
from tools.demo.roles import Role
from tools.stack import http

#: Leads that are enrolled with one request: a busy laptop takes its time, and the API has 15 s.
PORTION: Final = 20

#: How many times leads are made up anew where some turn out to be known.
TRIES: Final = 20

_TEXT: Final = (
    'Hi {{ firstName | default: "there" }}, it is Alex from Northwind. We kept your seat in the spring course. '
    "Take it: {{ link }} Reply STOP to opt out."
)
_MAIL: Final = {
    "subject": '{{ firstName | default: "Hello" }}, we kept your seat',
    "html": (
        '<p>Hello {{ firstName | default: "there" }},</p>'
        "<p>you looked at our spring course and did not finish. Your seat is free until Friday.</p>"
        '<p><a href="{{ link }}">Take it</a></p>'
        '<p><small>Not interested? <a href="{{ unsubscribeUrl }}">Unsubscribe</a>.</small></p>'
    ),
    "text": (
        'Hello {{ firstName | default: "there" }}, your seat in the spring course is free until Friday: '
        "{{ link }} Not interested? {{ unsubscribeUrl }}"
    ),
}
_CALL: Final = {
    "firstMessage": (
        'Hello {{ firstName | default: "there" }}, this is Alex, an AI assistant of Northwind. Is it a good time?'
    ),
    "instructions": (
        "You are Alex, friendly and brief. Ask {{ firstName }} whether the seat in the spring course is still wanted. "
        "Accept a no, and say how to opt out."
    ),
}
_SCRIPTS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "Demo: still interested?", "type": "SMS", "content": _TEXT},
    {"name": "Demo: we kept your seat", "type": "EMAIL", "content": _MAIL},
    {"name": "Demo: a short call", "type": "CALL", "vapiConfig": _CALL},
)
#: Days before each step.
_DELAYS: Final = (0, 1, 1)


class RefusedError(Exception):
    """The API refused something; the message has its answer."""


@dataclass(frozen=True)
class Api:
    """The running application, with a key that may do everything."""

    url: str
    key: str

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The answer to a request.

        Raises:
            RefusedError: it is an error.
        """
        answer = http.call(method, self.url + path, self.key, body)
        if answer.status >= 400:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')[:1000]}")
        return answer.json() if answer.body else None

    def every(self, path: str) -> list[dict[str, Any]]:
        """All rows of a list."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.send("GET", f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            rows += page["data"]
            if page["nextCursor"] is None:
                return rows
            cursor = f"&cursor={page['nextCursor']}"


@dataclass(frozen=True)
class Story:
    """What is in place."""

    sequence: dict[str, Any]
    #: By their ids.
    leads: dict[str, dict[str, Any]]
    #: What some of them will do, by their ids.
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of the sequence, in order."""
        return list(self.sequence["steps"])


def begin(api: Api, sandbox: str, count: int) -> Story:
    """Put the scripts, the sequence and so many leads in place; nobody is enrolled yet.

    Their links lead to the landing page of the tracker in the sandbox, and its people know what to do with what they
    get.
    """
    scripts = [api.send("POST", "/v1/scripts", script) for script in _SCRIPTS]
    steps = [
        {"channel": script["type"], "scriptId": script["id"], "delayValue": days, "delayUnit": "DAYS"}
        for script, days in zip(scripts, _DELAYS, strict=True)
    ]
    sequence = {"name": "Demo: win back in three steps", "channels": ["SMS", "EMAIL", "CALL"], "steps": steps}
    sequence = api.send("POST", "/v1/sequences", sequence)
    api.send("POST", f"/v1/sequences/{sequence['id']}/activate")
    leads = _new_leads(api, count, f"{sandbox}/tracker/seat")
    story = Story(sequence, leads, roles.cast(leads))
    for what, part in (("habits", "people"), ("faults", "faults")):
        wanted = getattr(roles, what)(leads, story.roles)
        http.call("PUT", f"{sandbox}/_sandbox/{part}", body={what: wanted})
    return story


def rest(sandbox: str) -> None:
    """Have the people of the sandbox forget what they do."""
    for part in ("people", "faults"):
        http.call("DELETE", f"{sandbox}/_sandbox/{part}")


def enroll(api: Api, story: Story) -> None:
    """Enroll every lead.

    Raises:
        RefusedError: one was refused.
    """
    path, leads = f"/v1/sequences/{story.sequence['id']}/enrollments", list(story.leads)
    for at in range(0, len(leads), PORTION):
        answer = api.send("POST", path, {"leadIds": leads[at : at + PORTION]})
        refused = [row for row in answer["results"] if row["status"] == "rejected"]
        if refused:
            raise RefusedError(f"{len(refused)} leads were not enrolled, such as {refused[0]}")


def _new_leads(api: Api, count: int, page: str) -> dict[str, dict[str, Any]]:
    """Leads that nobody knew before, so that what is sent to them is sent by this sequence alone."""
    made: dict[str, dict[str, Any]] = {}
    for _ in range(TRIES):
        wanted = cast.leads(count - len(made), page)
        results = api.send("POST", "/v1/leads/bulk", {"leads": wanted})["results"]
        made |= {row["id"]: lead for row, lead in zip(results, wanted, strict=True) if row["status"] == "created"}
        if len(made) == count:
            return made
    raise RefusedError("The local stack knows all leads that there are: begin anew with `make reset`.")
