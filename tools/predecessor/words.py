"""What the predecessor's words become here: statuses, channels, sources. The table stands in docs/predecessor.md, too.

Compared without case, blanks, hyphens and underscores: "No-Answer", "no_answer" and "NO ANSWER" are one word.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from retention.conversions import words as postback_words
from retention.conversions.model import ConversionStatus
from retention.conversions.unusable import UnusableError


class Words(NamedTuple):
    """The words of a column: what each becomes, and what an unknown one does."""

    #: By their own name: those of schema.md, which stay as they are.
    own: tuple[str, ...]
    #: Words beyond those, by what they become.
    others: Mapping[str, str]
    #: What a word becomes that is in neither; None: the row cannot be kept without it.
    unknown: str | None

    def meaning(self, word: str) -> str | None:
        """What a word becomes; None when nobody says."""
        if word in self.own:
            return word
        wanted = folded(word)
        named = {folded(one): one for one in self.own}
        return named.get(wanted) or {folded(one): self.others[one] for one in self.others}.get(wanted)


@lru_cache(10_000)
def folded(word: str) -> str:
    """A word without what people write differently."""
    return re.sub(r"[\s_\-]+", "", word).casefold()


def _to(**by_meaning: str) -> dict[str, str]:
    """Words by what they become, from a list of words for each meaning."""
    return {word: meaning for meaning, many in by_meaning.items() for word in many.split()}


LEAD_STATUS: Final = Words(
    ("NEW", "CONTACTED", "IN_PROGRESS", "CONVERTED", "LOST"),
    _to(
        LOST="DO_NOT_CONTACT DO_NOT_CALL DNC NO_CONTACT STOP STOPPED BLOCKED BLACKLISTED OPT_OUT OPTED_OUT "
        "UNSUBSCRIBED REJECTED DISQUALIFIED UNQUALIFIED INVALID DEAD "
        "ARCHIVED TRASH",
        IN_PROGRESS="QUALIFIED INTERESTED CALLBACK FOLLOW_UP WORKING NURTURING",
        CONTACTED="REACHED NO_ANSWER",
        CONVERTED="CUSTOMER WON SOLD CLOSED",
        NEW="PENDING OPEN",
    ),
    "NEW",
)
#: Statuses of a lead that forbid contact: it is stopped here.
STOPPING: Final = frozenset(
    "donotcontact donotcall dnc nocontact stop stopped blocked blacklisted optout optedout unsubscribed".split()  # noqa: SIM905
)

CAMPAIGN_STATUS: Final = Words(
    ("DRAFT", "ACTIVE", "PAUSED", "COMPLETED"),
    _to(
        ACTIVE="RUNNING STARTED", PAUSED="STOPPED", COMPLETED="FINISHED DONE ARCHIVED CANCELLED", DRAFT="NEW SCHEDULED"
    ),
    "DRAFT",
)
ASSIGNMENT_STATUS: Final = Words(
    ("PENDING", "IN_PROGRESS", "COMPLETED", "FAILED"),
    _to(
        PENDING="NEW ASSIGNED",
        IN_PROGRESS="ACTIVE CONTACTED",
        COMPLETED="DONE SUCCESS CONVERTED",
        FAILED="CANCELLED LOST REJECTED SKIPPED",
    ),
    "IN_PROGRESS",
)
CHANNEL: Final = Words(
    ("CALL", "SMS", "EMAIL"), _to(CALL="VOICE PHONE VAPI", SMS="TEXT TWILIO", EMAIL="MAIL E-MAIL SENDGRID"), None
)
ATTEMPT_STATUS: Final = Words(
    ("PENDING", "SUCCESS", "NO_ANSWER", "IN_PROGRESS", "FAILED"),
    _to(
        PENDING="SCHEDULED QUEUED",
        SUCCESS="COMPLETED SENT DELIVERED OPENED CLICKED ANSWERED REPLIED",
        NO_ANSWER="BUSY VOICEMAIL MISSED UNANSWERED",
        IN_PROGRESS="RINGING SENDING STARTED",
        FAILED="CANCELLED CANCELED ERROR BOUNCED UNDELIVERED REJECTED SKIPPED EXPIRED",
    ),
    "FAILED",
)
SEQUENCE_STATUS: Final = Words(
    ("DRAFT", "ACTIVE", "PAUSED", "ARCHIVED"),
    _to(ACTIVE="RUNNING", PAUSED="STOPPED INACTIVE", ARCHIVED="COMPLETED DELETED"),
    "DRAFT",
)
TRIGGER: Final = Words(
    ("manual", "new_lead", "no_conversion"),
    _to(new_lead="on_new_lead lead_created", no_conversion="inactivity"),
    "manual",
)
DELAY_UNIT: Final = Words(("HOURS", "DAYS", "WEEKS"), _to(HOURS="HOUR H", DAYS="DAY D", WEEKS="WEEK W"), None)
MINUTES: Final = frozenset(map(folded, ("MINUTES", "MINUTE", "MIN", "M")))
ENROLLMENT_STATUS: Final = Words(
    ("ACTIVE", "PAUSED", "COMPLETED", "CANCELLED", "CONVERTED"),
    _to(
        ACTIVE="IN_PROGRESS RUNNING PENDING",
        COMPLETED="FINISHED DONE",
        CANCELLED="CANCELED STOPPED FAILED UNSUBSCRIBED EXITED REMOVED",
    ),
    "PAUSED",
)
EXECUTION_STATUS: Final = Words(
    ("PENDING", "SCHEDULED", "SENT", "DELIVERED", "FAILED", "SKIPPED"),
    _to(
        SCHEDULED="QUEUED",
        SENT="COMPLETED SUCCESS EXECUTED IN_PROGRESS",
        DELIVERED="OPENED CLICKED REPLIED ANSWERED",
        FAILED="ERROR BOUNCED NO_ANSWER",
        SKIPPED="CANCELLED CANCELED",
    ),
    "SKIPPED",
)
TEST_STATUS: Final = Words(
    ("RUNNING", "PAUSED", "COMPLETED"),
    _to(RUNNING="ACTIVE STARTED", PAUSED="DRAFT STOPPED", COMPLETED="FINISHED ENDED DONE"),
    "PAUSED",
)
SOURCE: Final = Words(
    ("MANUAL", "META", "API"), _to(MANUAL="CSV IMPORT", META="FACEBOOK INSTAGRAM", API="WEBHOOK"), "API"
)
PROVIDER: Final = Words(("vapi", "twilio", "sendgrid", "keitaro", "meta"), _to(meta="facebook"), None)
CONVERSION_STATUS: Final[tuple[ConversionStatus, ...]] = ("lead", "qualified", "customer", "churn")

#: Every table of words by what it is about, as the documentation shows them.
ALL: Final[Mapping[str, Words]] = {
    "Lead.status": LEAD_STATUS,
    "Lead.source": SOURCE,
    "Campaign.status": CAMPAIGN_STATUS,
    "CampaignLead.status": ASSIGNMENT_STATUS,
    "channels and types": CHANNEL,
    "ContactAttempt.status": ATTEMPT_STATUS,
    "RetentionSequence.status": SEQUENCE_STATUS,
    "RetentionSequence.triggerType": TRIGGER,
    "SequenceStep.delayUnit": DELAY_UNIT,
    "SequenceEnrollment.status": ENROLLMENT_STATUS,
    "SequenceStepExecution.status": EXECUTION_STATUS,
    "ABTest.status": TEST_STATUS,
    "IntegrationConfig.provider": PROVIDER,
}


class Outcome(NamedTuple):
    """What the status of a conversion becomes."""

    status: ConversionStatus
    #: What a tracker calls it, as retention/conversions/words has it; None: no tracker's word.
    word: str | None
    #: Whether its amount is no revenue.
    is_rejected: bool
    is_known: bool = True


def conversion(said: str) -> Outcome:
    """What the status of a conversion becomes: a tracker's words mean what they mean in its postbacks."""
    named = {folded(one): one for one in CONVERSION_STATUS}.get(folded(said))
    if named is not None:
        word = {"lead": "lead", "qualified": "qualified", "customer": "sale", "churn": "rejected"}[named]
        return Outcome(named, word, False)
    try:
        meant = postback_words.meaning(said, {}, {})
    except UnusableError:
        return Outcome("lead", None, False, is_known=False)
    if meant == "ignore":
        return Outcome("lead", None, False, is_known=False)
    return Outcome(postback_words.STATUS[meant], meant, meant == "rejected")
