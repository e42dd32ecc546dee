"""What a random day does not bring: with it, an account has items of every kind that an archive carries."""

from decimal import Decimal
from typing import Any

from retention.attempts.model import ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.budgets.model import Charge, Spending
from retention.campaigns.model import AutoAssigned, FormerAssignment
from retention.conversions.model import ConversionInput, RuleInput
from retention.intake.model import InboundWebhookInput
from retention.integrations.model import IntegrationInput
from retention.leads.model import LeadInput
from retention.moving.former import FormerId
from retention.outbound.endpoint import EndpointInput
from retention.replies.model import Reply
from retention.reports.transcripts import transcript_of
from retention.scripts.model import ScriptInput
from retention.sequences.model import Generation
from retention.suppressions.model import SuppressionInput
from retention.table.keys import scope
from retention.table.writes import Create
from tests.start import START

TWILIO = {"accountSid": "AC" + "0" * 32, "authToken": "t" * 32, "fromNumber": "+15559990000"}
ERASED = "erased@example.com"
ALLOWED = "allowed@example.com"
#: The id that a call had in the system before, and what it has here.
FORMER_CALL = "clx0000000000000000000042"


def furnish(app: Application, campaign: str) -> str:
    """Add an item of every kind; the id of the lead who has most of them."""
    core = app.core
    lead = app.intake.create(
        LeadInput(
            first_name="Ada", last_name="Lovelace", email="Ada@example.com", phone="+12025550199", external_id="7"
        )
    ).lead.id
    app.integrations.put("twilio", IntegrationInput.model_validate({"config": TWILIO}), if_match=None)
    app.endpoints.create(EndpointInput(name="CRM", url="https://hooks.example.com/", events=["conversion.recorded"]))
    app.inbound_webhooks.create(InboundWebhookInput(name="Form", slug="form"))
    app.conversion_rules.create(RuleInput(channel="SMS", metric="booked", value="yes"))
    app.scripts.create(ScriptInput(name="Long", type="SMS", content="Hi {{ firstName }} " + "x" * 5000))
    app.suppressions.add(SuppressionInput(address=ERASED, reason="ERASURE"))
    app.suppressions.add(SuppressionInput(address="+12025550198"))
    lifted = app.suppressions.add(SuppressionInput(address=ALLOWED))
    app.suppressions.lift(lifted.id, because="asked for it", by="a key", if_match=None)
    app.conversions.create(ConversionInput(sub_id="s", click_id="c", source="shop", revenue=Decimal("1.5")))
    call = f"{lead}.{core.ids.new()}"
    later = f"{lead}.{core.ids.new()}"
    lost = f"{lead}.{core.ids.new()}"
    budget = scope("SEQUENCE", "gone")
    common: dict[str, Any] = {"started_at": START, "revision": core.ids.revision()}
    core.store.write(
        Create(ContactAttempt(id=call, lead_id=lead, channel="CALL", cost=Decimal("0.25"), sent_at=START, **common)),
        transcript_of(core, call, "AI: Hello\nUser: \u201cHi\u201d \U0001f600"),
        Create(
            DirectContact(id=later, lead_id=lead, status="SCHEDULED", scheduled_at=START, due_at=START, content="Hi")
        ),
        Create(ContactAttempt(id=later, lead_id=lead, channel="SMS", **common)),
        Create(ContactAttempt(id=lost, lead_id=lead, channel="SMS", status="FAILED", unknown_since=START, **common)),
        Create(Reply(id=f"{lead}.r", lead_id=lead, received_at=START, text="OK\x07", meaning="OTHER", revision="r")),
        Create(Charge(id=call, lead_id=lead, scope=budget, period="total", counted=5, state="open", since=START)),
        Create(Spending(scope=budget, used=5, reserved=5)),
        Create(Generation(lead_id=lead, sequence_id="gone", last=2)),
        Create(FormerAssignment(lead_id=lead, campaign_id="gone", last=3)),
        Create(AutoAssigned(campaign_id=campaign, taken=4)),
        Create(FormerId(former=FORMER_CALL, of="ContactAttempt", now=call)),
    )
    return lead
