"""What the application made of what came in: does it know what the people of the demonstration did?"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tools.demo.roles import Role
from tools.demo.story import Api, Story

#: Questions to the application at a time.
AT_ONCE: Final = 4


@dataclass(frozen=True)
class Known:
    """What the application says of one lead."""

    #: When it was not to be contacted any more, and why; None: it may be.
    ended_at: datetime | None
    reason: str | None
    paid: Decimal
    #: The results of its steps, by channel.
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def reported(self, channel: str, name: str) -> bool:
        """Whether something was reported of the message on a channel."""
        return name in self.results.get(channel, {})


@dataclass(frozen=True)
class Effect:
    """What some leads did, and of how many of them the application knows it."""

    name: str
    did: int
    known: int

    @property
    def is_good(self) -> bool:
        """Whether it knows all of them."""
        return self.did == self.known


def look(api: Api, story: Story, leads: Collection[str]) -> dict[str, Known]:
    """What the application knows of leads."""
    results: dict[str, dict[str, Any]] = {}
    for step in story.steps:
        for execution in api.every(f"/v1/executions?stepId={step['id']}"):
            results.setdefault(execution["enrollmentId"].partition(".")[0], {})[step["channel"]] = execution["result"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(leads, pool.map(lambda lead: _known(api, lead, results.get(lead, {})), leads), strict=True))


def effects(story: Story, known: Mapping[str, Known]) -> list[Effect]:
    """What they did, role by role, and what of it is known."""
    by_role: dict[str, list[str]] = {}
    for lead, role in story.roles.items():
        by_role.setdefault(role.name, []).append(lead)
    roles = {role.name: role for role in story.roles.values()}
    return [
        Effect(name, len(leads), sum(is_known(roles[name], known[lead]) for lead in leads if lead in known))
        for name, leads in by_role.items()
    ]


def revenue(known: Mapping[str, Known]) -> Decimal:
    """All that was paid, as the application has it."""
    return sum((one.paid for one in known.values()), Decimal(0))


def _known(api: Api, lead_id: str, results: Mapping[str, Any]) -> Known:
    lead = api.send("GET", f"/v1/leads/{lead_id}")
    conversions = api.every(f"/v1/conversions?leadId={lead_id}")
    sold = [one for one in conversions if one["status"] == "customer"]
    ends = [one["createdAt"] for one in sold]
    if lead["contact"]["stopped"]:
        ends.append(lead["contact"]["since"])
    return Known(
        ended_at=min(map(datetime.fromisoformat, ends), default=None),
        reason="CONVERTED" if lead["status"] == "CONVERTED" else lead["contact"]["reason"],
        paid=sum((Decimal(str(one["revenue"])) for one in sold), Decimal(0)),
        results=results,
    )


def is_known(role: Role, known: Known) -> bool:
    """Whether the application knows what a lead in this role did."""
    match role.name:
        case "say STOP" | "refuse in their own words" | "refuse on the phone":
            return known.reason == "OPT_OUT"
        case "unsubscribe from the e-mail" | "unsubscribe on the page":
            return known.reason == "OPT_OUT"
        case "call the e-mail spam":
            return known.reason == "COMPLAINT"
        case "buy after the text" | "buy after the e-mail":
            return known.reason == "CONVERTED" and known.paid == role.pays
        case "answer the text":
            return known.reported("SMS", "repliedAt")
        case "follow the link in the text":
            return known.reported("SMS", "clickedAt")
        case "open the e-mail":
            return known.reported("EMAIL", "openedAt")
        case "let a machine open it":
            return (
                known.reported("EMAIL", "machineOpenedAt")
                and known.reported("EMAIL", "machineClickedAt")
                and not known.reported("EMAIL", "openedAt")
                and not known.reported("EMAIL", "clickedAt")
            )
        case "have no such mailbox":
            return known.reported("EMAIL", "undeliveredAt") and known.reason == "HARD_BOUNCE"
        case "are not at home":
            return known.reported("CALL", "unansweredAt")
    return False
