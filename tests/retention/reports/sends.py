"""Messages that were sent, and what is told of them afterwards, in the words of those who tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.engine.queue import Work
from retention.fields import Channel
from retention.integrations.providers import provider_of
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead, LeadInput
from retention.receiving.event import Event
from retention.sequences.model import SequenceStepExecution
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import Suppression
from retention.table.keys import fingerprint, key
from retention.templates import links
from tests import factories
from tests.start import START

_numbers = count(1)


@dataclass(frozen=True)
class Sent:
    """A step of a sequence that was sent to a lead, as the engine leaves it behind."""

    app: Application
    lead_id: str
    id: str
    channel: Channel
    ref: str
    to: str

    @property
    def callback(self) -> str:
        """The key that comes back with every report."""
        return links.callback(self.app.core, Work(SequenceStepExecution.__name__, self.id))

    @property
    def execution(self) -> SequenceStepExecution:
        """The execution as it is now."""
        found = self.app.core.store.query_entities(SequenceStepExecution, lead_key(self.lead_id).pk)
        return next(one for one in found if one.id == self.id)

    @property
    def attempt(self) -> ContactAttempt:
        """The attempt as it is now."""
        return self.app.attempts.get(self.id)

    @property
    def contact(self) -> Contact:
        """The contact item of the lead as it is now."""
        found = self.app.core.store.find(Contact, contact_key(self.lead_id))
        assert found is not None
        return found

    @property
    def lead(self) -> Lead:
        """The lead as it is now."""
        found = self.app.core.store.find(Lead, lead_key(self.lead_id))
        assert found is not None
        return found

    def suppression(self, address: str | None = None) -> Suppression | None:
        """The suppression of its address, or of another."""
        name = suppression_id(self.app.core.keyring, address or self.to)
        return self.app.core.store.find(Suppression, key("Suppression", id=name))

    def seen(self) -> dict[str, Any]:
        """All that can be seen of it, but for the names of states."""
        attempt, execution = self.attempt, self.execution
        return {
            "attempt": attempt.model_dump(exclude={"revision", "id", "lead_id", "campaign_id"}),
            "execution": (execution.status, execution.result, execution.executed_at, execution.due_at),
            "lead": self.lead.status,
            "stop": self.contact.stop_reason,
            "suppressed": (known := self.suppression()) and known.reason,
        }

    # --- what is told of it ------------------------------------------------------------------------------------

    def status(self, status: str, *, code: str | None = None, after: float = 30, **params: str) -> Event:
        """A status callback of Twilio's, so many seconds after the send."""
        given = {"MessageSid": self.ref, "MessageStatus": status, "To": self.to, "AccountSid": "AC" + "0" * 32}
        if code is not None:
            given["ErrorCode"] = code
        given |= params
        content = {"callback": self.callback, "params": given}
        return Event("twilio-status", f"{given['MessageSid']}:{status}", content, self._at(after))

    def mail(self, name: str, *, after: float = 30, **more: Any) -> Event:
        """An event of SendGrid's, so many seconds after the send. A member that is None is left out."""
        given = {
            "event": name,
            "email": self.to,
            "timestamp": int(self._at(after).timestamp()),
            "sg_message_id": f"{self.ref}.filter0001.1234.5678-0",
            "x": self.callback,
            **more,
        }
        content = {member: value for member, value in given.items() if value is not None}
        return Event(
            "sendgrid", fingerprint(name, str(sorted(map(str, content.items())))), content, self._at(after + 60)
        )

    @staticmethod
    def _at(after: float) -> datetime:
        return START + timedelta(seconds=after)


def a_person(app: Application, **given: Any) -> str:
    """A lead that owns a phone number and an e-mail address."""
    number = next(_numbers)
    known = {"phone": f"+1202556{number:04d}", "email": f"ada{number}@example.com", **given}
    return app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", **known)).lead.id


def sent(app: Application, channel: Channel, **given: Any) -> Sent:
    """A step that was sent to a new lead at START."""
    lead_id = a_person(app, **given)
    lead = app.leads.get(lead_id)
    sequence = factories.a_sequence()
    step = factories.a_step(sequence, channel=channel)
    enrollment = factories.an_enrollment(lead, sequence)
    ref = f"{fingerprint(lead_id)[:20]}"
    execution = factories.an_execution(
        enrollment,
        step,
        channel=channel,
        status="SENT",
        executed_at=START,
        result={"provider": provider_of(channel), "providerRef": ref},
    )
    execution = execution.model_copy(update={"contact_attempt_id": execution.id})
    attempt = factories.an_attempt(
        lead, id=execution.id, channel=channel, provider=provider_of(channel), provider_ref=ref, status="IN_PROGRESS"
    )
    factories.load(app, [sequence, step, enrollment, execution, attempt])
    to = lead.email if channel == "EMAIL" else lead.phone
    assert to is not None
    return Sent(app, lead_id, execution.id, channel, ref, to)


def shuffled(events: Sequence[Event], salt: object) -> list[Event]:
    """Events in an order that has nothing to do with their own, the same each time."""
    numbered = list(enumerate(events))
    return [event for _, event in sorted(numbered, key=lambda one: fingerprint(str(salt), str(one[0])))]
