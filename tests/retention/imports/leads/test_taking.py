"""Taking a file of leads in: what becomes of its rows."""

from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.leads.model import LeadInput
from retention.suppressions.model import SuppressionInput
from tests.integrity import problems
from tests.retention.imports.giving import codes, everything, given, inspected, leads_of, result_of, statuses, taken_in

pytestmark = pytest.mark.usefixtures("bucket")

HEADER = "First name,Last name,E-mail,Phone\n"
ADA = "Ada,Lovelace,ada@example.com,+14155550100\n"
BOB = "Bob,Builder,bob@example.com,+14155550101\n"


def known(app: Application, **fields: Any) -> str:
    """The id of a lead that is there already."""
    return app.intake.create(LeadInput(**{"first_name": "Old", "last_name": "Hand", **fields})).lead.id


def test_each_row_becomes_a_lead_with_its_claims(app: Application) -> None:
    one = given(app, HEADER + ADA + BOB)

    done = taken_in(app, one)

    assert (done.status, done.progress["done"], done.progress["created"], done.progress["total"]) == (
        "succeeded",
        2,
        2,
        2,
    )
    assert [(lead.first_name, lead.email, lead.phone) for lead in leads_of(app)] == [
        ("Ada", "ada@example.com", "+14155550100"),
        ("Bob", "bob@example.com", "+14155550101"),
    ]
    assert {line["id"] for line in result_of(app, one)} == {lead.id for lead in leads_of(app)}
    assert problems(app) == []


def test_a_known_person_is_left_alone_unless_told_otherwise(app: Application) -> None:
    ada = known(app, email="ADA@example.com")

    one = given(app, HEADER + ADA)
    taken_in(app, one)

    assert [(line["status"], line["id"]) for line in result_of(app, one)] == [("skipped", ada)]
    assert [lead.first_name for lead in leads_of(app)] == ["Old"]


def test_update_replaces_what_a_row_says_and_nothing_else(app: Application) -> None:
    ada = known(app, email="ada@example.com", notes="kept", meta={"plan": "old", "city": "Rome"})

    one = given(app, "first_name,last_name,email,phone,notes,meta.plan\nAda,,ada@example.com,+14155550100,,new\n")
    done = taken_in(app, one, on_duplicate="update")

    (lead,) = leads_of(app)
    assert (lead.id, lead.first_name, lead.last_name, lead.phone) == (ada, "Ada", "Hand", "+14155550100")
    assert (lead.notes, lead.meta) == ("kept", {"plan": "new", "city": "Rome"})
    assert done.progress["updated"] == 1
    assert len(everything(app, "Arrival")) == 1  # Of the lead when it was new; a change is none.
    assert problems(app) == []


def test_merge_fills_in_what_is_not_there(app: Application) -> None:
    known(app, email="ada@example.com", meta={"plan": "old"})

    one = given(
        app, "first_name,last_name,email,phone,meta.plan,meta.city\nAda,L,ada@example.com,4155550100,new,Rome\n"
    )
    taken_in(app, one, on_duplicate="merge")

    (lead,) = leads_of(app)
    assert (lead.first_name, lead.phone, lead.meta) == ("Old", "+14155550100", {"plan": "old", "city": "Rome"})


def test_a_second_run_of_the_same_file_changes_nothing(app: Application) -> None:
    for rule, expected in (("skip", "skipped"), ("update", "unchanged"), ("merge", "unchanged")):
        taken_in(app, given(app, HEADER + ADA + BOB))
        again = given(app, HEADER + ADA + BOB)
        taken_in(app, again, on_duplicate=rule)
        assert statuses(app, again) == [expected] * 2
    assert len(leads_of(app)) == 2


def test_a_person_twice_in_a_file_is_one_lead(app: Application) -> None:
    rows = ADA + "Ada,Byron,ada@example.com,\n" + "Augusta,King,,+1 (415) 555-0100\n" + BOB

    skipping = given(app, HEADER + rows)
    taken_in(app, skipping)
    assert statuses(app, skipping) == ["created", "skipped", "skipped", "created"]

    updating = given(app, HEADER + rows)
    taken_in(app, updating, on_duplicate="update")
    assert statuses(app, updating) == ["unchanged", "updated", "updated", "unchanged"]
    assert [(lead.first_name, lead.last_name) for lead in leads_of(app)] == [("Augusta", "King"), ("Bob", "Builder")]


def test_a_row_with_the_addresses_of_two_people_is_refused_with_both(app: Application) -> None:
    by_mail, by_phone = known(app, email="ada@example.com"), known(app, phone="+14155550100")

    for rule in ("skip", "update", "merge"):
        one = given(app, HEADER + ADA)
        taken_in(app, one, on_duplicate=rule)
        (line,) = result_of(app, one)
        (error,) = line["errors"]
        assert (line["status"], error["code"]) == ("rejected", "two_leads")
        assert by_mail in error["detail"]
        assert by_phone in error["detail"]


def test_a_suppressed_address_comes_in_stopped(app: Application) -> None:
    app.suppressions.add(SuppressionInput(address="ada@example.com", reason="OPT_OUT"))

    taken_in(app, given(app, HEADER + ADA + BOB))

    stopped = {lead.first_name: app.leads.get(lead.id).contact.stopped for lead in leads_of(app)}
    assert stopped == {"Ada": True, "Bob": False}


