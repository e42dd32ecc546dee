"""What a job goes by that erases a person: the lead, which stays in the table to the last, invisible."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from retention.clock import machine_time
from retention.core import Core
from retention.leads.contact import lead_key
from retention.leads.model import Lead

Target = Mapping[str, str]

#: Seconds of the machine for which others are waited for and asked again: providers that refuse, sends under way,
#: files that are being made. What is left then is listed, and the rest goes on: a day of the month that the law gives.
PATIENCE: Final = 86_400.0
#: The checkpoint of a stage that has come to its end.
DONE: Final = "done"


def lead_of(core: Core, target: Target) -> Lead | None:
    """The lead that is erased; None once all is done."""
    return core.store.find(Lead, lead_key(target["leadId"]))


def accepted_at(target: Target) -> datetime:
    """When the erasure was accepted."""
    return datetime.fromisoformat(target["at"])


def is_patient(core: Core, target: Target) -> bool:
    """Whether others are still waited for."""
    return core.now() - accepted_at(target) < machine_time(core.clock, PATIENCE)
