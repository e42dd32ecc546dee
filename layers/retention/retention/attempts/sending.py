"""When a send went out, also by the clock of where the lead lives: replies come by hours of the day."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from retention.config import Settings
from retention.contactrules.zones import candidate_zones
from retention.leads.model import Lead


def when_sent(lead: Lead | None, at: datetime, settings: Settings) -> dict[str, Any]:
    """The fields of an attempt that say when its send went out.

    Args:
        lead: None when it is gone by now.
    """
    return {"sent_at": at, "local_hour": None if lead is None else _local_hour(lead, at, settings.default_time_zone)}


def _local_hour(lead: Lead, at: datetime, default: str) -> str | None:
    """Weekday and hour where the lead lives; None where it may live in zones whose clocks differ."""
    zones = candidate_zones(lead.time_zone, lead.phone, default)
    hours = {f"{local.weekday()}{local:%H}" for local in (at.astimezone(ZoneInfo(zone)) for zone in zones)}
    return hours.pop() if len(hours) == 1 else None
