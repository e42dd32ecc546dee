"""What holds on one stack only is made anew on the other; what is owed is sent there once."""

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import CampaignCreate
from retention.clock import ManualClock
from retention.errors import InvalidInputError
from retention.imports.archive import secrets
from retention.integrations.model import IntegrationConfig
from retention.integrations.secrets import caller_documents, integration_secrets
from retention.jobs.model import Job
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.moving.former import FormerId, FormerIdOfLead
from retention.outbound.endpoint import WebhookEndpoint
from retention.outbound.secrets import EndpointSecrets
from retention.receiving.callers import form_caller
from retention.suppressions.adopting import SETTLING
from retention.suppressions.identity import suppression_id
from retention.table.keys import key
from tests.integrity import everything
from tests.retention.engine.world import World
from tests.retention.imports.archive.account import TakingIn, another_stack, archive_of, looked_through
from tests.retention.imports.archive.furnishing import FORMER_CALL, TWILIO, furnish
from tests.retention.sequences.test_evaluating import run_due


def test_what_is_owed_is_sent_there_once(app: Application, clock: ManualClock) -> None:
    here = World(app, clock)
    sequence = here.sequence(0, 2)
    leads = [here.lead() for _ in range(3)]
    for lead in leads:
        here.enroll(sequence, lead)
    here.process(here.worker(), here.due(*leads))
    assert len(here.ledger.entries) == 3
    archive = archive_of(app)
    other = another_stack(clock)
    TakingIn(other, archive).run()
    there = World(other, clock)
    there.sequences.append(sequence)

    for _ in range(3):
        clock.advance(3 * 3600)
        for _ in range(2):
            there.process(there.worker(), there.due(*leads))

    assert sorted(entry.work.split(".")[0] for entry in there.ledger.entries) == sorted(leads)
    assert not {entry.work for entry in there.ledger.entries} & {entry.work for entry in here.ledger.entries}


def test_a_lead_is_known_to_own_its_addresses_under_the_names_of_this_stack(
    app: Application, clock: ManualClock
) -> None:
    lead = World(app, clock).lead(email="ada@example.com")
    archive = archive_of(app)
    other = another_stack(clock)
    TakingIn(other, archive).run()

    contact = other.core.store.find(Contact, contact_key(lead))

    assert contact is not None
    assert contact.email_name == suppression_id(other.core.keyring, "ada@example.com")
    assert contact.email_name != suppression_id(app.core.keyring, "ada@example.com")
    assert contact.phone_name is not None


def test_secrets_come_with_the_start_and_are_kept_in_the_secret_store_alone(
    app: Application, clock: ManualClock
) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    taking = TakingIn(other, archive)
    with pytest.raises(InvalidInputError) as refused:
        secrets.keep(other.core, taking.id, {"twilio": {"accountSid": "x"}, "nobody": {}})
    assert [one.pointer for one in refused.value.errors] == ["/secrets/twilio/accountSid", "/secrets/nobody"]
    secrets.keep(other.core, taking.id, {"twilio": {"authToken": TWILIO["authToken"]}, "vapi": {"apiKey": "unused"}})

    taking.run(wait=lambda: clock.advance(SETTLING))
    secrets.forget(other.core, taking.id)

    shown = other.integrations.get("twilio")
    assert shown.config["authToken"]["set"]
    assert shown.config["authToken"]["last4"] == TWILIO["authToken"][-4:]
    stored = integration_secrets(other.core.settings)
    assert stored.read("twilio", version_of(other, "twilio")) == {"authToken": TWILIO["authToken"]}
    assert stored.read("vapi", secrets.version_of(taking.id, "vapi")) is None
    assert other.directory.provider_for("SMS") is not None
    assert TWILIO["authToken"] not in str(taking.result())


def version_of(app: Application, provider: str) -> str:
    """Which secrets an integration names."""
    found = app.core.store.find(IntegrationConfig, key("IntegrationConfig", provider=provider))
    assert found is not None
    return found.secret_version


def furnished(app: Application, clock: ManualClock) -> bytes:
    """The archive of an account with integrations, endpoints and forms."""
    world = World(app, clock)
    world.lead()
    furnish(app, app.campaigns.create(CampaignCreate(name="C", channels=["SMS"])).id)
    return archive_of(app)


def test_without_its_secrets_an_integration_waits_for_them(app: Application, clock: ManualClock) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    warnings = looked_through(other, archive)["warnings"]

    TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))

    assert other.directory.provider_for("SMS") is None
    assert any("twilio" in one and "authToken" in one for one in warnings)
    assert any("CRM" in one and "new secret" in one for one in warnings)
    assert any("form" in one and "new secret" in one for one in warnings)
    other.integrations.update("twilio", {"config": {"authToken": "n" * 32}}, if_match=None)
    clock.advance(60)
    assert other.directory.provider_for("SMS") is not None


def test_an_endpoint_signs_with_a_secret_of_its_own(app: Application, clock: ManualClock) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))

    (here,) = [item for item in everything(app) if isinstance(item, WebhookEndpoint)]
    (there,) = [item for item in everything(other) if isinstance(item, WebhookEndpoint)]

    assert here == there
    assert EndpointSecrets(app.core).live(here) != EndpointSecrets(other.core).live(there)


def test_a_former_id_is_noted_with_the_lead_that_it_goes_with(app: Application, clock: ManualClock) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))

    found = other.core.store.find(FormerId, key("FormerId", former=FORMER_CALL, of="ContactAttempt"))
    assert found is not None
    lead = found.now.split(".")[0]
    note = key("FormerIdOfLead", lead_id=lead, former=FORMER_CALL, of="ContactAttempt")
    assert other.core.store.find(FormerIdOfLead, note) is not None


def test_the_door_knows_what_came_in_at_once(app: Application, clock: ManualClock) -> None:
    """Not when a lease ends that nobody has."""
    archive = furnished(app, clock)
    other = another_stack(clock)
    taking = TakingIn(other, archive)
    secrets.keep(other.core, taking.id, {"twilio": {"authToken": TWILIO["authToken"]}})

    taking.run(wait=lambda: clock.advance(SETTLING))

    jobs = [item for item in everything(other) if isinstance(item, Job) and item.task == "publish"]
    assert [(job.status, job.due_at) for job in jobs] == [("queued", clock.now())] * 2
    run_due(other)
    documents = caller_documents(other.core.settings)
    assert documents.read("twilio") is not None
    assert documents.read(form_caller("form")) is not None


def test_of_an_integration_without_secrets_the_door_is_told_when_they_come(
    app: Application, clock: ManualClock
) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))

    run_due(other)

    assert [item.failures for item in everything(other) if isinstance(item, Job) and item.task == "publish"] == [0]
    documents = caller_documents(other.core.settings)
    assert documents.read("twilio") is None
    other.integrations.update("twilio", {"config": {"authToken": "n" * 32}}, if_match=None)
    assert documents.read("twilio") is not None


def test_nothing_is_to_be_done_about_what_is_here_with_its_secrets(app: Application, clock: ManualClock) -> None:
    archive = furnished(app, clock)
    other = another_stack(clock)
    TakingIn(other, archive).run(wait=lambda: clock.advance(SETTLING))

    (warning,) = [one for one in looked_through(other, archive)["warnings"] if "secret" in one]
    assert "twilio" in warning
    assert "PATCH" in warning
    assert "with the start" not in warning, "it is here already: the start changes nothing of it"
    other.integrations.update("twilio", {"config": {"authToken": "n" * 32}}, if_match=None)
    assert not [one for one in looked_through(other, archive)["warnings"] if "secret" in one]
