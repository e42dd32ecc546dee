"""What a job goes by that erases a person: the lead, which stays in the table to the last, invisible."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from retention.clock import machine_time
from retention.core import Core
from retention.erasure.traces import Traces
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.suppressions.suppressing import recognised

Target = Mapping[str, str]

#: Seconds of the machine for which others are waited for and asked again: providers that refuse, sends under way,
#: files that are being made. What is left then is listed, and the rest goes on: a day of the month that the law gives.
PATIENCE: Final = 86_400.0
#: The checkpoint of a stage that has come to its end.
DONE: Final = "done"


def traces_of(core: Core, target: Target) -> Traces | None:
    """What names the person that is erased; None once all is done."""
    lead_id = target["leadId"]
    lead, contact = core.store.find_many([(Lead, lead_key(lead_id)), (Contact, contact_key(lead_id))])
    return None if lead is None else Traces.of(lead, own_former(core, contact))


def own_former(core: Core, contact: Contact | None) -> list[str]:
    """The addresses that a lead had before, but for those that are others' by now: what names these is about others."""
    former = (contact.former_addresses if contact else None) or []
    addresses = [recognised(core, one) for one in former]
    claims = core.store.find_many([(one.claim_type, one.claim_key) for one in addresses])
    return [one for one, claim in zip(former, claims, strict=True) if claim is None]


def accepted_at(target: Target) -> datetime:
    """When the erasure was accepted."""
    return datetime.fromisoformat(target["at"])


def is_patient(core: Core, target: Target) -> bool:
    """Whether others are still waited for."""
    return core.now() - accepted_at(target) < machine_time(core.clock, PATIENCE)
