"""The rules of the deployment itself, which bind every contact: hours, caps, the zone of last resort, patience."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from retention.config import Settings
from retention.contactrules.caps import Cap, parse_caps
from retention.contactrules.notation import parse_hours
from retention.contactrules.windows import WindowSet
from retention.contactrules.zones import is_zone
from retention.errors import MisconfiguredError
from retention.fields import CHANNELS, Channel

R = TypeVar("R")

#: The settings of each channel.
_HOURS: Final[Mapping[Channel, str]] = {"CALL": "call_hours", "SMS": "sms_hours", "EMAIL": "email_hours"}
_SETTLE: Final[Mapping[Channel, str]] = {
    "CALL": "call_settle_seconds",
    "SMS": "sms_settle_seconds",
    "EMAIL": "email_settle_seconds",
}


@dataclass(frozen=True)
class AccountRules:
    """What binds every contact of a deployment."""

    #: When contact is allowed, where the lead lives; an empty set is always open.
    hours: Mapping[Channel, WindowSet]
    caps: tuple[Cap, ...]
    #: The zone of leads that give no hint.
    default_zone: str
    #: Silence after which a send's fate is looked up, in seconds of the machine.
    settle_seconds: Mapping[Channel, int]


@lru_cache(maxsize=8)
def account_rules(settings: Settings) -> AccountRules:
    """The account's rules as its settings say them.

    Raises:
        MisconfiguredError: a setting cannot be read; it is named.
    """
    return AccountRules(
        hours={channel: _read(settings, _HOURS[channel], parse_hours) for channel in CHANNELS},
        caps=_read(settings, "frequency_caps", parse_caps),
        default_zone=_read(settings, "default_time_zone", _zone),
        settle_seconds={channel: getattr(settings, _SETTLE[channel]) for channel in CHANNELS},
    )


def _read(settings: Settings, name: str, parse: Callable[[str], R]) -> R:
    try:
        return parse(getattr(settings, name))
    except ValueError as error:
        raise MisconfiguredError(f"The setting {name.upper()} cannot be used: {error}.") from None


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f'"{name}" is no time zone of the IANA database, such as America/New_York')
    return name
