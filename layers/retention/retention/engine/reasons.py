"""The closed list of what can be decided about an obligation, in words that clients see and docs/explain.md lists."""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why a decision is what it is: a code for programs, and a sentence for people."""

    #: The code in words.
    sentence: str

    def __new__(cls, code: str, sentence: str = "") -> Self:
        """A code with its sentence. One without is found by a test, not by whoever imports this."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member

    # --- dropped: somebody else has it, or it is over ------------------------------------------------------------
    NOT_DUE = "not_due", "It is not due yet, or held."
    ALREADY_DONE = "already_done", "It has reached a final state."
    IN_FLIGHT = "in_flight", "A send of it, or of another message on this channel, is under way."
    LEAD_GONE = "lead_gone", "The lead was deleted."
    SENDING_HELD = "sending_held", "All sending is held. It stays due, and goes on when that is released."
    # --- finished without a send ----------------------------------------------------------------------------------
    ENROLLMENT_OVER = "enrollment_over", "The enrollment ended, or the lead was enrolled anew."
    SEQUENCE_ARCHIVED = "sequence_archived", "The sequence is archived: its enrollments are cancelled."
    CAMPAIGN_OVER = "campaign_over", "The campaign is completed, deleted, or past its end date."
    NOT_ASSIGNED = "not_assigned", "The lead is not assigned to the campaign any more."
    CHANNEL_OFF = "channel_off", "The campaign does not use this channel any more."
    NOT_NEEDED = "not_needed", "The campaign has reached the lead before, so this contact is not needed."
    CAMPAIGN_LIMIT = "campaign_limit", "The campaign has contacted the lead as often as it may."
    LEAD_STOPPED = "lead_stopped", "The lead is not to be contacted; the enrollment is cancelled."
    ADDRESS_SUPPRESSED = "address_suppressed", "The address is suppressed; the enrollment is cancelled."
    CONVERTED = "converted", "The lead has converted, which ends the enrollment."
    STEP_INACTIVE = "step_inactive", "The step is switched off."
    STEP_GONE = "step_gone", "The step was deleted."
    CONDITIONS_FALSE = "conditions_false", "The step's conditions do not hold."
    NO_ADDRESS = "no_address", "The lead has no address on this channel."
    ADDRESS_NOT_OWNED = "address_not_owned", "The address belongs to another lead."
    NO_SCRIPT = "no_script", "There is no script, or it was deleted."
    WRONG_SCRIPT = "wrong_script", "The script is for another channel."
    NOT_RENDERED = "not_rendered", "The script cannot be filled in for this lead."
    TOO_LATE = "too_late", "It is later than the step's lateness policy allows."
    NEVER_OPEN = "never_open", "The contact windows have no opening in common."
    CANCELLED = "cancelled", "Somebody cancelled the enrollment."
    # --- deferred: due again later --------------------------------------------------------------------------------
    INTEGRATION_MISSING = "integration_missing", "The provider is not set up, or switched off."
    OUTSIDE_WINDOW = "outside_window", "It is outside the contact hours where the lead lives."
    LATE_FOR_WINDOW = "late_for_window", "It is late, and waits for the next contact window."
    CAMPAIGN_NOT_BEGUN = "campaign_not_begun", "The start date of the campaign is still to come."
    LIMIT_IN_DOUBT = "limit_in_doubt", "Whether the campaign may contact the lead again depends on what is under way."
    FREQUENCY_CAP = "frequency_cap", "The lead was contacted often enough lately."
    PRICE_MISSING = "price_missing", "A budget is set, and the integration does not say what such a message costs."
    BUDGET_SPENT = "budget_spent", "The budget of the campaign or sequence does not suffice for it."
    NO_SLOT = "no_slot", "As many calls are under way as the provider allows."
    PROVIDER_BUSY = "provider_busy", "The provider refused passingly; it is tried again."
    # --- parked: held in place until it is resumed ----------------------------------------------------------------
    SEQUENCE_PAUSED = "sequence_paused", "The sequence is paused, or not active yet."
    CAMPAIGN_PAUSED = "campaign_paused", "The campaign is paused, or not started yet."
    ENROLLMENT_PAUSED = "enrollment_paused", "The enrollment is paused."
    RESUMED = "resumed", "It is held no longer, and due again."
    ENTERED_AGAIN = "entered_again", "The lead came into the sequence once more."
    # --- sent, or tried -------------------------------------------------------------------------------------------
    SENT = "sent", "The provider accepted it."
    DELIVERED = "delivered", "It was delivered, or the call was answered."
    UNDELIVERED = "undelivered", "The provider took it, and reported that it did not arrive, or could not be placed."
    REJECTED = "rejected", "The provider refused it for good."
    GIVEN_UP = "given_up", "The provider kept refusing it passingly."
    REPORT_AWAITED = "report_awaited", "The report of the call has not come; the provider is asked how it ended."
    OUTCOME_AWAITED = "outcome_awaited", "The provider did not answer clearly; its records are asked."
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "Nobody could say for a day whether it was sent. It is not sent again by itself.",
    )
    RESOLVED = "resolved", "Somebody said what became of it."
    # --- said of steps and enrollments about which nothing had to be decided --------------------------------------
    DUE = "due", "It is due, and looked at in a moment."
    NOT_REACHED = "not_reached", "Steps before it are still to come."
    ALREADY_PAST = "already_past", "The lead was past this place when the step was added, moved or switched on."
    NO_STEP_LEFT = "no_step_left", "No step is left to be taken."
