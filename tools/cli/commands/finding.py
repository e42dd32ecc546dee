"""Who is meant: a lead by id, e-mail address or phone number."""

from typing import Any

from tools.cli.client import RefusedError, segment
from tools.cli.exits import BadInputError
from tools.cli.session import Session


def lead(session: Session, who: str) -> dict[str, Any]:
    """The lead.

    Raises:
        BadInputError: nobody is meant by this, or more than one.
        RefusedError, UnreachableError
    """
    if "@" in who:
        return _only(session, who, email=who)
    if who.startswith("+") or who.replace(" ", "").replace("-", "").isdigit():
        return _only(session, who, phone=who)
    try:
        found: dict[str, Any] = session.client.get(f"/v1/leads/{segment(who)}")
    except RefusedError as refused:
        if refused.http != 404:
            raise
        raise BadInputError(
            f"There is no lead {who}.",
            hint="Give an id, an e-mail address, or a phone number that begins with +.",
            code="no_lead",
        ) from None
    return found


def _only(session: Session, who: str, **by: str) -> dict[str, Any]:
    found = list(session.client.pages("/v1/leads", **by))
    if not found:
        raise BadInputError(f"There is no lead with {who}.", code="no_lead")
    if len(found) > 1:
        show(session, found)
        raise BadInputError(f"{len(found)} leads have {who}: name one by its id.", code="several_leads")
    return found[0]


def show(session: Session, leads: list[dict[str, Any]]) -> None:
    """Who they are."""
    rows = [
        (one["id"], name(one), one.get("email"), one.get("phone"), one["status"], one["createdAt"]) for one in leads
    ]
    session.output.table(("id", "name", "e-mail", "phone", "status", "since"), rows)


def name(lead: dict[str, Any]) -> str:
    """What a lead is called."""
    return " ".join(filter(None, (lead.get("firstName"), lead.get("lastName"))))
