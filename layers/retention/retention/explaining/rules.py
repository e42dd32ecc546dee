"""Which rule is behind a reason: a guard, or what else decides about a message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from retention.engine import decide
from retention.engine.decide import Guard
from retention.engine.reasons import Reason
from retention.explaining.model import Decided, Rule

#: The reasons that each guard gives. A reason that two of them give stands with the first.
GUARDED: Final[Mapping[Guard, tuple[Reason, ...]]] = {
    decide.is_open: (Reason.NOT_DUE, Reason.ALREADY_DONE),
    decide.channel_is_free: (Reason.IN_FLIGHT,),
    decide.sending_is_on: (Reason.SENDING_HELD,),
    decide.parent_agrees: (
        Reason.ENROLLMENT_OVER,
        Reason.SEQUENCE_ARCHIVED,
        Reason.SEQUENCE_PAUSED,
        Reason.ENROLLMENT_PAUSED,
        Reason.CAMPAIGN_OVER,
        Reason.NOT_ASSIGNED,
        Reason.CAMPAIGN_PAUSED,
    ),
    decide.lead_is_there: (Reason.LEAD_GONE,),
    decide.lead_may_be_contacted: (Reason.LEAD_STOPPED, Reason.ADDRESS_SUPPRESSED),
    decide.lead_has_not_converted: (Reason.CONVERTED,),
    decide.not_given_up: (Reason.GIVEN_UP,),
    decide.step_is_taken: (Reason.STEP_INACTIVE, Reason.STEP_GONE, Reason.CHANNEL_OFF),
    decide.conditions_hold: (Reason.CONDITIONS_FALSE,),
    decide.is_still_needed: (
        Reason.CAMPAIGN_NOT_BEGUN,
        Reason.NOT_NEEDED,
        Reason.CAMPAIGN_LIMIT,
        Reason.LIMIT_IN_DOUBT,
    ),
    decide.address_is_usable: (Reason.NO_ADDRESS, Reason.ADDRESS_NOT_OWNED),
    decide.script_is_usable: (Reason.NO_SCRIPT, Reason.WRONG_SCRIPT),
    decide.provider_is_ready: (Reason.INTEGRATION_MISSING,),
    decide.in_time: (Reason.TOO_LATE, Reason.LATE_FOR_WINDOW),
    decide.within_hours: (Reason.OUTSIDE_WINDOW, Reason.NEVER_OPEN),
    decide.below_caps: (Reason.FREQUENCY_CAP,),
}
#: What else decides, behind the guards and beside them: a name, what it asks for, and the reasons that it gives.
OTHERS: Final[tuple[tuple[str, str, tuple[Reason, ...]], ...]] = (
    ("script_fits", "The script can be filled in for the lead.", (Reason.NOT_RENDERED,)),
    (
        "within_budget",
        "What it may cost fits in the budgets of its campaign and its sequence.",
        (Reason.PRICE_MISSING, Reason.BUDGET_SPENT),
    ),
    ("provider_has_room", "The provider has a place free.", (Reason.NO_SLOT,)),
    ("provider_takes_it", "The provider takes the message.", (Reason.SENT, Reason.REJECTED, Reason.PROVIDER_BUSY)),
    (
        "outcome_is_known",
        "Nothing is sent again before it is known what became of it.",
        (Reason.OUTCOME_AWAITED, Reason.OUTCOME_UNKNOWN),
    ),
    (
        "provider_reports",
        "What the provider reports later counts.",
        (Reason.DELIVERED, Reason.UNDELIVERED, Reason.REPORT_AWAITED),
    ),
    (
        "by_hand",
        "Somebody has the last word.",
        (Reason.CANCELLED, Reason.RESUMED, Reason.ENTERED_AGAIN, Reason.RESOLVED),
    ),
    (
        "in_turn",
        "Steps are taken in their order, each at its time and once.",
        (Reason.DUE, Reason.NOT_REACHED, Reason.ALREADY_PAST, Reason.NO_STEP_LEFT),
    ),
)

#: Name and words of the rule behind each reason; a guard's words are its docstring.
RULES: Final[Mapping[Reason, tuple[str, str]]] = {
    **{
        reason: (guard.__name__, (guard.__doc__ or "").split("\n", 1)[0])
        for guard, reasons in GUARDED.items()
        for reason in reasons
    },
    **{reason: (name, words) for name, words, reasons in OTHERS for reason in reasons},
}
_CODES: Final = frozenset(reason.value for reason in Reason)


def reason_of(code: str) -> Reason | None:
    """The reason with a code; None for one that this version does not know."""
    return Reason(code) if code in _CODES else None


def sentence_of(code: str | None) -> str:
    """A code in words."""
    reason = None if code is None else reason_of(code)
    return "No reason was recorded." if reason is None else reason.sentence


def rule_of(code: str | None) -> Rule | None:
    """The rule behind a code."""
    reason = None if code is None else reason_of(code)
    if reason is None:
        return None
    name, words = RULES[reason]
    return Rule(name=name, words=words)


def decisions(history: list[dict[str, Any]] | None) -> list[Decided]:
    """What an obligation or an enrollment remembers of decisions, in words."""
    return [_decided(entry) for entry in history or []]


def _decided(entry: Mapping[str, Any]) -> Decided:
    code = str(entry["code"])
    return Decided(
        at=datetime.fromisoformat(entry["at"]),
        reason=code,
        sentence=sentence_of(code),
        rule=rule_of(code),
        inputs={name: value for name, value in entry.items() if name not in ("at", "code", "times")},
        times=int(entry.get("times", 1)),
    )
