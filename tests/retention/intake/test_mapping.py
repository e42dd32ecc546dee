"""What any payload says about a lead: fields, names, consent, what is left, and what cannot be used."""

from typing import Any

import pytest
from pydantic import ValidationError

from retention import jsontext
from retention.errors import InvalidInputError
from retention.fields import kept
from retention.intake.mapping import MAX_META, Draft, draft_of
from retention.intake.model import FieldMapping, InboundWebhook
from tests.start import START


def a_form(**fields: Any) -> InboundWebhook:
    known = {"id": "form", "name": "Landing page", "slug": "landing", "created_at": START, "updated_at": START}
    return InboundWebhook(**{**known, **fields})


def draft(payload: Any, mapping: dict[str, Any] | None = None, **fields: Any) -> Draft:
    read = kept(FieldMapping.model_validate(mapping or {}))
    return draft_of(a_form(mapping=read, **fields), payload, "US")


def problems(drafted: Draft) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in drafted.problems]


def test_a_nested_payload_becomes_a_lead() -> None:
    made = draft(
        {
            "event": "form.submitted",
            "data": {
                "contact": {"name": "van der Berg, Anna", "email": " Anna@Example.COM ", "tel": "(202) 555-0100"},
                "answers": [{"name": "size", "value": "L"}, {"name": "newsletter", "value": True}],
                "zone": "Europe/Amsterdam",
                "crm": {"id": 4711},
            },
        },
        {
            "fullName": "data.contact.name",
            "email": "data.contact.email",
            "phone": "data.contact.tel",
            "timeZone": "data.zone",
            "externalId": "data.crm.id",
            "meta": {"size": "data.answers.size"},
            "consent": {"newsletter": "data.answers.newsletter"},
        },
    )

    lead = made.lead
    assert (lead.first_name, lead.last_name) == ("Anna", "van der Berg")
    assert (lead.email, lead.phone) == ("Anna@example.com", "+12025550100")
    assert (lead.time_zone, lead.external_id, lead.source) == ("Europe/Amsterdam", "4711", "API")
    assert lead.meta == {
        "sourceLabel": "Landing page",
        "consent": {"newsletter": True},
        "size": "L",
        "intake": {"event": "form.submitted"},
    }
    assert set(made.filled) == {"firstName", "lastName", "email", "phone", "timeZone", "externalId"}
    assert made.problems == ()


@pytest.mark.parametrize(
    "payload",
    [
        {"full_name": "Ada Lovelace", "email": "ada@example.com", "phone_number": "+12025550100"},
        {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+1 202 555 0100"},
        {"first_name": "Ada", "last_name": "Lovelace", "emailAddress": "ada@example.com", "mobile": "tel:+12025550100"},
        {"name": "Lovelace, Ada", "e-mail": "mailto:ada@example.com", "tel": 12025550100},
        [{"name": "name", "value": "Ada Lovelace"}, {"name": "email", "values": ["", "ada@example.com"]},
         {"name": "phone", "values": ["2025550100"]}],
    ],
)  # fmt: skip
def test_without_a_mapping_the_usual_names_are_looked_for(payload: Any) -> None:
    lead = draft(payload).lead

    assert (lead.first_name, lead.last_name) == ("Ada", "Lovelace")
    assert (lead.email, lead.phone) == ("ada@example.com", "+12025550100")


def test_a_mapping_of_a_field_puts_an_end_to_guessing() -> None:
    made = draft({"email": "other@example.com", "mail": "ada@example.com", "name": "Ada"}, {"email": "mail"})

    assert made.lead.email == "ada@example.com"
    assert made.lead.meta is not None
    assert made.lead.meta["intake"] == {"email": "other@example.com", "name": "Ada"}


@pytest.mark.parametrize(
    ("payload", "names", "missing"),
    [
        ({"name": "Ada"}, ("Ada", "-"), ["lastName"]),
        ({"last_name": "Lovelace"}, ("Lead", "Lovelace"), ["firstName"]),
        ({"email": "ada.l@example.com"}, ("ada.l", "-"), ["firstName", "lastName"]),
        ({"phone": "+12025550100"}, ("Lead 0100", "-"), ["firstName", "lastName"]),
        ({"external_id": "CRM-12345"}, ("Lead 2345", "-"), ["firstName", "lastName"]),
        ({"first_name": " ", "last_name": None, "email": "ada@example.com"}, ("ada", "-"), ["firstName", "lastName"]),
        ({"first_name": "Ada", "full_name": "Ada Lovelace"}, ("Ada", "Lovelace"), None),
    ],
)
def test_a_name_that_nobody_gave_is_not_made_up(payload: Any, names: tuple[str, str], missing: Any) -> None:
    lead = draft(payload).lead

    assert (lead.first_name, lead.last_name) == names
    assert (lead.meta or {}).get("missing") == missing


def test_defaults_stand_in_where_the_payload_says_nothing() -> None:
    defaults = {"firstName": "friend", "timeZone": "Europe/Berlin", "notes": "fair", "meta": {"stand": "B4"}}

    said = draft({"email": "a@example.com", "first_name": "Ada", "notes": "x"}, defaults=defaults).lead
    silent = draft({"email": "a@example.com"}, defaults=defaults).lead

    assert (said.first_name, said.time_zone, said.notes) == ("Ada", "Europe/Berlin", "x")
    assert (silent.first_name, silent.time_zone, silent.notes) == ("friend", "Europe/Berlin", "fair")
    assert silent.meta == {"sourceLabel": "Landing page", "stand": "B4", "missing": ["lastName"]}


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"name": "Ada", "email": "ada@"}, ("/email", "invalid_email")),
        ({"name": "Ada", "email": "a" * 300 + "@example.com"}, ("/email", "too_long")),
        ({"name": "Ada", "phone": "call me"}, ("/phone", "invalid_phone")),
        ({"name": "Ada", "phone": "12"}, ("/phone", "invalid_phone")),
        ({"name": "Ada", "timeZone": "Mars/Olympus"}, ("/timeZone", "unknown_time_zone")),
        ({"name": "Ada", "email": {"value": "a@example.com"}}, ("/email", "wrong_type")),
        ({"name": "Ada", "phone": True}, ("/phone", "wrong_type")),
        ({"name": "Ada", "external_id": "x" * 201}, ("/externalId", "too_long")),
    ],
)
def test_what_cannot_be_used_is_named_and_costs_no_lead(payload: Any, problem: tuple[str, str]) -> None:
    made = draft(payload)

    assert problems(made) == [problem]
    assert made.lead.first_name == "Ada"
    assert (made.lead.email, made.lead.phone) == (None, None)


