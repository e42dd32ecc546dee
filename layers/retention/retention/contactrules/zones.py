"""Where may a lead live, so that its clocks can be asked? Its own zone, else all that its phone number could be in."""

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

#: Names in the database that are no zones: what a machine shows that was never told where it is.
_NO_ZONES = frozenset({"Factory", "localtime"})


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """All names of the time zone database, older names included. Source: IANA, by the package tzdata."""
    from importlib.resources import files

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split()) - _NO_ZONES


def is_zone(name: str) -> bool:
    """Whether a time zone has this name, written exactly so."""
    return name in zone_names()


def _known(name: str) -> str:
    if not is_zone(name):
        raise PydanticCustomError("unknown_time_zone", "is no time zone of the IANA database, such as America/New_York")
    return name


#: The IANA name of a time zone.
TimeZone = Annotated[str, Field(min_length=1, max_length=64, examples=["America/New_York"]), AfterValidator(_known)]


@lru_cache(maxsize=4096)
def candidate_zones(time_zone: str | None, phone: str | None, default: str) -> tuple[str, ...]:
    """The zones in which a lead may live, in the order of their names; contact is allowed when it is in all of them.

    Args:
        time_zone: the one that was given for the lead; it alone counts then.
        phone: an E.164 number. A mobile or toll-free number may be anywhere in its country.
        default: the zone of leads that give no hint.
    """
    if time_zone is not None and is_zone(time_zone):
        return (time_zone,)
    return tuple(sorted(filter(is_zone, _zones_of_number(phone or "")))) or (default,)


def _zones_of_number(phone: str) -> tuple[str, ...]:
    # Loaded with the first number that is asked about: a lead whose zone was given does without.
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_geographical_number
    from phonenumbers.tzdata import TIMEZONE_DATA

    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ()
    country = number.country_code or 0
    if phonenumbers.is_number_type_geographical(phonenumbers.number_type(number), country):
        return tuple(time_zones_for_geographical_number(number))
    # Also for a number that is not assigned, of which the library would say nothing.
    return tuple(TIMEZONE_DATA.get(str(country), ()))
