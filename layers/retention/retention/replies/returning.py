"""START: what a lead's own text message had ended, another one allows again; nothing else does.

What was suppressed for another reason, or by other means (a complaint, a call, a link, the API), is not lifted by a
word: nor is what a message ended that came after it.
"""

from collections.abc import Iterable
from typing import Final

from retention.core import Core
from retention.jsontext import format_instant
from retention.leads.contact import contact_key
from retention.leads.model import Contact, Lead
from retention.replies.model import Reply
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.table import keys
from retention.table.keys import key
from retention.table.writes import Change, Create, Forbid, Remove, Write

#: Where an opt-out came from that the lead itself may take back the same way.
SOURCE: Final = "twilio-inbound"
BECAUSE: Final = "The lead wrote START."


def returning(core: Core, reply: Reply, lead: Lead, contact: Contact, suppression: Suppression | None) -> list[Write]:
    """The writes by which a lead that wrote START is contacted again; none where it stays as it is.

    Args:
        reply: what it wrote.
        suppression: the one of the number that it wrote from.
    """
    if suppression is None or not _may_lift(suppression, reply) or _opted_out_since(core, reply):
        return []
    lifted = LiftedSuppression(
        suppression_id=suppression.id,
        reason=suppression.reason,
        created_at=suppression.created_at,
        lifted_at=core.now(),
        lifted_because=BECAUSE,
        lifted_by=reply.id,
        revision=core.ids.revision(),
    )
    where = key("Suppression", id=suppression.id)
    return [Remove(Suppression, where, seen=suppression.revision), Create(lifted), *_contact(core, lead, contact)]


def _may_lift(suppression: Suppression, reply: Reply) -> bool:
    own = suppression.reason == "OPT_OUT" and suppression.source == SOURCE
    return own and suppression.created_at < reply.received_at


def _opted_out_since(core: Core, reply: Reply) -> bool:
    """Whether a later message of the same lead, which was applied sooner, wants no more contact."""
    since = keys.prefix("Reply", received_at=format_instant(reply.received_at))
    pk = keys.partitions("Reply", lead_id=reply.lead_id)[0]
    later: Iterable[Reply] = core.store.query_entities(Reply, pk, starts_with=keys.prefix("Reply"), above=since)
    return any(one.meaning == "OPT_OUT" for one in later)


def _contact(core: Core, lead: Lead, contact: Contact) -> list[Write]:
    """Allow contact again, where nothing but that opt-out had ended it; the version shows that nothing came between."""
    own = contact.stop_reason == "OPT_OUT" and contact.stop_source == SOURCE
    other = suppression_id(core.keyring, lead.email) if lead.email else None
    place = None if other is None else key("Suppression", id=other)
    is_barred = place is not None and core.store.find(Suppression, place) is not None
    resumed = own and not is_barred
    change = Change(
        Contact,
        contact_key(lead.id),
        set={"resumed_because": BECAUSE, "resumed_at": core.now()} if resumed else {},
        drop=("stop_reason", "stopped_at", "stop_source") if resumed else (),
        add={"version": 1},
        equal={"erased": False, "version": contact.version},
    )
    return [change, *([Forbid(Suppression, place)] if resumed and place is not None else [])]
