"""Which message does a reply answer? The latest text message to its lead that was sent before it came."""

from datetime import datetime
from typing import Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.attempts.proven import is_unknown
from retention.attempts.service import attempts_of_lead
from retention.clock import machine_time
from retention.core import Core
from retention.engine.obligation import Flight
from retention.engine.queue import Work
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.reports.naming import work_named
from retention.reports.reading import work_of

#: Seconds of the machine for which a reply waits for a send under way to be written down: it may well answer that one.
PATIENCE: Final = 60.0


class Correspondent(NamedTuple):
    """Who wrote, as it was read."""

    lead: Lead
    contact: Contact
    #: The message that is answered; None where there is none whose fate can be told.
    attempt: ContactAttempt | None
    #: Whether a text message to the lead is on its way, since before the reply.
    is_being_written_to: bool

    @property
    def work(self) -> Work | None:
        """The obligation that the message met."""
        return None if self.attempt is None else work_named(self.attempt.id)


def correspondent(core: Core, lead_id: str, at: datetime) -> Correspondent | None:
    """A lead that wrote at an instant, with the message that it answers; None when the lead is gone."""
    attempts = [one for one in attempts_of_lead(core, lead_id) if _may_be_answered(one, at)]
    latest = max(attempts, key=lambda one: (one.started_at, one.id), default=None)
    named = None if latest is None else work_named(latest.id)
    work = None if named is None else work_of(named)
    lead, contact, *met = core.store.find_many(
        [(Lead, lead_key(lead_id)), (Contact, contact_key(lead_id)), *([] if work is None else [work])]
    )
    if lead is None or lead.deleting or contact is None or contact.erased:
        return None
    # One that was made by hand met nothing, and one that is in doubt is not proved by a reply: it may answer another.
    obligation = met[0] if met else None
    is_told = obligation is not None and not obligation.is_open and not is_unknown(obligation)
    return Correspondent(lead, contact, latest if is_told else None, _is_under_way(core, contact, at))


def _may_be_answered(attempt: ContactAttempt, at: datetime) -> bool:
    sent = attempt.provider_ref is not None or attempt.status in ("IN_PROGRESS", "SUCCESS")
    return attempt.channel == "SMS" and sent and not attempt.deleting and attempt.started_at <= at


def _is_under_way(core: Core, contact: Contact, at: datetime) -> bool:
    flight = Flight.of(contact.sms_flight)
    return flight is not None and flight.at <= at and core.now() - flight.at < machine_time(core.clock, PATIENCE)
