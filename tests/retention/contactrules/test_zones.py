"""Where a lead may live."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from retention.contactrules.zones import candidate_zones, is_zone, zone_names

DEFAULT = "Antarctica/Troll"


def test_the_zone_that_was_given_counts_alone() -> None:
    assert candidate_zones("Asia/Tokyo", "+12025550100", DEFAULT) == ("Asia/Tokyo",)


def test_a_zone_that_is_not_known_any_more_leaves_it_to_the_number() -> None:
    assert candidate_zones("Europe/Atlantis", "+12025550100", DEFAULT) == ("America/New_York",)
    assert candidate_zones("Europe/Atlantis", None, DEFAULT) == (DEFAULT,)


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("+12025550100", {"America/New_York"}),
        ("+18502345678", {"America/Chicago"}),
        ("+18505555678", {"America/New_York"}),
        ("+19075551234", {"America/Adak", "America/Anchorage"}),
        ("+493012345678", {"Europe/Berlin"}),
        ("+4915123456789", {"Europe/Berlin"}),
        ("+442079460123", {"Europe/London"}),
        ("+919876543210", {"Asia/Calcutta"}),
        ("+5511987654321", {"America/Sao_Paulo"}),
    ],
)
def test_a_number_says_where_a_lead_may_live(phone: str, zones: set[str]) -> None:
    assert set(candidate_zones(None, phone, DEFAULT)) == zones


@pytest.mark.parametrize(
    ("phone", "some", "at_least"),
    [
        ("+18005550100", {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"}, 40),
        ("+79161234567", {"Europe/Moscow", "Asia/Vladivostok"}, 15),
        ("+61412345678", {"Australia/Sydney", "Australia/Perth"}, 5),
        # Not assigned, as in examples and tests: anywhere in the country.
        ("+15551234567", {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"}, 40),
    ],
)
def test_a_number_that_is_bound_to_no_place_may_be_anywhere_in_its_country(
    phone: str, some: set[str], at_least: int
) -> None:
    zones = candidate_zones(None, phone, DEFAULT)

    assert some <= set(zones)
    assert len(zones) >= at_least


@pytest.mark.parametrize("phone", [None, "", "nonsense", "12025550100", "+80012345678", "+999123456"])
def test_without_any_hint_it_is_the_default(phone: str | None) -> None:
    assert candidate_zones(None, phone, DEFAULT) == (DEFAULT,)


def examples() -> Iterator[phonenumbers.PhoneNumber]:
    """A number of each kind in each country, as the library gives them as examples."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield number


def test_what_the_library_knows_of_a_number_is_taken_as_it_is() -> None:
    compared = 0
    for number in examples():
        known = set(time_zones_for_number(number)) - {UNKNOWN_TIMEZONE}
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if known:
            compared += 1
            assert set(candidate_zones(None, e164, DEFAULT)) == known, e164

    assert compared > 1000


def test_every_zone_has_clocks() -> None:
    assert len(zone_names()) > 400
    assert all(ZoneInfo(name).key == name for name in zone_names())


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "europe/berlin", "Europe", "Factory", "../UTC", "UTC\n", "+01:00"]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert not is_zone(name)
    assert is_zone("UTC")
    assert is_zone("America/Argentina/Buenos_Aires")
