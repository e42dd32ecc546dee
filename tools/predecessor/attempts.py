"""Contact attempts: what was sent to whom, and what came of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.entity import Entity
from retention.ids import join
from tools.predecessor import cells, words
from tools.predecessor.desk import Desk
from tools.predecessor.enrollments import Courses
from tools.predecessor.people import People
from tools.predecessor.row import Row

#: Statuses of a contact that a provider has taken.
_TAKEN: Final = frozenset({"SUCCESS", "NO_ANSWER", "IN_PROGRESS"})


class Brought(NamedTuple):
    """What a conversion has to know of the contact that brought it."""

    script: str | None
    sent_at: datetime | None


def attempts(desk: Desk, people: People, courses: Courses) -> dict[str, Brought]:
    """Every attempt; enrollments are known. Gives what conversions have to know of those that they name, by their ids
    here."""
    named = {
        cells.text(held.get("contactAttemptId")).value for held in desk.source.rows("Conversion", ["contactAttemptId"])
    }
    brought: dict[str, Brought] = {}

    def one(row: Row) -> Iterator[Entity]:
        local = desk.identities.claim(row)
        lead = desk.identities.parent(row, "leadId", "Lead")
        campaign = desk.identities.optional(row, "campaignId", "Campaign")
        script = desk.identities.optional(row, "scriptId", "Script")
        channel, status = row.word("channel", words.CHANNEL), row.word("status", words.ATTEMPT_STATUS)
        started = row.dated("startedAt", "completedAt")
        sent_at = started if status in _TAKEN else None
        attempt = ContactAttempt.model_construct(
            id=courses.execution_with(row.id, lead) or join(lead, local),
            lead_id=lead,
            campaign_id=campaign,
            channel=channel,
            status=status,
            script_id=script,
            provider=row.foreign("provider", 100),
            provider_ref=row.foreign("providerRef", 2000),
            started_at=started,
            completed_at=row.instant("completedAt"),
            duration=row.whole("duration"),
            cost=row.money("cost"),
            result=row.text("result", 2000, blank=True),
            notes=_notes(row),
            sent_at=sent_at,
        )
        yield attempt
        if sent_at is not None:
            people.touched(lead, campaign, channel, sent_at)
        if row.id in named:
            brought[attempt.id] = Brought(script, sent_at)

    desk.each("ContactAttempt", one)
    return brought


def _notes(row: Row) -> str | None:
    """Notes, with the word for its status where that was another: attempts have no free data."""
    notes = row.text("notes", 9_900, blank=True)
    said = row.kept.get("status")
    if not isinstance(said, str):
        return notes
    row.normalised("notes", "status_kept", "The notes keep the word that its status had.")
    return "\n".join(filter(None, (notes, f"Status in the predecessor: {said[:60]}")))
