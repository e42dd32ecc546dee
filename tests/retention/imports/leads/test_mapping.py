"""Which column goes where: a guess that people confirm."""

from typing import Any

import pytest

from retention.config import Settings
from retention.errors import InvalidInputError
from retention.imports.leads.mapping import check_defaults, check_fields, checked, guessed
from retention.imports.leads.records import Position, Record
from retention.imports.leads.rows import Row, Shaper


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ("First Name,Last Name,E-Mail,Phone", "firstName,lastName,email,phone"),
        ("first_name,LASTNAME,email_address,mobile", "firstName,lastName,email,phone"),
        ("Vorname,Nachname,E-Mail-Adresse,Handynummer", "firstName,lastName,email,phone"),
        ("Vorname,Name,Mail,Tel.", "firstName,lastName,email,phone"),
        ("Prénom,Nom,Courriel,N° de téléphone", "firstName,lastName,email,"),
        ("Nombre,Apellidos,Correo electrónico,Teléfono", "firstName,lastName,email,phone"),
        ("Nome,Cognome,Indirizzo e-mail,Cellulare", "firstName,lastName,email,phone"),
        ("Имя,Фамилия,Почта,Телефон", "firstName,lastName,email,phone"),
        ("full_name,email,phone_number,platform,id", "fullName,email,phone,,externalId"),
        ("Name,CRM ID,Time Zone,Lead Source,Lead Status,Comments", "fullName,externalId,timeZone,source,status,notes"),
        ("first name,last name,full name,meta.plan,meta.", "firstName,lastName,,meta.plan,"),
        ("work phone,phone,mobile", ",phone,"),
        ("colour,size", ","),
    ],
)
def test_columns_are_known_by_their_names_in_many_languages(columns: str, fields: str) -> None:
    names = columns.split(",")
    expected = {field: column for column, field in zip(names, fields.split(","), strict=True) if field}

    mapping = guessed(names)

    assert mapping == expected
    assert len(set(mapping.values())) == len(mapping)


@pytest.mark.parametrize(
    ("mapping", "pointer", "code"),
    [
        ({"firstname": "a"}, "/mapping/firstname", "unknown_field"),
        ({"createdAt": "a"}, "/mapping/createdAt", "read_only"),
        ({"id": "a"}, "/mapping/id", "read_only"),
        ({"meta.": "a"}, "/mapping/meta.", "unknown_field"),
        ({"email": "nowhere"}, "/mapping/email", "unknown_column"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_place(mapping: dict[str, str], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked(mapping, ["a", "b"])

    assert [(error.pointer, error.code) for error in refusal.value.errors] == [(pointer, code)]
    if code != "unknown_column":
        with pytest.raises(InvalidInputError):
            check_fields(mapping)


@pytest.mark.parametrize(
    ("defaults", "pointer"),
    [
        ({"email": "all@example.com"}, "/defaults/email"),
        ({"status": "GONE"}, "/defaults/status"),
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "/defaults/updatedAt"),
        ({"meta": 1}, "/defaults/meta"),
        ({"lastName": " "}, "/defaults/lastName"),
    ],
)
def test_defaults_that_no_lead_can_have_are_refused(defaults: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_defaults(defaults, Settings())

    assert [error.pointer for error in refusal.value.errors] == [pointer]


def row_of(**cells: Any) -> Row:
    shaper = Shaper({name: name for name in cells}, {}, Settings(default_phone_region="DE"))
    return shaper.row_of(Record(cells, Position(0, 1, 1)))


def test_what_cells_say_is_brought_into_the_form_of_a_lead() -> None:
    row = row_of(
        fullName="Dr. Ludwig van Beethoven",
        email=" mailto:Ludwig@Example.COM ",
        phone="tel:0151 12345678",
        status="In Bearbeitung",
        source="Google Ads",
        notes="  ",
    )

    assert row.lead is not None
    said = row.lead.model_dump(by_alias=True, exclude_none=True)
    assert said == {
        "firstName": "Ludwig",
        "lastName": "van Beethoven",
        "email": "Ludwig@example.com",
        "phone": "+4915112345678",
        "status": "IN_PROGRESS",
        "source": "MANUAL",
        "meta": {"sourceLabel": "Google Ads"},
    }
    assert "notes" not in row.said
    assert "source" not in row.said


def test_a_row_that_says_nothing_is_no_fault_and_one_without_a_name_can_still_change_a_known_lead() -> None:
    assert row_of(firstName="", email=None).is_empty
    row = row_of(email="ada@example.com")
    assert [error.pointer for error in row.missing] == ["/firstName", "/lastName"]
    assert row.errors == ()
    assert row.said == ("email",)