def test_a_problem_repeats_nothing_that_was_given() -> None:
    made = draft({"name": "Ada", "email": "seCret!@[x", "phone": "seCret", "timeZone": "seCret"})

    assert len(made.problems) == 3
    assert not any("seCret" in one.detail for one in made.problems)


@pytest.mark.parametrize("payload", [{}, [], None, "text", 7, {"event": "ping"}, {"email": ""}, {"email": "nonsense"}])
def test_what_names_nobody_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        draft(payload)

    assert refused.value.errors[-1].code == "nobody"


def test_consent_is_kept_as_it_was_given() -> None:
    made = draft(
        {"email": "a@example.com", "agb": "yes", "calls": False, "none": None},
        {"email": "email", "consent": {"terms": "agb", "calls": "calls", "sms": "none", "mail": "absent"}},
    )

    assert made.lead.meta is not None
    assert made.lead.meta["consent"] == {"terms": "yes", "calls": False}


def test_what_is_left_is_kept_as_far_as_there_is_room() -> None:
    payload = {"email": "a@example.com", "small": "x", "huge": "y" * 20_000, "last": 1.5}

    meta = draft(payload).lead.meta

    assert meta is not None
    assert meta["intake"] == {"small": "x", "last": 1.5}
    assert meta["intakeCut"] is True
    assert "missing" in meta


@pytest.mark.parametrize("size", [*range(MAX_META - 120, MAX_META + 10, 3)])
def test_meta_never_outgrows_its_limit(size: int) -> None:
    lead = draft({"email": "a@example.com", "big": "x" * size, "more": "y"}).lead

    assert len(jsontext.dump_bytes(lead.meta)) <= MAX_META


def test_a_value_that_is_mapped_and_too_large_is_named() -> None:
    made = draft({"email": "a@example.com", "big": "x" * 20_000}, {"email": "email", "meta": {"big": "big"}})

    assert problems(made) == [("/meta/big", "too_large")]


def test_texts_are_trimmed_cut_and_freed_of_what_nothing_may_hold() -> None:
    lead = draft(
        {"firstName": " A\x00da\n King ", "lastName": "L" * 300, "notes": "n" * 20_000, "email": "a@b.co"}
    ).lead

    assert (lead.first_name, len(lead.last_name), len(lead.notes or "")) == ("Ada King", 200, 10_000)


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"email": "data..email"}, "invalid_path"),
        ({"email": "."}, "invalid_path"),
        ({"email": ".".join("x" * 17)}, "invalid_path"),
        ({"meta": {"intake": "x"}}, "reserved_name"),
        ({"meta": {"a b": "x"}}, "string_pattern_mismatch"),
        ({"surname": "x"}, "extra_forbidden"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FieldMapping.model_validate(mapping)

    assert code in [error["type"] for error in refused.value.errors()]
