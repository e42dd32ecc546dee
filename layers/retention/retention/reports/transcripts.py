"""What was said in a call: an item of its own beside the attempt, which stays small.

It comes with the report of the call, in the transaction of its effect, and goes with the attempt or the lead.
"""

from typing import Final

from pydantic import Field

from retention.attempts.service import attempt_key
from retention.core import Core
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.fields import Instant
from retention.table.keys import Key, key
from retention.table.writes import Put

#: Bytes of a transcript that are kept: an hour of talk. An item holds 400 KB at most.
MAX_BYTES: Final = 60_000


class Transcript(Entity):
    """What was said in one call."""

    contact_attempt_id: str = Field(description="The call, as a contact attempt")
    text: str = Field(description="What was said, a line for each turn: `AI: ...`, `User: ...`")
    truncated: bool = Field(description="Whether its end is missing: 60,000 bytes are kept")
    received_at: Instant = Field(description="When it was received")
    lead_id: str = Field(default="", exclude=True)


def transcript_key(attempt_id: str) -> Key:
    """Where the transcript of a call lives; an attempt's id begins with the id of its lead."""
    return key("Transcript", lead_id=attempt_id.partition(".")[0], contact_attempt_id=attempt_id)


def transcript_of(core: Core, attempt_id: str, text: str) -> Put:
    """The part of a transaction that keeps what was said in a call."""
    whole = text.encode()
    return Put(
        Transcript(
            contact_attempt_id=attempt_id,
            text=whole[:MAX_BYTES].decode(errors="ignore"),
            truncated=len(whole) > MAX_BYTES,
            received_at=core.now(),
            lead_id=attempt_id.partition(".")[0],
            revision=core.ids.revision(),
        )
    )


def find_transcript(core: Core, attempt_id: str) -> Transcript:
    """What was said in the call that an attempt stands for.

    Raises:
        NotFoundError: there is no such attempt, it was no call, nobody talked, or its report has not come yet.
    """
    attempt_key(attempt_id)
    found = core.store.find(Transcript, transcript_key(attempt_id))
    if found is None:
        raise NotFoundError(f"There is no transcript of {attempt_id}.")
    return found
