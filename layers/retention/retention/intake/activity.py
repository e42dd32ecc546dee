"""The log of what came of submissions: what a team looks at, and what a retry goes on from."""

from retention import jsontext
from retention.core import Core
from retention.errors import FieldError
from retention.inbound.claim import KEPT
from retention.intake.mapping import Draft
from retention.intake.model import IntakeActivity, IntakeResult
from retention.receiving.event import Event
from retention.table import listing
from retention.table.keys import Key, fingerprint, key
from retention.table.listing import Page

#: Whom the leads of Meta came through, in the log; forms are named by their ids.
META: str = "meta"


def activity_key(event: Event) -> Key:
    """Where the entry of an event lives: the same place for all its copies."""
    return key("IntakeActivity", id=_name(event))


def _name(event: Event) -> str:
    return fingerprint(event.source, event.id)


def entry(
    core: Core,
    event: Event,
    webhook_id: str,
    result: IntakeResult,
    *,
    draft: Draft | None = None,
    errors: tuple[FieldError, ...] = (),
    lead_id: str | None = None,
    target: dict[str, str] | None = None,
) -> IntakeActivity:
    """What is logged about an event: which fields it had, never what was in them.

    Args:
        target: where the lead is still to go.
    """
    return IntakeActivity(
        id=_name(event),
        received_at=event.received_at,
        result=result,
        lead_id=lead_id,
        fields=list(draft.filled) if draft is not None else [],
        errors=told(errors or (draft.problems if draft is not None else ())),
        size=len(jsontext.dump_bytes(event.content)),
        webhook_id=webhook_id,
        target=target or None,
        expires_at=core.now() + KEPT,
        revision=core.ids.revision(),
    )


def told(errors: tuple[FieldError, ...]) -> list[str]:
    """Errors as they are logged: their places and codes."""
    return [f"{error.pointer} {error.code}".strip() for error in errors]


def page(core: Core, webhook_id: str, *, limit: int, position: str | None) -> Page[IntakeActivity]:
    """What came through one form, or from Meta, newest first."""
    now = core.now()
    return listing.page(
        core.store,
        IntakeActivity,
        listing.lanes("IntakeActivity", "owner", {"webhook_id": webhook_id}),
        limit=limit,
        position=position,
        keep=lambda one: one.webhook_id == webhook_id and (one.expires_at is None or one.expires_at > now),
    )
