"""An import is not alone: what is here already, what is deleted meanwhile, what is nowhere."""

from collections.abc import Callable

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.imports.archive import applying
from retention.leads.model import Contact, EmailClaim, Lead, LeadInput, PhoneClaim
from retention.table.keys import key_of
from tests import factories
from tests.integrity import problems
from tests.retention.imports.archive.account import TakingIn, another_stack, looked_through, written
from tests.retention.sequences.test_evaluating import run_due


@pytest.fixture
def other(clock: ManualClock, endpoint: str) -> Application:
    """An empty stack."""
    return another_stack(clock)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are some."""
    monkeypatch.setattr(applying, "CHUNK", 5)


def test_what_refers_to_something_that_is_nowhere_is_refused(other: Application) -> None:
    lead, nobody = factories.a_lead(), factories.a_lead()
    conversion, *pointers = factories.a_conversion(lead_id=nobody.id)
    attempt = factories.an_attempt(lead, campaign_id="nowhere")
    archive = written([lead, attempt, conversion, *pointers])

    seen = looked_through(other, archive)
    taking = TakingIn(other, archive)
    told = taking.run()

    refused = {line["kind"]: line["errors"][0] for line in taking.result() if line["status"] == "rejected"}
    assert (refused["Conversion"]["code"], refused["Conversion"]["pointer"]) == ("reference_missing", "/leadId")
    assert (refused["ContactAttempt"]["code"], refused["ContactAttempt"]["pointer"]) == (
        "reference_missing", "/campaignId",
    )  # fmt: skip
    assert told["created"] == seen["new"] == 1


def test_a_dry_run_knows_that_children_of_what_is_refused_are_refused(other: Application) -> None:
    """Also when it goes on in another process."""
    sequence, nowhere = factories.a_sequence(), factories.a_sequence()
    steps = [factories.a_step(sequence), *(factories.a_step(nowhere) for _ in range(6))]
    leads = [factories.a_lead() for _ in range(4)]
    items: list[Entity] = [sequence, *steps, *leads]
    for lead in leads:
        enrollment = factories.an_enrollment(lead, sequence)
        items += [factories.a_contact(lead), enrollment]
        items += [factories.an_execution(enrollment, steps[0]), factories.an_execution(enrollment, steps[1])]
    archive = written(items)
    taking = TakingIn(other, archive)
    checkpoint, last = None, None
    for _ in range(100):
        found = next(applying.inspect(other.core, {"kind": "Import", "id": taking.id}, checkpoint))
        if found.checkpoint == checkpoint:
            last = found.result
            break
        checkpoint = found.checkpoint

    told = taking.run()

    assert last is not None
    assert (last["inspection"]["new"], last["inspection"]["rejected"]) == (told["created"], told["rejected"])
    assert told["rejected"] == 6 + 4


def delete_in_between(other: Application, taking: TakingIn, kind: str, delete: Callable[[], object]) -> None:
    """Take in, and delete something when the first record of a kind has come."""
    done = False
    for _ in taking.chunks():
        if not done and any(line["kind"] == kind for line in taking.result()):
            delete()
            done = True
    assert done


def in_use() -> tuple[str, str, list[Lead], list[Entity]]:
    """A campaign and a sequence, by their ids, the leads that are in both, and all there is."""
    campaign, sequence = factories.a_campaign(), factories.a_sequence()
    step = factories.a_step(sequence)
    leads = [factories.a_lead() for _ in range(7)]
    items: list[Entity] = [campaign, sequence, step, *leads]
    for lead in leads:
        enrollment = factories.an_enrollment(lead, sequence)
        items += [factories.a_contact(lead), factories.an_assignment(lead, campaign), enrollment]
        items += [factories.an_execution(enrollment, step), factories.an_attempt(lead)]
    return campaign.id, sequence.id, leads, items


@pytest.mark.parametrize("parent", ["lead", "enrollment", "campaign", "sequence"])
def test_a_parent_that_is_deleted_meanwhile_leaves_no_orphans(
    other: Application, clock: ManualClock, parent: str
) -> None:
    campaign, sequence, leads, items = in_use()
    taking = TakingIn(other, written(items))
    first = leads[0].id
    deletes: dict[str, tuple[str, Callable[[], object]]] = {
        "lead": ("Contact", lambda: other.deletion.lead(first)),
        "enrollment": ("Contact", lambda: other.deletion.enrollment(f"{first}.{sequence}")),
        "campaign": ("Lead", lambda: other.deletion.campaign(campaign)),
        "sequence": ("Lead", lambda: other.deletion.sequence(sequence)),
    }

    delete_in_between(other, taking, *deletes[parent])
    for _ in range(3):
        clock.advance(200)
        run_due(other)

    assert problems(other) == []
    assert other.core.store.find(Lead, key_of(leads[-1])) == leads[-1]
    codes = {line["errors"][0]["code"] for line in taking.result() if "errors" in line}
    assert codes == {"parent_missing"}


def test_a_lead_cannot_be_deleted_before_all_of_it_is_there_that_a_delete_has_to_find(other: Application) -> None:
    _, __, leads, items = in_use()
    taking = TakingIn(other, written(items))

    for _ in taking.chunks():
        kinds = {line["kind"] for line in taking.result()}
        if "Lead" in kinds and "Contact" not in kinds:
            with pytest.raises(NotFoundError):
                other.deletion.lead(leads[0].id)
    assert problems(other) == []


def test_an_address_that_is_anothers_here_is_not_the_leads_whatever_the_archive_says(other: Application) -> None:
    here = other.intake.create(LeadInput(first_name="Here", last_name="H", email="both@example.com")).lead
    lead = factories.a_lead(email="both@example.com", phone="+12025550147")
    claims = [EmailClaim(address="both@example.com", lead_id=lead.id, revision="r")]
    phone = PhoneClaim(address="+12025550147", lead_id=lead.id, revision="r")
    contact = factories.a_contact(lead, email_name="there", phone_name="there")
    taking = TakingIn(other, written([lead, contact, *claims, phone]))

    taking.run()

    found = other.core.store.find(Contact, key_of(contact))
    assert found is not None
    assert found.email_name is None
    assert found.phone_name is not None
    (refused,) = [line for line in taking.result() if line["status"] == "rejected"]
    assert (refused["kind"], refused["errors"][0]["code"]) == ("EmailClaim", "different")
    owner = other.core.store.find(EmailClaim, key_of(claims[0]))
    assert owner is not None
    assert owner.lead_id == here.id
