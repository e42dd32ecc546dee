"""The contact hours of one message: every set of windows that applies, where the lead may live."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retention.contactrules import windows
from retention.contactrules.account import AccountRules
from retention.contactrules.model import CampaignSettings, ContactWindows, SequenceSettings, StepSettings, Windows
from retention.contactrules.windows import WindowSet
from retention.contactrules.zones import candidate_zones
from retention.fields import Channel
from retention.leads.model import Lead


@dataclass(frozen=True)
class Hours:
    """When a message may go out: while every set is open in every zone."""

    sets: tuple[WindowSet, ...]
    #: Where the lead may live.
    zones: tuple[str, ...]
    #: The zone that decides when the windows have no opening in all of these at once, as for a toll-free number.
    default_zone: str

    def opening(self, at: datetime) -> datetime | None:
        """The earliest instant, not before `at`, at which it may go out; None: the windows contradict each other."""
        everywhere = windows.opening(self.sets, self.zones, at)
        return everywhere or windows.opening(self.sets, (self.default_zone,), at)

    def next_window(self, at: datetime) -> datetime | None:
        """The beginning of the next window; None where it is always open, or never."""
        return windows.next_opening(self.sets, self.deciding(at), at)

    def deciding(self, at: datetime) -> tuple[str, ...]:
        """The zones that decide: all in which the lead may live, unless the windows are never open in all of them."""
        if len(self.zones) > 1 and windows.opening(self.sets, self.zones, at) is None:
            return (self.default_zone,)
        return self.zones

    def inputs(self, at: datetime | None = None) -> dict[str, Any]:
        """What a decision went by, for explanations; with an instant also whether the zone is one of last resort."""
        if not self.sets:
            return {}
        zones = self.zones if at is None else self.deciding(at)
        said: dict[str, Any] = {"zone": zones[0]} if len(zones) == 1 else {"zones": len(zones)}
        return said | ({"instead": len(self.zones)} if zones != self.zones else {})


def hours_of(
    account: AccountRules,
    channel: Channel,
    lead: Lead,
    campaign: CampaignSettings | None = None,
    sequence: SequenceSettings | None = None,
    step: StepSettings | None = None,
) -> Hours:
    """The contact hours of a message to a lead."""
    zones = candidate_zones(lead.time_zone, lead.phone, account.default_zone)
    return Hours(window_sets(channel, account, campaign, sequence, step), zones, account.default_zone)


def window_sets(
    channel: Channel,
    account: AccountRules,
    campaign: CampaignSettings | None = None,
    sequence: SequenceSettings | None = None,
    step: StepSettings | None = None,
) -> tuple[WindowSet, ...]:
    """The sets of windows that all apply to a channel: each narrows the others, and all the account's."""
    sets: list[WindowSet | None] = [
        account.hours[channel],
        _of_channel(campaign.contact_windows if campaign else None, channel),
        _of_channel(sequence.contact_windows if sequence else None, channel),
        step.contact_windows if step else None,
    ]
    return tuple(one for one in sets if one)


def _of_channel(given: ContactWindows | None, channel: Channel) -> Windows | None:
    """The windows of a channel: its own, else those of all channels."""
    if given is None:
        return None
    own: dict[Channel, Windows | None] = {"CALL": given.call, "SMS": given.sms, "EMAIL": given.email}
    return own[channel] or given.all
