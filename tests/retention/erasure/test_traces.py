"""What names a person is found however it is written; what only looks like it is somebody else's."""

import pytest

from retention.erasure.traces import Traces, text_of
from tests import factories as make

ADA = Traces.of(
    make.a_lead(
        first_name="Ada",
        last_name="L\u00f8ve",
        email="Ada.Love+x@Example.com",
        phone="+15551234567",
        external_id="crm-12345",
    )
)
GERMAN = Traces.of(make.a_lead(phone="+4915112345678"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ADA.LOVE+X@EXAMPLE.COM", "email"),
        ("<a href='mailto:ada.love+x@example.com'>", "email"),
        ("x=ada.love%2Bx%40example.com&y=1", "email"),
        ("x%3Dada.love%2bx%40example.com", "email"),
        (r'{"notes":"call\nada.love+x@example.com."}', "email"),
        ("+15551234567", "phone"),
        ("%2B15551234567", "phone"),
        ("001 555 123 4567", "phone"),
        ("call (555) 123-4567 at nine", "phone"),
        ("555.123.4567", "phone"),
        ('{"phone":15551234567}', "phone"),
        ("crm-12345,x", "externalId"),
        ("SUBID#CRM-12345", "externalId"),
    ],
)
def test_it_is_found_however_it_is_written(text: str, found: str) -> None:
    assert ADA.found_in(text.encode()) == [found]
    assert ADA.found_in(text.encode("utf-16-le")) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "lada.love+x@example.com",
        "ada.love@example.com",
        "ada.love+x@example.com.au",
        "ada.love+x@example.community",
        "915551234567",
        "155512345678",
        "5551234",
        "crm-123456",
        "xcrm-12345",
        "Ada",
    ],
)
def test_what_is_part_of_something_longer_is_somebody_elses(text: str) -> None:
    assert ADA.found_in(text.encode()) == []


def test_a_national_number_has_a_zero_in_front() -> None:
    for text in ("0151 12345678", "+49 (0)151 12345678", "0049-151-12345678"):
        assert GERMAN.found_in(text.encode()) == ["phone"], text


def test_a_name_counts_where_there_is_nothing_better_to_go_by() -> None:
    text = '{"firstName":"ADA","lastName":"L\u00d8VE"}'.encode()
    nameless = Traces.of(make.a_lead(first_name="Ada", last_name="L\u00f8ve"))

    assert (ADA.found_in(text), ADA.is_namesake_in(text)) == ([], True)
    assert (nameless.found_in(text), nameless.looked_for) == (["name"], ["name"])
    assert nameless.found_in(b"Ada " + b"x" * 100 + "L\u00f8ve".encode()) == []


def test_a_short_id_of_another_system_is_not_looked_for() -> None:
    assert Traces.of(make.a_lead(email="a@b.example", external_id="7")).looked_for == ["email"]


def test_numbers_of_an_item_are_no_phone_numbers() -> None:
    assert ADA.found_in(text_of({"expiresAt": {"N": "5551234567"}, "notes": {"S": "x"}})) == []
    assert ADA.found_in(text_of({"list": {"L": [{"S": "+15551234567"}]}})) == ["phone"]
