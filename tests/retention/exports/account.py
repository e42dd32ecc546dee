"""An account with some of everything, and the ways to export it."""

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal

import boto3

from retention.bootstrap import Application
from retention.campaigns.model import Campaign
from retention.entity import Entity
from retention.exports.files import file_key
from retention.exports.model import Export, ExportInput
from retention.leads.model import EmailClaim
from retention.moving.storage import Transfers
from retention.scripts.model import Script, ScriptBody
from retention.sequences.model import RetentionSequence, SequenceStep
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import Suppression
from retention.table.keys import key_of
from tests import factories
from tests.factories import load
from tests.start import START


def some_of_everything(app: Application, leads: int = 3) -> list[Entity]:
    """The items of an account whose leads have been through a campaign and a sequence."""
    campaign, sequence = factories.a_campaign(), factories.a_sequence()
    script = factories.a_script(campaign_id=campaign.id, content=None, body_bytes=4, body_revision="r")
    step = factories.a_step(sequence, script_id=script.id)
    made: list[Entity] = [campaign, sequence, script, step, factories.a_test(campaign)]
    made += [ScriptBody(script_id=script.id, content="Long", revision="r")]
    for n in range(leads):
        made += list(of_lead(app, n, campaign, sequence, step, script))
    return made


def of_lead(
    app: Application, n: int, campaign: Campaign, sequence: RetentionSequence, step: SequenceStep, script: Script
) -> Iterator[Entity]:
    """A lead with all that hangs on it."""
    lead = factories.a_lead(email=f"lead{n}@example.com", meta={"price": Decimal("1.10"), "n": n})
    name = suppression_id(app.core.keyring, f"lead{n}@example.com")
    enrollment = factories.an_enrollment(lead, sequence)
    attempt = factories.an_attempt(
        lead,
        campaign_id=campaign.id,
        script_id=script.id,
        cost=Decimal("0.0075"),
    )
    yield from (lead, factories.a_contact(lead, email_name=name), enrollment, attempt)
    yield EmailClaim(address=f"lead{n}@example.com", lead_id=lead.id, revision="r")
    yield factories.an_assignment(lead, campaign)
    yield factories.an_execution(enrollment, step, contact_attempt_id=attempt.id)
    yield from factories.a_conversion(lead_id=lead.id, campaign_id=campaign.id, contact_attempt_id=attempt.id)
    yield Suppression(
        id=suppression_id(app.core.keyring, f"gone{n}@example.com"),
        address_type="EMAIL",
        reason="ERASURE",
        created_at=START,
        revision="r",
    )


def put_in(app: Application, items: list[Entity], seed: int = 0) -> None:
    """Put items into the table in some order."""
    load(app, sorted(items, key=lambda item: hashlib.sha256(f"{seed} {key_of(item)}".encode()).digest()))


def export(app: Application, may_go_on: Callable[[], bool] = lambda: True, **given: object) -> tuple[Export, bytes]:
    """Export something, and the file."""
    made = app.exports.create(ExportInput.model_validate({"kind": "archive", **given}))
    return fetched(app, made, may_go_on)


def fetched(app: Application, made: Export, may_go_on: Callable[[], bool] = lambda: True) -> tuple[Export, bytes]:
    """Have an export made, and the file."""
    assert made.job_id is not None
    while (job := app.runner.run(made.job_id, may_go_on)) is not None and job.status != "succeeded":
        pass
    ended = app.exports.get(made.id)
    content = Transfers(app.core).get(file_key(made.id))
    assert content is not None
    assert (len(content), hashlib.sha256(content).hexdigest()) == (ended.size, ended.sha256)
    return ended, content


def objects(app: Application) -> list[str]:
    """The keys of all objects in the bucket."""
    found = boto3.client("s3").list_objects_v2(Bucket=app.core.settings.transfer_bucket)
    return [one["Key"] for one in found.get("Contents", ())]
