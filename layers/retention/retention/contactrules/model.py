"""What a team may set about contact: hours, lateness, retries, re-entry. Kept in `settings` of what it applies to."""

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from retention.fields import Contract, KeptAs, Money, Name

#: Contacts of a day that can be asked for: so many of them are remembered, whoever made them (caps.DAY).
MAX_PER_DAY: Final = 8

Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
#: The days of the week, Monday first.
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
#: A time of day at which something may open, 00:00 to 23:59.
Opening = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
#: A time of day at which something may close, 00:00 to 24:00.
Closing = Annotated[str, StringConstraints(pattern=r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


def _each_once(days: list[Weekday]) -> list[Weekday]:
    if len(set(days)) != len(days):
        raise PydanticCustomError("duplicate_item", "must name each day once")
    return days


class ContactWindow(Contract):
    """Hours of the day on some days of the week, where the lead lives.

    One that ends at its own start is open for 24 hours. Windows may overlap; those that touch are one.
    """

    days: Annotated[list[Weekday], AfterValidator(_each_once)] | None = Field(
        default=None, min_length=1, max_length=7, description="Days on which it opens; all, unless given"
    )
    start: Opening = Field(description="When it opens, HH:MM")
    end: Closing = Field(
        description="When it closes, HH:MM, 24:00 at most; not after the start: it closes on the following day"
    )


#: Several windows: contact is allowed in any of them.
Windows = Annotated[list[ContactWindow], Field(min_length=1, max_length=50)]


class ContactWindows(Contract):
    """Contact windows of each channel, and of all. A channel that has its own is not bound by those of all."""

    all: Windows | None = Field(default=None, description="Of every channel without windows of its own")
    call: Windows | None = Field(default=None, description="Of calls")
    sms: Windows | None = Field(default=None, description="Of text messages")
    email: Windows | None = Field(default=None, description="Of e-mail")


class Lateness(Contract):
    """What to do with a step that comes late, such as after an outage."""

    policy: Literal["send", "skip", "next_window"] = Field(default="send", description="What to do when it is too late")
    limit_minutes: int = Field(default=60, ge=1, le=525_600, description="Minutes after which it is too late")


class Retry(Contract):
    """How a step is tried again when the provider refuses passingly."""

    max_tries: int = Field(default=5, ge=1, le=20, description="Sends, the first included")
    first_pause_seconds: int = Field(
        default=30, ge=1, le=86_400, description="Pause before the second; doubles each time, up to an hour"
    )


class Reentry(Contract):
    """Whether a lead that has been through a sequence may come into it again."""

    policy: Literal["never", "after"] = Field(default="never", description="never, or after a while")
    after_days: int = Field(default=30, ge=0, le=3650, description="Days since the enrollment ended")


#: For how long a budget is: each day or month by the account's clock, or all time.
BudgetPeriod = Literal["total", "day", "month"]


class Budget(Contract):
    """What may be spent on contacts, in the account's currency. Nothing is sent that could pass it."""

    amount: Money = Field(description="What may be spent in the period, exact to four decimals")
    period: BudgetPeriod = Field(default="total", description="total, or each day or month by the account's clock")


class StepSettings(Contract):
    """Options of one step. What is not set is as the sequence says; what is set counts instead of it, as a whole."""

    contact_windows: Windows | None = Field(default=None, description="Hours of this step, besides all others")
    lateness: Lateness | None = Field(default=None, description="What to do when it comes late")
    retry: Retry | None = Field(default=None, description="How it is tried again")


class SequenceSettings(Contract):
    """Options of a sequence."""

    contact_windows: ContactWindows | None = Field(default=None, description="Contact hours, besides the account's")
    lateness: Lateness | None = Field(default=None, description="What to do with a step that comes late")
    retry: Retry | None = Field(default=None, description="How steps are tried again")
    reentry: Reentry | None = Field(default=None, description="Whether a lead may come again")
    budget: Budget | None = Field(default=None, description="What its contacts may cost")


class AutoAssign(Contract):
    """Which new leads a campaign takes by itself while it is active."""

    sources: Annotated[list[Name], Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="Sources, or labels of sources (meta.sourceLabel); any, unless given"
    )
    max_leads: int | None = Field(default=None, ge=1, description="How many it takes in all; any number, unless given")


class CampaignSettings(Contract):
    """Options of a campaign."""

    contact_windows: ContactWindows | None = Field(default=None, description="Contact hours, besides the account's")
    budget: Budget | None = Field(default=None, description="What its contacts may cost")
    order: Literal["parallel", "in_order"] = Field(
        default="parallel", description="All channels at once, or one after the other"
    )
    channel_delay_hours: int = Field(
        default=24, ge=0, le=8760, description="in_order: hours from a contact until the next channel"
    )
    until: Literal["all", "reached"] = Field(
        default="all", description="in_order: all channels, or those until the lead was reached"
    )
    tries: int = Field(default=1, ge=1, le=5, description="Calls to a lead that does not take them, the first included")
    retry_after_hours: int = Field(
        default=24, ge=1, le=8760, description="Hours until a call that nobody took is placed again"
    )
    max_per_day: int | None = Field(
        default=None, ge=1, le=MAX_PER_DAY, description="Contacts of a lead in any 24 hours, whoever makes them"
    )
    max_per_lead: int | None = Field(default=None, ge=1, le=50, description="Contacts of a lead by this campaign")
    auto_assign: AutoAssign | None = Field(default=None, description="New leads that it takes by itself")


#: Settings as they are kept and shown: what is not set is left out.
ShownStepSettings = Annotated[Any, KeptAs(StepSettings)]
ShownSequenceSettings = Annotated[Any, KeptAs(SequenceSettings)]
ShownCampaignSettings = Annotated[Any, KeptAs(CampaignSettings)]
