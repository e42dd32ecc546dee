"""What a team may set about contact: hours, lateness, retries, re-entry. Kept in `settings` of what it applies to."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from retention.fields import Contract

Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
#: A time of day, HH:MM, 00:00 to 24:00.
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class ContactWindow(Contract):
    """Hours of the day on some days of the week, where the lead lives."""

    days: list[Weekday] | None = Field(
        default=None, min_length=1, max_length=7, description="Days on which it opens; all, unless given"
    )
    start: TimeOfDay = Field(description="When it opens, HH:MM")
    end: TimeOfDay = Field(description="When it closes, HH:MM; not after the start: it closes on the following day")


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


class StepSettings(Contract):
    """Options of one step. What is not set is as the sequence says."""

    contact_windows: Windows | None = Field(default=None, description="Hours of this step, besides all others")
    lateness: Lateness | None = Field(default=None, description="What to do when it comes late")
    retry: Retry | None = Field(default=None, description="How it is tried again")


class SequenceSettings(Contract):
    """Options of a sequence."""

    contact_windows: ContactWindows | None = Field(default=None, description="Contact hours, besides the account's")
    lateness: Lateness | None = Field(default=None, description="What to do with a step that comes late")
    retry: Retry | None = Field(default=None, description="How steps are tried again")
    reentry: Reentry | None = Field(default=None, description="Whether a lead may come again")


class CampaignSettings(Contract):
    """Options of a campaign."""

    contact_windows: ContactWindows | None = Field(default=None, description="Contact hours, besides the account's")
