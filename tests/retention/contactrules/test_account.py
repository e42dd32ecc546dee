"""The rules of the deployment, as its settings say them."""

from datetime import timedelta
from typing import Any

import pytest

from retention.config import Settings
from retention.contactrules.account import account_rules
from retention.contactrules.caps import Cap
from retention.contactrules.model import ContactWindow
from retention.contactrules.notation import parse_hours
from retention.errors import MisconfiguredError
from tests.retention.contactrules.wall import window

DAY = timedelta(days=1)
WEEKDAYS = "MON,TUE,WED,THU,FRI"


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("always", []),
        (" Always ", []),
        ("22:00-02:00", ["22:00-02:00"]),
        ("Mon-Sat 10:00-18:00; Sun 12:00-17:00", [f"{WEEKDAYS},SAT 10:00-18:00", "SUN 12:00-17:00"]),
        ("mon-fri 08:00 - 12:00;MON-FRI 14:00-24:00;", [f"{WEEKDAYS} 08:00-12:00", f"{WEEKDAYS} 14:00-24:00"]),
        ("Mon, Wed-Thu,Sun 00:00-00:00", ["MON,WED,THU,SUN 00:00-00:00"]),
        ("Sat-Mon 10:00-11:00", ["SAT,SUN,MON 10:00-11:00"]),
        ("Wed-Wed 10:00-11:00", ["WED 10:00-11:00"]),
    ],
)
def test_hours_are_read_as_an_operator_writes_them(text: str, windows: list[str]) -> None:
    assert list(parse_hours(text)) == [window(one) for one in windows]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there are no hours"),
        (";", "there are no hours"),
        ("never", '"never" is not understood'),
        ("Mon-Sat", '"Mon-Sat" is not understood'),
        ("Mon-Sat 10-18", '"10" is no time of day'),
        ("9:00-17:00", '"9:00" is no time of day'),
        ("24:00-02:00", '"24:00" is no time of day from 00:00 to 23:59'),
        ("10:00-24:30", '"24:30" is no time of day from 00:00 to 24:00'),
        ("Mon-Sat 10:00-18:00, Sun 12:00-17:00", "is not understood"),
        ("Mo-Fr 10:00-18:00", '"Mo" is no day'),
        ("Mon- 10:00-18:00", '"" is no day'),
        ("Mon,,Tue 10:00-18:00", '"" is no day'),
        ("Mon-Wed,Tue 10:00-18:00", "names Tue twice"),
    ],
)
def test_what_are_no_hours_is_said_in_words(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_hours(text)


def test_a_deployment_that_says_nothing_has_careful_rules() -> None:
    rules = account_rules(Settings())

    careful = (ContactWindow(days=["MON", "TUE", "WED", "THU", "FRI", "SAT"], start="10:00", end="18:00"),)
    assert rules.hours == {"CALL": careful, "SMS": careful, "EMAIL": ()}
    assert rules.caps == (Cap("CALL", 1, DAY), Cap("SMS", 2, DAY), Cap("EMAIL", 2, DAY), Cap(None, 3, DAY))
    assert (rules.default_zone, rules.settle_seconds) == ("UTC", {"CALL": 300, "SMS": 300, "EMAIL": 900})


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("call_hours", "9 to 5", 'CALL_HOURS cannot be used: "9 to 5" is not understood'),
        ("sms_hours", "Mon-Sat 10-18", "SMS_HOURS cannot be used"),
        ("email_hours", "sometimes", "EMAIL_HOURS cannot be used"),
        ("frequency_caps", "SMS 2 a day", "FREQUENCY_CAPS cannot be used"),
        ("default_time_zone", "Berlin", 'DEFAULT_TIME_ZONE cannot be used: "Berlin" is no time zone'),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting: str, value: Any, why: str) -> None:
    with pytest.raises(MisconfiguredError, match=why):
        account_rules(Settings(**{setting: value}))