def test_who_is_erased_while_a_file_waits_does_not_come_back_by_it(app: Application, clock: ManualClock) -> None:
    begun = given(app, HEADER + ADA + BOB)
    clock.advance(1)
    app.suppressions.add(SuppressionInput(address="ada@example.com", reason="ERASURE"))

    taken_in(app, begun)
    assert (statuses(app, begun), codes(app, begun)) == (["rejected", "created"], [["erased"], []])

    clock.advance(1)
    taken_in(app, given(app, HEADER + ADA))
    stopped = {lead.first_name: app.leads.get(lead.id).contact.stopped for lead in leads_of(app)}
    assert stopped == {"Ada": True, "Bob": False}


def test_bad_rows_are_listed_and_harm_no_others(app: Application) -> None:
    rows = [
        "Ada,Lovelace,no address,",
        "Ada,Lovelace,,123",
        "Ada,,ada@example.com,",
        ",,,",
        "Ada,Lovelace,ada@example.com,1.41556E+10",
        BOB.strip(),
        "Eve,Adams,eve@example.com,,one,too many",
        f"{'x' * 201},Long,long@example.com,",
    ]
    one = given(app, HEADER + "\n".join(rows))

    done = taken_in(app, one)

    assert codes(app, one) == [
        ["invalid_email"],
        ["invalid_phone"],
        ["required"],
        [],
        ["invalid_phone"],
        [],
        ["too_many_cells"],
        ["too_long"],
    ]
    assert statuses(app, one) == ["rejected"] * 3 + ["skipped", "rejected", "created"] + ["rejected"] * 2
    assert (done.progress["done"], done.progress["created"], done.progress["rejected"], done.progress["skipped"]) == (
        8,
        1,
        6,
        1,
    )
    assert [lead.first_name for lead in leads_of(app)] == ["Bob"]


def test_defaults_are_for_new_leads_where_a_row_says_nothing(app: Application) -> None:
    known(app, email="bob@example.com")
    defaults = {"lastName": "-", "source": "API", "meta.list": "spring"}

    one = given(app, "first name,last name,email\nAda,,ada@example.com\nBob,,bob@example.com\n")
    taken_in(app, one, on_duplicate="update", defaults=defaults)

    ada, bob = leads_of(app)
    assert (ada.last_name, ada.source, ada.meta) == ("-", "API", {"list": "spring"})
    assert (bob.last_name, bob.source, bob.meta) == ("Hand", "MANUAL", None)


def test_json_lines_are_taken_in_with_their_own_types(app: Application) -> None:
    lines = (
        '{"name": "Ada Lovelace", "email": "a@example.com", "phone": 14155550100, "meta": {"n": 1.50, "tags": ["a"]}}\n'
        "\n"
        '{"name": "Bob Builder", "email": null, "status": "in progress", "source": "Facebook"}\n'
        '{"name": "Eve"\n'
        "[1]\n"
    )
    one = given(app, lines, "leads.jsonl")

    taken_in(app, one)

    ada, bob = leads_of(app)
    assert (ada.phone, ada.meta) == ("+14155550100", {"n": 1.5, "tags": ["a"]})
    assert (bob.status, bob.source, bob.meta) == ("IN_PROGRESS", "META", {"sourceLabel": "Facebook"})
    assert codes(app, one) == [[], [], ["not_json"], ["not_an_object"]]


def test_a_dry_run_says_what_would_become_and_changes_nothing(app: Application) -> None:
    known(app, email="bob@example.com", first_name="Bob", last_name="Builder", phone="+14155550101")
    text = HEADER + ADA + "Ada,B,ada@example.com,\n" + BOB + "X,Y,bad,\n" + "Bobby,Builder,bob@example.com,\n"
    before = everything(app, "Lead")

    found = {rule: inspected(app, given(app, text), on_duplicate=rule) for rule in ("skip", "update")}

    assert everything(app, "Lead") == before
    assert all(
        (one.status, one.progress["done"], one.progress["total"]) == ("inspected", 0, 5) for one in found.values()
    )
    counts = {rule: [one.inspection[name] for name in COUNTS] for rule, one in found.items() if one.inspection}
    assert counts == {"skip": [1, 0, 0, 3, 1], "update": [1, 2, 1, 0, 1]}
    inspection = found["skip"].inspection
    assert inspection is not None
    assert inspection["mapping"] == {
        "firstName": "First name",
        "lastName": "Last name",
        "email": "E-mail",
        "phone": "Phone",
    }
    assert [(error["row"], error["pointer"], error["code"]) for error in inspection["errors"]] == [
        (4, "/email", "invalid_email")
    ]
    assert inspection["sample"][0] == {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@example.com",
        "phone": "+14155550100",
        "source": "MANUAL",
        "status": "NEW",
    }


COUNTS = ("created", "updated", "unchanged", "skipped", "rejected")


def test_what_a_dry_run_foretells_is_what_becomes(app: Application) -> None:
    known(app, email="bob@example.com")
    text = HEADER + ADA + ADA + BOB + "X,Y,bad,\n" + "Eve,,eve@example.com,\n" + "Cy,Young,,\n"
    for rule in ("skip", "merge", "update"):
        one = given(app, text)

        foretold = inspected(app, one, on_duplicate=rule).inspection
        done = taken_in(app, one)

        assert foretold is not None
        assert [done.progress[name] for name in COUNTS] == [foretold[name] for name in COUNTS], rule
