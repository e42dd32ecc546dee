"""Whoever must not be contacted there must not be contacted here, under whatever key."""

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.conversions.model import ConversionInput
from retention.entity import Entity
from retention.imports.model import UnusableFileError
from retention.keyring import Keyring
from retention.leads.model import Lead, LeadInput
from retention.suppressions.adopted import ABSENT_FOR, AdoptedKey, taken_over
from retention.suppressions.adopting import SETTLING, key_text
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import Suppression, SuppressionInput
from tests import factories
from tests.integrity import everything, scan
from tests.retention.imports.archive.account import TakingIn, another_stack, archive_of, looked_through, written

KNOWN = "known@example.com"
ERASED = "erased@example.com"


@pytest.fixture
def archive(app: Application) -> bytes:
    """Of an account with a lead whose address is suppressed, and a suppressed address that is nobody's any more."""
    app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", email=KNOWN))
    for address in (KNOWN, ERASED):
        app.suppressions.add(SuppressionInput(address=address, reason="ERASURE"))
    return archive_of(app)


@pytest.fixture
def other(clock: ManualClock, archive: bytes) -> Application:
    """A stack with another root secret, put up afterwards: a process knows one table at a time."""
    return another_stack(clock)


def another_process(app: Application, clock: ManualClock) -> Application:
    """Another function of the same stack, with what it remembers by itself."""
    settings = app.core.settings
    return build(settings, clock=clock, keyring=Keyring(lambda: "another root secret", AdoptedKey(settings, clock)))


def is_stopped(app: Application, address: str) -> bool:
    """Whether somebody who comes with an address is left alone."""
    return app.intake.create(LeadInput(first_name="E", last_name="E", email=address)).lead.contact.stopped


def test_an_empty_stack_takes_the_key_over_and_waits_for_all_who_go_by_the_one_before(
    app: Application, other: Application, clock: ManualClock, archive: bytes
) -> None:
    beside = another_process(other, clock)
    own = key_text(beside.core)
    taking = TakingIn(other, archive)

    assert [chunk.left for chunk in taking.chunks()][-1] == 1
    clock.advance(ABSENT_FOR - 1)
    assert [chunk.left for chunk in taking.chunks()][-1] == 1, "somebody may still go by the key before"
    assert key_text(beside.core) == own
    clock.advance(SETTLING - ABSENT_FOR + 1)
    taking.run()

    assert key_text(beside.core) == key_text(app.core) != own
    assert is_stopped(beside, ERASED)
    assert archive_of(other) != archive  # The one who has come since; all else is as it was:
    assert {item.id for item in everything(other) if isinstance(item, Suppression)} == {
        suppression_id(app.core.keyring, address) for address in (KNOWN, ERASED)
    }


def test_a_stack_with_leads_of_its_own_keeps_its_key_and_names_anew_whom_it_knows(
    app: Application, other: Application, archive: bytes
) -> None:
    factories.load(other, [factories.a_lead()])
    own = key_text(other.core)
    seen = looked_through(other, archive)
    taking = TakingIn(other, archive)

    told = taking.run()

    assert key_text(other.core) == own != key_text(app.core)
    assert taken_over(other.core.settings) is None
    assert (seen["rejected"], told["rejected"]) == (1, 1)
    assert any("keeps its own suppression key" in one for one in seen["warnings"])
    (refused,) = [line for line in taking.result() if line["status"] == "rejected"]
    assert (refused["kind"], refused["errors"][0]["code"]) == ("Suppression", "other_key")
    assert refused["id"] == suppression_id(app.core.keyring, ERASED)
    (suppressed,) = [item for item in everything(other) if isinstance(item, Suppression)]
    assert suppressed.id == suppression_id(other.core.keyring, KNOWN)
    assert TakingIn(other, archive).run()["unchanged"] == told["created"]


def test_whoever_comes_while_the_key_is_taken_over_stops_it_before_anything_is_written(
    other: Application, clock: ManualClock, archive: bytes
) -> None:
    clock.advance(1)
    taking = TakingIn(other, archive)
    list(taking.chunks())
    lead = other.intake.create(LeadInput(first_name="E", last_name="E", email="early@example.com")).lead
    clock.advance(SETTLING)
    before: list[Entity] = everything(other)

    with pytest.raises(UnusableFileError):
        taking.run()

    assert everything(other) == before
    other.deletion.lead(lead.id)
    clock.advance(60)
    assert TakingIn(other, archive).run()["rejected"] == 0


def test_an_archive_without_suppressions_needs_no_key(other: Application) -> None:
    archive = written([factories.a_lead()])

    assert [chunk.left for chunk in TakingIn(other, archive).chunks()][-1] == 0
    assert taken_over(other.core.settings) is None


def test_an_older_archive_does_not_bring_back_who_was_erased(endpoint: str, clock: ManualClock) -> None:
    """With all that refers to the person."""
    app, phone = another_stack(clock), "+12025550143"
    erased = app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", email="ada@example.com")).lead
    other_number = app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", phone=phone)).lead
    stays = app.intake.create(LeadInput(first_name="Grace", last_name="Hopper", email="grace@example.com")).lead
    for lead in (erased, other_number, stays):
        app.conversions.create(ConversionInput(lead_id=lead.id, source="shop"))
    older = archive_of(app)
    for lead in (erased, other_number):
        app.deletion.lead(lead.id)
    app.suppressions.add(SuppressionInput(address="Ada@example.com", reason="ERASURE"))
    app.suppressions.add(SuppressionInput(address=phone, reason="ERASURE"))
    app.suppressions.add(SuppressionInput(address="grace@example.com", reason="OPT_OUT"))
    before = {item.id for item in everything(app) if isinstance(item, Lead)}

    seen = looked_through(app, older)
    taking = TakingIn(app, older)
    told = taking.run()

    assert before == {stays.id} == {item.id for item in everything(app) if isinstance(item, Lead)}
    refused = {
        line["id"]: line["errors"][0]["code"] for line in taking.result() if line["kind"] == "Lead" and "errors" in line
    }
    assert refused == {erased.id: "erased", other_number.id: "erased"}
    assert {one["code"] for one in seen["errors"] if one["kind"] == "Lead"} == {"erased"}
    assert seen["new"] == told["created"]
    gone = (erased.id, other_number.id)
    assert not [raw for raw in scan(app) if raw["kind"]["S"] != "Job" and any(one in str(raw["pk"]) for one in gone)]
    assert "ada@example.com" not in str(taking.result()).lower()
