"""What was sent is removed where it was sent from; what a provider refuses is asked for again, and then listed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.obligation import Flight
from retention.engine.order import correlation_of
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.jobs.model import Job
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.providers.port import Accepted, CallRecords
from retention.table.writes import Change
from tests import factories as make
from tests.api_client import ApiClient
from tests.integrity import problems
from tests.retention.deletion.test_rules import work_off
from tests.retention.providers.double import TO, an_order
from tests.retention.providers.listener import eventually
from tools.sandbox.running import Sandbox

ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": TO["EMAIL"], "phone": TO["SMS"]}


def a_lead(app: Application) -> str:
    return str(ApiClient(app).post("/v1/leads", ADA).json["id"])


def sent(app: Application, lead: str, channel: Channel, **changed: Any) -> str:
    """A message that its provider took; the provider's id of it. A call is over: until then none can be removed."""
    provider = app.directory.provider_for(channel)
    assert provider is not None
    outcome = provider.send(an_order(channel, **changed))
    assert isinstance(outcome, Accepted)
    ref = str(outcome.ref)
    if channel == "CALL":
        assert isinstance(provider, CallRecords)
        eventually(lambda: _is_over(provider, ref))
    return ref


def _is_over(records: CallRecords, ref: str) -> bool:
    call = records.report(ref)
    return isinstance(call, Mapping) and call.get("status") == "ended"


def noted(app: Application, lead: str, channel: Channel, ref: str, **more: Any) -> ContactAttempt:
    """The attempt that such a message leaves."""
    whose = make.a_lead(id=lead)
    told = {"channel": channel, "provider": provider_of(channel), "provider_ref": ref, "sent_at": app.core.now()}
    attempt = make.an_attempt(whose, **{**told, **more})
    make.load(app, [attempt])
    return attempt


def erased(app: Application, clock: ManualClock, lead: str, *, hours: int = 0) -> Job:
    """The job of an erasure, when it is done. For so many hours it is only looked at once in each."""
    answer = ApiClient(app).post(f"/v1/leads/{lead}/erase", {})
    assert answer.status == 202
    for _ in range(hours):
        app.runner.run(answer.json["id"], lambda: True)
        clock.advance(3600)
    work_off(app, clock)
    job = app.jobs.get(answer.json["id"])
    assert job.status == "succeeded"
    return job


def test_texts_calls_and_addresses_are_removed_and_nobody_elses(
    desk: Application, clock: ManualClock, sandbox: Sandbox
) -> None:
    lead = a_lead(desk)
    for channel in ("SMS", "EMAIL", "CALL"):
        noted(desk, lead, channel, sent(desk, lead, channel))
    sent(desk, lead, "SMS", to="+15557654321")
    sent(desk, lead, "EMAIL", to="bob@example.com")

    job = erased(desk, clock, lead)

    assert [entry.to for entry in sandbox.kept()] == ["+15557654321", "bob@example.com"]
    assert job.result is not None
    assert job.result["messages"] == {"left": 0}
    assert job.result["mail"] == {"sendgrid": "asked to erase the address", "left": 0}
    assert job.changed >= 2
    assert problems(desk) == []


def test_mail_to_an_address_that_was_replaced_is_removed_too(
    desk: Application, clock: ManualClock, sandbox: Sandbox
) -> None:
    lead = a_lead(desk)
    noted(desk, lead, "EMAIL", sent(desk, lead, "EMAIL"))
    assert ApiClient(desk).patch(f"/v1/leads/{lead}", {"email": "new@example.com"}).status == 200
    noted(desk, lead, "EMAIL", sent(desk, lead, "EMAIL", to="new@example.com"))

    erased(desk, clock, lead)

    assert sandbox.kept() == []


def test_a_provider_that_fails_is_asked_again_until_it_does_not(
    desk: Application, clock: ManualClock, sandbox: Sandbox
) -> None:
    lead = a_lead(desk)
    for channel in ("SMS", "CALL"):
        noted(desk, lead, channel, sent(desk, lead, channel))
    faults = [
        {"kind": "refuse", "operation": "forget", "status": 503, "times": 3},
        {"kind": "drop", "operation": "forget", "provider": "twilio", "times": 2},
    ]
    sandbox.faults(*faults)

    job = erased(desk, clock, lead)

    assert sandbox.kept() == []
    assert job.result is not None
    assert job.result["messages"] == {"left": 0}


def test_what_a_provider_never_removes_is_listed_and_holds_nothing_else_up(
    desk: Application, clock: ManualClock, sandbox: Sandbox
) -> None:
    lead = a_lead(desk)
    text = sent(desk, lead, "SMS")
    noted(desk, lead, "SMS", text)
    noted(desk, lead, "CALL", sent(desk, lead, "CALL"))
    sandbox.faults(
        *({"kind": "refuse", "operation": "forget", "provider": one, "status": 503} for one in ("twilio", "sendgrid"))
    )
    began = clock.now()

    job = erased(desk, clock, lead, hours=25)

    assert clock.now() - began > timedelta(days=1)
    assert [entry.provider for entry in sandbox.kept()] == ["twilio"]
    assert job.result is not None
    assert job.result["messages"] == {
        "left": 1,
        "which": [{"provider": "twilio", "ref": text, "why": "Twilio answered 503."}],
    }
    assert job.result["mail"] == {"left": 1, "which": [{"provider": "sendgrid", "why": "SendGrid answered 503."}]}
    assert job.result["search"]["hits"] == 0
    assert problems(desk) == []


def test_a_provider_that_is_not_set_up_or_names_another_account_is_listed_at_once(
    desk: Application, clock: ManualClock, sandbox: Sandbox
) -> None:
    lead = a_lead(desk)
    noted(desk, lead, "CALL", "call-of-old", sent_at=clock.now() - timedelta(days=9))
    noted(desk, lead, "SMS", f"SM{'1' * 32}")
    assert ApiClient(desk).delete("/v1/integrations/twilio").status in (202, 204)
    began = clock.now()

    job = erased(desk, clock, lead)

    assert clock.now() - began < timedelta(hours=1)
    assert job.result is not None
    assert sorted((one["provider"], one["why"]) for one in job.result["messages"]["which"]) == [
        ("twilio", "twilio is not set up: remove it there by hand."),
        ("vapi", "The integration with vapi names another account since."),
    ]


@pytest.mark.parametrize("channel", ["SMS", "CALL"])
def test_a_send_under_way_whose_worker_died_is_found_and_removed(
    desk: Application, clock: ManualClock, sandbox: Sandbox, channel: Channel
) -> None:
    lead = a_lead(desk)
    work = f"{lead}.direct"
    order = an_order(channel, work=work, correlation=correlation_of(work))
    sent(desk, lead, channel, work=work, correlation=order.correlation)
    flight = Flight(work, channel, "n", clock.now(), order.to, order.digest)
    field = {"SMS": "sms_flight", "CALL": "call_flight"}[channel]
    desk.core.store.write(Change(Contact, contact_key(lead), set={field: flight.as_json()}))

    job = erased(desk, clock, lead)

    assert sandbox.kept() == []
    assert job.result is not None
    assert job.result["underWay"] == {"left": 0}
    assert job.result["search"]["hits"] == 0
