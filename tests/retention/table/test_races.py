"""A hundred writers, one winner. Real threads against a stand-in whose transactions are atomic."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retention import validation
from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.errors import AlreadyExistsError, ConflictError
from retention.integrations.model import IntegrationConfig, IntegrationInput
from retention.leads.model import EmailClaim, Lead, LeadInput, PhoneClaim
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from tests import factories as make
from tests.integrity import count, problems

#: Writers at the same moment.
WRITERS = 100


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    """How often each race is run: a few times here, 50 times by `make prove-races`."""
    return range(request.config.getoption("--rounds"))


def race(act: Callable[[int], bool]) -> int:
    """Have all writers act at once; how many of them won."""
    start = threading.Barrier(WRITERS)

    def one(number: int) -> bool:
        start.wait()
        try:
            return act(number)
        except (AlreadyExistsError, ConflictError):
            return False

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(one, range(WRITERS)))


def a_person(**fields: Any) -> LeadInput:
    return validation.parse(LeadInput, {"firstName": "Ada", "lastName": "Lovelace", **fields})


def test_one_of_a_hundred_enrollments_of_a_lead_in_a_sequence_wins(app: Application, rounds: range) -> None:
    for _ in rounds:
        lead, sequence = make.a_lead(), make.a_sequence(status="ACTIVE")
        make.load(app, [lead, make.a_contact(lead), sequence, make.a_step(sequence)])

        def enroll(_: int, sequence_id: str = sequence.id, lead_id: str = lead.id) -> bool:
            app.enrolling.enroll(sequence_id, lead_id)
            return True

        assert race(enroll) == 1
    assert (count(app, SequenceEnrollment), count(app, SequenceStepExecution)) == (len(rounds), len(rounds))
    assert problems(app) == []


def test_one_of_a_hundred_assignments_of_a_lead_to_a_campaign_wins(app: Application, rounds: range) -> None:
    for _ in rounds:
        lead, campaign = make.a_lead(), make.a_campaign()
        make.load(app, [lead, make.a_contact(lead), campaign])

        def assign(_: int, campaign_id: str = campaign.id, lead_id: str = lead.id) -> bool:
            app.assignments.create(campaign_id, lead_id)
            return True

        assert race(assign) == 1
    assert count(app, CampaignLead) == len(rounds)
    assert problems(app) == []


@pytest.mark.parametrize(
    ("address", "notations"),
    [
        ("email", ["ada{}@example.com", "ADA{}@Example.com", " Ada{}@example.COM"]),
        ("phone", ["+1202555{:04d}", "(202) 555-{:04d}", "1-202-555-{:04d}"]),
    ],
)
def test_a_hundred_requests_for_one_person_make_one_lead(
    app: Application, rounds: range, address: str, notations: list[str]
) -> None:
    for number in rounds:

        def create(writer: int, number: int = number) -> bool:
            given = a_person(**{address: notations[writer % len(notations)].format(number)})
            return not app.intake.create(given).deduplicated

        assert race(create) == 1
    assert count(app, Lead) == len(rounds)
    assert count(app, EmailClaim) + count(app, PhoneClaim) == len(rounds)
    assert problems(app) == []


def test_a_hundred_rows_for_one_person_in_one_bulk_request_make_one_lead(app: Application, rounds: range) -> None:
    for number in rounds:
        rows = [
            {"firstName": "Ada", "lastName": "Lovelace", "email": f"ada{number}@example.com"},
            {"firstName": "Ada", "lastName": "Lovelace", "phone": f"+1202555{number:04d}"},
        ] * (WRITERS // 2)
        rows[0] = {**rows[0], "phone": f"+1202555{number:04d}"}

        results = app.intake.create_many(rows)

        assert [row.status for row in results].count("created") == 1
        assert len({row.id for row in results}) == 1
    assert count(app, Lead) == len(rounds)
    assert problems(app) == []


def test_one_of_a_hundred_configurations_of_a_provider_is_the_first(app: Application, rounds: range) -> None:
    config = {"accountSid": "AC_test", "authToken": "secret of the tests", "fromNumber": "+15559990000"}
    given = validation.parse(IntegrationInput, {"type": "SMS", "config": config})
    for _ in rounds:
        assert race(lambda _: app.integrations.put("twilio", given, if_match=None).created) == 1
        assert count(app, IntegrationConfig) == 1
        app.integrations.delete("twilio", if_match=None)
