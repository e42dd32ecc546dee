"""When two addresses are the same."""

import pytest
from pydantic_core import PydanticCustomError

from retention.leads.addresses import email_identity, tidy_email, tidy_phone


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada@EXAMPLE.com ", "Ada@example.com"),
        ("ada+sale@mail.example.co.uk", "ada+sale@mail.example.co.uk"),
        ("jörg@example.com", "jörg@example.com"),
    ],
)
def test_an_email_address_keeps_its_name_and_loses_what_does_not_count(given: str, kept: str) -> None:
    assert tidy_email(given) == kept
    assert email_identity(given) == email_identity(kept)


@pytest.mark.parametrize("given", ["", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "a@b..com"])
def test_what_is_no_email_address_is_refused(given: str) -> None:
    with pytest.raises(PydanticCustomError):
        tidy_email(given)


@pytest.mark.parametrize(
    ("given", "region", "e164"),
    [
        ("+1 (202) 555-0100", "US", "+12025550100"),
        ("202.555.0100", "US", "+12025550100"),
        ("001 49 30 901820", "US", None),
        ("+49 30 901820", "US", "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("+15559990000", "US", "+15559990000"),
        ("12", "US", None),
        ("hello", "US", None),
        ("+1202555010012345", "US", None),
    ],
)
def test_a_phone_number_has_one_form(given: str, region: str, e164: str | None) -> None:
    try:
        assert tidy_phone(given, region) == e164
    except PydanticCustomError:
        assert e164 is None
