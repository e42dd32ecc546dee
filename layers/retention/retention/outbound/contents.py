"""What each event tells: the members of its `data`. A member without a value is left out."""

from collections.abc import Mapping
from typing import Final

from retention.outbound.model import EventType

_MESSAGE: Final[Mapping[str, str]] = {
    "leadId": "The lead",
    "contactAttemptId": "The contact attempt; of a step, the id of its execution too",
    "channel": "CALL, SMS or EMAIL",
    "provider": "Who carried it: twilio, sendgrid or vapi",
    "providerRef": "The provider's id of it",
    "at": "When it happened, by whoever tells",
    "campaignId": "The campaign whose script was sent",
    "sequenceId": "The sequence that it was a step of",
    "stepId": "The step",
}
_CONVERSION: Final[Mapping[str, str]] = {
    "conversionId": "The conversion",
    "leadId": "The lead, where it is known",
    "externalId": "The lead's id in another system",
    "campaignId": "The campaign that brought it",
    "contactAttemptId": "The contact that brought it",
    "channel": "The channel that brought it",
    "status": "lead, qualified, customer or churn",
    "originalStatus": "The word of whoever reported it",
    "revenue": "What it is worth, exact",
    "currency": "In which currency, where that was told",
    "subId": "Tracking sub id",
    "clickId": "Tracking click id",
    "tid": "Transaction id",
    "source": "Who reported it",
}

#: The members of `data` by type of event, with what they say.
DATA: Final[Mapping[EventType, Mapping[str, str]]] = {
    "lead.created": {
        "leadId": "The lead",
        "externalId": "Its id in another system",
        "source": "MANUAL, META or API",
        "sourceLabel": "The label of the form or webhook it came by",
    },
    "lead.stopped": {
        "leadId": "The lead",
        "reason": "OPT_OUT, COMPLAINT, HARD_BOUNCE, DO_NOT_CONTACT or CONVERTED",
        "at": "Since when nothing is sent to it",
    },
    "message.sent": _MESSAGE,
    "message.delivered": _MESSAGE,
    "message.failed": {**_MESSAGE, "reason": "Why, as the explanation of the step names it"},
    # By a person, for all that is known; what scanners and mail proxies do is told to nobody.
    "message.opened": _MESSAGE,
    "message.clicked": _MESSAGE,
    "message.replied": {
        "leadId": "The lead",
        "replyId": "The reply, as the lead's timeline shows it",
        "meaning": "What it was taken for: OPT_OUT, OPT_IN, HELP or OTHER",
        "channel": "SMS",
        "at": "When it came",
        "contactAttemptId": "The contact attempt that it answers",
        "campaignId": "The campaign whose script that was",
    },
    "call.ended": {
        **_MESSAGE,
        "status": "SUCCESS, NO_ANSWER or FAILED",
        "duration": "Seconds",
        "cost": "What it cost, exact",
        "endedReason": "The provider's word for how it ended",
    },
    "conversion.recorded": _CONVERSION,
    "conversion.changed": {**_CONVERSION, "previousStatus": "The status before"},
    # Once for each period and amount: when the first message could not be paid any more.
    "budget.spent": {
        "campaignId": "The campaign whose budget it is",
        "sequenceId": "The sequence whose budget it is",
        "period": "2026-11-22, 2026-11 or total",
        "amount": "The budget, exact",
        "used": "What is spent of it, or set aside for what is under way",
    },
}
