"""From the prices of an integration to the budget in the figures, over the API and the sandbox of the providers."""

from collections.abc import Iterator
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.integrations.model import IntegrationInput
from retention.integrations.service import IntegrationService
from retention.providers.directory import Directory
from retention.sequences.model import SequenceStepExecution
from tests.api_client import ApiClient
from tests.retention.budgets.purse import Purse
from tools.sandbox.running import Sandbox, running_sandbox

PRICES: dict[str, dict[str, Any]] = {
    "twilio": {"pricePerSegment": "0.0083", "pricePerSegmentByCountry": {"GB": "0.0524"}},
    "sendgrid": {"pricePerEmail": "0.0009"},
    "vapi": {"pricePerMinute": "0.12"},
}


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[Sandbox]:
    with running_sandbox(now=clock.now) as running:
        yield running


@pytest.fixture
def purse(app: Application, clock: ManualClock, sandbox: Sandbox) -> Purse:
    purse = Purse(app, clock, public_base_url="https://retention.example", allowed_provider_urls=sandbox.url)
    integrations = IntegrationService(purse.core, app.runner)
    for provider, given in sandbox.integrations().items():
        config = {**given["config"], **PRICES.get(provider, {})}
        integrations.put(provider, IntegrationInput.model_validate({**given, "config": config}), if_match=None)
    purse.providers = Directory(purse.core)
    return purse


def sequence_over(api: ApiClient, amount: Any, *phones: str) -> tuple[str, list[str]]:
    """A sequence with a budget for a day, and leads that are enrolled in it."""
    script = api.post("/v1/scripts", {"name": "Hello", "type": "SMS", "content": "Hi {{ firstName }}"}).json["id"]
    plan = {
        "name": "Win back",
        "steps": [{"channel": "SMS", "scriptId": script}],
        "settings": {"budget": {"amount": amount, "period": "day"}},
    }
    sequence = api.post("/v1/sequences", plan).json["id"]
    assert api.post(f"/v1/sequences/{sequence}/activate").status == 200
    leads = [
        api.post("/v1/leads", {"firstName": "Ada", "lastName": "L", "phone": phone}).json["id"] for phone in phones
    ]
    for lead in leads:
        api.post(f"/v1/sequences/{sequence}/enrollments", {"leadId": lead})
    return sequence, leads


def test_a_budget_is_spent_by_the_prices_of_the_integration(purse: Purse, api: ApiClient, sandbox: Sandbox) -> None:
    phones = ("+12025550101", "+442071838750", "+12025550102", "+12025550103")
    sequence, leads = sequence_over(api, 0.07, *phones)
    purse.sequences.append(sequence)
    for lead in leads:
        purse.work(lead)

    stats = api.get(f"/v1/sequences/{sequence}/stats").json
    attempts = [api.get(f"/v1/contact-attempts?leadId={lead}").json["data"] for lead in leads]

    assert len(sandbox.ledger()) == 3
    assert [[one["cost"] for one in some] for some in attempts] == [[0.0083], [0.0524], [0.0083], []]
    assert stats["budget"] == {
        "amount": 0.07,
        "period": "day",
        "until": "2026-02-19T00:00:00.000Z",
        "spent": 0.069,
        "reserved": 0,
        "left": 0.001,
    }
    assert stats["messages"]["cost"] == 0.069
    (waiting,) = purse.of(SequenceStepExecution, leads[3])
    assert waiting.history is not None
    assert waiting.history[-1]["code"] == "budget_spent"


@pytest.mark.parametrize(
    ("budget", "at"),
    [
        ({"amount": -1}, "/settings/budget/amount"),
        ({"amount": 0.00001}, "/settings/budget/amount"),
        ({"period": "day"}, "/settings/budget/amount"),
        ({"amount": 1, "period": "week"}, "/settings/budget/period"),
    ],
)
@pytest.mark.parametrize("kind", ["sequences", "campaigns"])
def test_a_budget_that_is_none_is_refused(api: ApiClient, kind: str, budget: dict[str, Any], at: str) -> None:
    answer = api.post(f"/v1/{kind}", {"name": "One", "settings": {"budget": budget}})

    assert (answer.status, [one["pointer"] for one in answer.json["errors"]]) == (422, [at])


@pytest.mark.parametrize("price", ["0.00015", "1,5", "-1", "", "NaN", 0.0083])
def test_a_price_is_an_exact_decimal_of_four_digits_as_text(api: ApiClient, price: Any) -> None:
    config = {"accountSid": "AC1", "authToken": "t", "fromNumber": "+15559990000", "pricePerSegment": price}

    answer = api.put("/v1/integrations/twilio", {"config": config})

    assert [one["pointer"] for one in answer.json["errors"]] == ["/config/pricePerSegment"]
