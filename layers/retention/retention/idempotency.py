"""One effect for one Idempotency-Key: repeated requests get the first answer instead of a second effect.

    claim ---- effect and answer in one transaction ----> done ---- 24 h, or 30 days where it sends ----> gone
      |  no answer within the lease: whoever comes next may take over, since nothing was written
      +--> a refusal releases the claim: nothing happened, the corrected request may use the key again

Source: draft-ietf-httpapi-idempotency-key-header-07, sections 2.4 to 2.7.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

from retention.clock import Clock
from retention.entity import Entity
from retention.errors import IdempotencyMismatchError, IdempotencyRunningError
from retention.fields import Instant
from retention.ids import Ids
from retention.table.keys import key, key_of
from retention.table.store import Store
from retention.table.writes import Create, RefusedError, Remove, Replace, Write

#: How long an answer is kept; of what sends something to a lead, longer.
LIFETIME: Final = timedelta(hours=24)
LIFETIME_OF_SENDS: Final = timedelta(days=30)
#: How long a claim holds without an answer: longer than the API function may run.
LEASE: Final = timedelta(seconds=30)


class IdempotencyRecord(Entity):
    """What became of the request that first used a key."""

    id: str
    fingerprint: str
    state: Literal["running", "done"]
    lease_until: Instant
    status: int | None = None
    headers: dict[str, str] | None = None
    body: str | None = None


class StoredAnswer(NamedTuple):
    """An answer as it was given: status, headers, body text."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Claim:
    """A key that this request holds until its effect is written."""

    record: IdempotencyRecord
    #: Turns what the effect produced into the answer that is kept with it.
    render: Callable[[Any], StoredAnswer]
    done: bool = False


_claim: ContextVar[Claim | None] = ContextVar("claim", default=None)


class Idempotency:
    """Claims keys, joins the record to the effect's own transaction, and finds answers again."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def begin(
        self,
        caller: str,
        name: str,
        fingerprint: str,
        render: Callable[[Any], StoredAnswer],
        lifetime: timedelta = LIFETIME,
    ) -> StoredAnswer | None:
        """Claim a key for this request, or return the answer that it already has.

        Args:
            lifetime: how long the answer is kept.

        Raises:
            IdempotencyMismatchError: the key was used with another request.
            IdempotencyRunningError: the first request has not answered yet.
        """
        now = self._clock.now()
        record = IdempotencyRecord(
            id=sha256(f"{caller}\n{name}".encode()).hexdigest()[:40],
            fingerprint=fingerprint,
            state="running",
            lease_until=now + LEASE,
            expires_at=now + lifetime,
            revision=self._ids.revision(),
        )
        try:
            self._store.write(Create(record))
        except RefusedError:
            old = self._store.find(IdempotencyRecord, key_of(record))
            if old is None:
                raise IdempotencyRunningError from None
            answer = self._answer_of(old, record)
            if answer is not None:
                return answer
            try:
                self._store.write(Replace(record, before=old))
            except RefusedError:
                raise IdempotencyRunningError from None
        _claim.set(Claim(record, render))
        return None

    def _answer_of(self, old: IdempotencyRecord, record: IdempotencyRecord) -> StoredAnswer | None:
        now = self._clock.now()
        if old.expires_at is not None and old.expires_at <= now:
            return None  # TTL deletes days late.
        if old.fingerprint != record.fingerprint:
            raise IdempotencyMismatchError
        if old.state == "done":
            return StoredAnswer(old.status or 200, old.headers or {}, old.body or "")
        if old.lease_until > now:
            raise IdempotencyRunningError
        return None

    def commit(self, *writes: Write, outcome: Any = None) -> None:
        """Write an effect; under a claim, its answer in the same transaction.

        Raises:
            RefusedError, ContentionError: as `Store.write`.
            IdempotencyRunningError: the claim was lost to another request; nothing was written.
        """
        claim = _claim.get()
        if claim is None or claim.done or outcome is None:
            self._store.write(*writes)
            return
        answered = self._answered(claim, claim.render(outcome))
        try:
            self._store.write(*writes, Replace(answered, before=claim.record))
        except RefusedError as error:
            if len(writes) in error.failed:
                raise IdempotencyRunningError from None
            raise
        claim.record, claim.done = answered, True

    def _answered(self, claim: Claim, answer: StoredAnswer) -> IdempotencyRecord:
        return claim.record.model_copy(
            update={
                "state": "done",
                "status": answer.status,
                "headers": answer.headers,
                "body": answer.body,
                "revision": self._ids.revision(),
            }
        )

    def finish(self, answer: StoredAnswer) -> None:
        """Keep the final answer of this request, and let go of its claim."""
        claim = _claim.get()
        _claim.set(None)
        if claim is None:
            return
        answered = self._answered(claim, answer)
        kept = claim.record
        if claim.done and (kept.status, kept.headers, kept.body) == (answer.status, answer.headers, answer.body):
            return
        try:
            self._store.write(Replace(answered, before=kept))
        except RefusedError:
            return  # Another request took over after the lease; its answer stands.

    def release(self) -> None:
        """Let go of the claim of a request that was refused: nothing was written, the key is free again."""
        claim = _claim.get()
        _claim.set(None)
        if claim is None or claim.done:
            return
        try:
            self._store.write(
                Remove(
                    IdempotencyRecord,
                    key("IdempotencyRecord", id=claim.record.id),
                    seen=claim.record.revision,
                )
            )
        except RefusedError:
            return


def unclaimed() -> None:
    """Forget a claim that an earlier request of this process left behind."""
    _claim.set(None)
