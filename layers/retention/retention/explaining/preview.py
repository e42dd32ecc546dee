"""What the guards would decide about something scheduled, at its time, by what is known now. Nothing is written."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from retention.budgets.closing import Closer
from retention.budgets.quoting import quote
from retention.budgets.reserving import Asked, Reserver
from retention.contactrules.account import AccountRules
from retention.core import Core
from retention.engine.decide import Scene, decide
from retention.engine.decision import Decision, Defer, Drop, Park, Send, Skip
from retention.engine.errand import Errand
from retention.engine.obligation import FLIGHT_FIELD
from retention.engine.order import order_for
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.explaining.model import Outlook, Preview
from retention.explaining.rules import rule_of
from retention.fields import Channel
from retention.holding.hold import Hold
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import PROVIDERS, provider_of
from retention.table.keys import key
from retention.templates.filling import NotFilledInError

#: What is said of what nothing stands against.
CLEAR: Final = "Nothing stands against it."


@dataclass(frozen=True)
class Previewer:
    """Looks ahead."""

    core: Core
    account: AccountRules
    hold: Hold

    def preview(self, errand: Errand, now: datetime) -> Preview:
        """What would be decided about an errand at its due time, or now if that has passed."""
        due = errand.work.due_at
        at = now if due is None else max(now, due)
        # By then, what is under way now will have come to an end.
        seen = errand if at == now else _landed(errand)
        integration = self._integration(errand.channel)
        is_ready = integration is not None and integration.is_active
        decision = decide(Scene(seen, at, self.account, is_ready, hold=self.hold))
        if isinstance(decision, Send) and integration is not None:
            decision = self._before_the_gate(errand, decision, integration, at)
        return _told(decision, at)

    def _integration(self, channel: Channel) -> IntegrationConfig | None:
        return self.core.store.find(IntegrationConfig, key("IntegrationConfig", provider=provider_of(channel)))

    def _before_the_gate(self, errand: Errand, send: Send, integration: IntegrationConfig, at: datetime) -> Decision:
        """What the worker finds out last: whether there is something to say, and the money for it."""
        try:
            order = order_for(self.core, errand, send.to)
        except NotFilledInError as error:
            return Skip(Reason.NOT_RENDERED, {"detail": str(error)}, status="FAILED")
        prices = PROVIDERS[integration.provider].prices(integration.config)
        work = Work(type(errand.work).__name__, errand.work.id)
        asked = Asked(work, errand, quote(prices, order))
        return Reserver(self.core, Closer(self.core)).outlook(asked, at) or send


def _landed(errand: Errand) -> Errand:
    contact = errand.contact.model_copy(update=dict.fromkeys(FLIGHT_FIELD.values()))
    return replace(errand, contact=contact)


def _told(decision: Decision, at: datetime) -> Preview:
    if isinstance(decision, Send):
        return Preview(outcome="send", at=at, sentence=CLEAR, inputs=dict(decision.inputs))
    reason = decision.reason
    more: dict[str, Any] = {"reason": reason, "sentence": reason.sentence, "rule": rule_of(reason)}
    if isinstance(decision, Skip):
        outcome: Outlook = "fail" if decision.status == "FAILED" else "skip"
        return Preview(outcome=outcome, inputs=dict(decision.inputs), enrollment=decision.enrollment, **more)
    if isinstance(decision, Defer):
        return Preview(outcome="defer", at=decision.until, inputs=dict(decision.inputs), **more)
    if isinstance(decision, Park):
        return Preview(outcome="hold", **more)
    assert isinstance(decision, Drop)
    return Preview(outcome="hold" if reason == Reason.SENDING_HELD else "wait", **more)
