"""What the leads of the demonstration do with what reaches them: some of everything, most of them nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

#: A purchase that comes with a text is this, one that comes with an e-mail is in euros, at the sandbox's rate.
_SALE: Final = {"payout": "49.90", "tid": "text"}
_SALE_IN_EUROS: Final = {"payout": "120.50", "currency": "EUR", "tid": "mail"}
RATE: Final = Decimal("1.08")
#: Seconds after which somebody follows a link in an e-mail: who is quicker than two passes for a scanner.
_THOUGHT: Final = 3.0


@dataclass(frozen=True)
class Role:
    """One way to behave."""

    name: str
    #: Part of the leads; at least one where there are enough.
    share: float
    #: What they do with a text, an e-mail or a call: habits and faults of the sandbox without their address.
    habits: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()
    #: After which step they are left in peace, because they bought or said no; None: they get everything.
    last: str | None = None
    #: What they pay, in dollars.
    pays: Decimal = Decimal(0)

    @property
    def ends(self) -> bool:
        """Whether they are to be left in peace in the end."""
        return self.last is not None


ROLES: Final = (
    Role("say STOP", 0.03, ({"does": "reply", "provider": "twilio", "text": "STOP"},), last="SMS"),
    Role(
        "buy after the text", 0.04, ({"does": "buy", "provider": "twilio", **_SALE},), last="SMS", pays=Decimal("49.90")
    ),
    Role("answer the text", 0.08, ({"does": "reply", "provider": "twilio", "text": "Sounds good, tell me more"},)),
    Role("follow the link in the text", 0.12, ({"does": "click", "provider": "twilio"},)),
    Role("unsubscribe from the e-mail", 0.03, ({"does": "unsubscribe"},), last="EMAIL"),
    Role(
        "refuse in their own words",
        0.02,
        ({"does": "reply", "provider": "twilio", "text": "Please take me off your list."},),
        last="SMS",
    ),
    Role("open the e-mail", 0.2, ({"does": "open"},)),
    Role("let a machine open it", 0.1, ({"does": "machine_open"}, {"does": "scan", "provider": "sendgrid"})),
    Role(
        "buy after the e-mail",
        0.03,
        ({"does": "open"}, {"does": "buy", "provider": "sendgrid", "after": _THOUGHT, **_SALE_IN_EUROS}),
        last="EMAIL",
        pays=Decimal("120.50") * RATE,
    ),
    Role(
        "have no such mailbox", 0.02, (), ({"kind": "outcome", "provider": "sendgrid", "outcome": "bounce"},), "EMAIL"
    ),
    Role(
        "unsubscribe on the page",
        0.02,
        ({"does": "unsubscribe_page", "provider": "sendgrid", "after": _THOUGHT},),
        last="EMAIL",
    ),
    Role("call the e-mail spam", 0.01, ({"does": "complain"},), last="EMAIL"),
    Role(
        "refuse on the phone",
        0.02,
        ({"does": "reply", "provider": "vapi", "text": "Please do not call me again."},),
        last="CALL",
    ),
    Role(
        "are not at home",
        0.1,
        (),
        ({"kind": "outcome", "provider": "vapi", "outcome": "customer-did-not-answer"},),
    ),
)
_ADDRESSES: Final = {"twilio": "phone", "sendgrid": "email", "vapi": "phone"}


def cast(leads: Mapping[str, Mapping[str, Any]]) -> dict[str, Role]:
    """A role for some of the leads, by their ids; the others do nothing."""
    left = list(leads)
    played: dict[str, Role] = {}
    for role in ROLES:
        for lead in left[: max(1, round(role.share * len(leads)))]:
            played[lead] = role
            left.remove(lead)
    return played


def habits(leads: Mapping[str, Mapping[str, Any]], played: Mapping[str, Role]) -> Sequence[dict[str, Any]]:
    """The habits of everybody, as the sandbox takes them."""
    return list(_addressed(leads, played, "habits"))


def faults(leads: Mapping[str, Mapping[str, Any]], played: Mapping[str, Role]) -> Sequence[dict[str, Any]]:
    """What befalls messages to some of them, as the sandbox takes it."""
    return list(_addressed(leads, played, "faults"))


def _addressed(
    leads: Mapping[str, Mapping[str, Any]], played: Mapping[str, Role], what: str
) -> Iterator[dict[str, Any]]:
    for lead, role in played.items():
        for one in getattr(role, what):
            provider = one.get("provider", "sendgrid")
            yield {**one, "to": leads[lead][_ADDRESSES[provider]]}
