"""The contact hours of one message: the account's, the campaign's, the sequence's and the step's together."""

from typing import Any

import pytest

from retention.config import Settings
from retention.contactrules.account import AccountRules, account_rules
from retention.contactrules.hours import Hours, hours_of, window_sets
from retention.contactrules.model import CampaignSettings, SequenceSettings, StepSettings
from tests.factories import a_lead
from tests.retention.contactrules.wall import utc, window

DAYTIME, MORNING, EVENING, NIGHT = map(window, ("09:00-21:00", "09:00-12:00", "18:00-21:00", "22:00-02:00"))


def rules(**more: Any) -> AccountRules:
    return account_rules(Settings(sms_hours="09:00-21:00", call_hours="09:00-21:00", **more))


def test_a_channel_has_the_windows_of_its_own_else_those_of_all() -> None:
    given = {"all": [MORNING], "sms": [EVENING]}
    campaign = CampaignSettings.model_validate({"contact_windows": given})
    sequence = SequenceSettings.model_validate({"contact_windows": given})
    step = StepSettings(contact_windows=[NIGHT])

    assert window_sets("SMS", rules(), campaign) == ((DAYTIME,), [EVENING])
    assert window_sets("CALL", rules(), campaign) == ((DAYTIME,), [MORNING])
    assert window_sets("EMAIL", rules(), None, sequence) == ([MORNING],)
    assert window_sets("SMS", rules(), campaign, sequence, step) == ((DAYTIME,), [EVENING], [EVENING], [NIGHT])
    assert window_sets("SMS", rules(), CampaignSettings(), SequenceSettings(), StepSettings()) == ((DAYTIME,),)


def test_no_sequence_and_no_step_reaches_beyond_the_hours_of_the_account() -> None:
    lead = a_lead(time_zone="Europe/Berlin")
    at = utc("2026-02-18 12:00:00")
    late = SequenceSettings.model_validate({"contact_windows": {"all": [window("18:00-24:00")]}})

    assert hours_of(rules(), "SMS", lead, None, late).opening(at) == utc("2026-02-18 17:00:00")
    assert hours_of(rules(), "SMS", lead, None, late).opening(utc("2026-02-18 20:00:00")) == utc("2026-02-19 17:00:00")
    assert hours_of(rules(), "SMS", lead, None, None, StepSettings(contact_windows=[NIGHT])).opening(at) is None
    assert hours_of(rules(), "EMAIL", lead, None, None, StepSettings(contact_windows=[NIGHT])).opening(at) == utc(
        "2026-02-18 21:00:00"
    )


@pytest.mark.parametrize(
    ("fields", "opens"),
    [
        ({"time_zone": "Asia/Tokyo", "phone": "+12025550100"}, "2026-02-18 07:00:00"),
        ({"phone": "+12025550100"}, "2026-02-18 14:00:00"),
        # In Alaska, which may be Anchorage or an island farther west.
        ({"phone": "+19075551234"}, "2026-02-18 19:00:00"),
        ({}, "2026-02-18 08:00:00"),
    ],
)
def test_hours_are_those_of_the_lead_then_of_its_number_then_of_the_account(fields: dict[str, Any], opens: str) -> None:
    hours = hours_of(rules(default_time_zone="Europe/Berlin"), "SMS", a_lead(**fields))

    assert hours.opening(utc("2026-02-18 07:00:00")) == utc(opens)


def test_a_number_that_may_be_anywhere_waits_until_it_is_day_everywhere_or_else_goes_by_the_account() -> None:
    at = utc("2026-02-18 12:00:00")
    wide = rules(default_time_zone="Europe/Berlin")
    narrow = account_rules(Settings(sms_hours="10:00-14:00", default_time_zone="Europe/Berlin"))
    russian = a_lead(phone="+79161234567")

    everywhere = hours_of(wide, "SMS", russian)
    nowhere = hours_of(narrow, "SMS", russian)

    # Nine in Bucharest, which the number may be in, is seven by UTC; in Kamchatka it is seven in the evening.
    assert everywhere.opening(at) == utc("2026-02-19 07:00:00")
    assert everywhere.deciding(at) == everywhere.zones
    assert everywhere.inputs(at) == {"zones": len(everywhere.zones)}
    # By the clocks of Berlin, since four hours a day are never the same four for all of them.
    assert nowhere.opening(at) == at
    assert nowhere.next_window(at) == utc("2026-02-19 09:00:00")
    assert nowhere.deciding(at) == ("Europe/Berlin",)
    assert nowhere.inputs(at) == {"zone": "Europe/Berlin", "instead": len(nowhere.zones)}


def test_windows_that_contradict_each_other_never_open_whatever_the_zone() -> None:
    at = utc("2026-02-18 12:00:00")

    for zones in (("Europe/Berlin",), ("Europe/Berlin", "America/New_York")):
        hours = Hours(([MORNING], [EVENING]), zones, "UTC")
        assert hours.opening(at) is None
        assert hours.next_window(at) is None


def test_what_is_always_open_says_nothing_of_zones() -> None:
    at = utc("2026-02-18 12:00:00")
    hours = hours_of(rules(), "EMAIL", a_lead(phone="+79161234567"))

    assert (hours.opening(at), hours.next_window(at), hours.inputs(at)) == (at, None, {})
    assert hours_of(rules(), "SMS", a_lead(time_zone="Asia/Tokyo")).inputs() == {"zone": "Asia/Tokyo"}
