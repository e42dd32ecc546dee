"""Saying by hand what became of a send about which nobody could find out.

The engine sends nothing a second time on doubt, so such a send ends FAILED with `outcome_unknown` and is listed.
A person who looked into the provider's records, or asked the lead, says what is true; nothing is decided without them.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import Field

from retention.attempts import direct
from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt, DirectContact
from retention.attempts.proven import asked_at, is_unknown, noted, proven
from retention.attempts.service import attempt_key
from retention.budgets.closing import Closer
from retention.contactrules.caps import without_contact
from retention.core import Core
from retention.engine.hints import hint
from retention.engine.loading import lead_of
from retention.engine.obligation import Obligation
from retention.engine.queue import Work
from retention.engine.reasons import Reason
from retention.entity import Entity
from retention.errors import ConflictError, ContentionError, InvalidInputError, NotFoundError
from retention.fields import Channel, Contract, ShortText
from retention.ids import split
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.outbound.announcing import wake_deliveries
from retention.reports.naming import work_named
from retention.reports.reading import work_of
from retention.scripts.model import Script
from retention.sequences.model import SequenceStep, SequenceStepExecution
from retention.sequences.passages import require_version
from retention.table.keys import Key, key
from retention.table.writes import RefusedError, Replace, Write

#: How often it is put together again when something changed between reading and writing.
TRIES: Final = 10

#: What somebody names to say what became of it.
_What = Literal["execution", "contact attempt"]


class Resolution(Contract):
    """What became of a send."""

    outcome: Literal["sent", "not_sent", "send_again"] = Field(
        description="sent: the provider took it. not_sent: it did not, and that is the end of it. send_again: it did "
        "not, and its script is sent once more, as a contact by hand"
    )
    provider_ref: ShortText | None = Field(
        default=None, min_length=1, description="With sent: the provider's id of it, where it is known"
    )


@dataclass(frozen=True)
class _Case:
    """An obligation of unknown outcome, and what was read with it. The contact item was read first, on its own."""

    contact: Contact
    lead: Lead
    work: Obligation
    #: None when somebody deleted it.
    attempt: ContactAttempt | None
    #: The step that it was, where it was one that is still there.
    step: SequenceStep | None

    @property
    def channel(self) -> Channel:
        """The channel of the send."""
        return self.work.channel if self.attempt is None else self.attempt.channel

    @property
    def given_back(self) -> dict[str, Any]:
        """What is written of the contact item when it was not sent: it does not use up a cap."""
        at = asked_at(self.work, self.attempt)
        return {} if at is None else {"recent": without_contact(self.contact.recent or {}, self.channel, at)}


@dataclass(frozen=True)
class _Resolved:
    """The obligation and its attempt as they are then, what is written with the obligation, and the message that goes
    out again, if one does."""

    work: Obligation
    attempt: ContactAttempt | None
    others: list[Write]
    #: Fields of the contact item.
    contact: dict[str, Any]
    again: DirectContact | None = None


@dataclass(frozen=True)
class ResolvingService:
    """The use case of unknown outcomes."""

    core: Core

    def execution(self, execution_id: str, given: Resolution, *, by: str) -> SequenceStepExecution:
        """Write down what became of the send of a step, in one transaction with all that follows from it.

        Args:
            by: who says so, the id of an API key.

        Raises:
            NotFoundError: there is no such execution.
            ConflictError: its outcome is not unknown; or it cannot be sent again: a call, a lead that is to be left
                alone, no script.
            InvalidInputError: a providerRef with another outcome than `sent`; no address to send to again.
            ContentionError: others kept changing the same items.
        """
        named = work_named(execution_id)
        if named is None or named.kind != SequenceStepExecution.__name__:
            raise NotFoundError(f"There is no execution {execution_id}.")
        resolved = self._resolve(named, given, by, "execution")
        assert isinstance(resolved.work, SequenceStepExecution)
        return resolved.work

    def attempt(self, attempt_id: str, given: Resolution, *, by: str) -> ContactAttempt:
        """Write down what became of any send: of a step, of a campaign, or by hand.

        Args:
            by: who says so, the id of an API key.

        Raises:
            NotFoundError: there is no such attempt.
            ConflictError: its outcome is not unknown; it was recorded, not sent from here; what it was sent for was
                deleted; or it cannot be sent again.
            InvalidInputError: as for an execution.
            ContentionError: others kept changing the same items.
        """
        named = work_named(attempt_id)
        if named is None:
            raise NotFoundError(f"There is no contact attempt {attempt_id}.")
        resolved = self._resolve(named, given, by, "contact attempt")
        assert resolved.attempt is not None
        return resolved.attempt

    def _resolve(self, named: Work, given: Resolution, by: str, what: _What) -> _Resolved:
        if given.provider_ref is not None and given.outcome != "sent":
            detail = "Only what was sent has an id at the provider."
            raise InvalidInputError.at("/providerRef", "not_for_this_outcome", detail)
        for _ in range(TRIES):
            case = self._read(named, what)
            resolved = self._resolved(case, given, by)
            change = replace(require_version(case.contact), set=resolved.contact)
            replaced = Replace(resolved.work, before=case.work)
            try:
                outcome = resolved.work if what == "execution" else resolved.attempt
                self.core.idempotency.commit(replaced, change, *resolved.others, outcome=outcome)
            except RefusedError:
                continue
            wake_deliveries(self.core, resolved.others)
            hint(self.core, [] if resolved.again is None else [resolved.again])
            if case.attempt is not None:
                Closer(self.core).look_at(case.attempt)
            return resolved
        raise ContentionError

    def _read(self, named: Work, what: _What) -> _Case:
        """Everything that the answer bears on, with an attempt where that is what was asked for."""
        gone = NotFoundError(f"There is no {what} {named.id}.")
        place = work_of(named)
        if place is None:
            raise gone
        lead_id = lead_of(named)
        contact = self.core.store.find(Contact, contact_key(lead_id))
        lead, work, attempt, *steps = self.core.store.find_many(
            [(Lead, lead_key(lead_id)), place, (ContactAttempt, attempt_key(named.id)), *_step_of(named)]
        )
        if contact is None or contact.erased or lead is None:
            raise gone
        if what == "contact attempt" and (attempt is None or attempt.deleting):
            raise gone
        if work is None or work.deleting:
            raise gone if what == "execution" else ConflictError(_nothing_left(named))
        if "resolution" in work.result:
            raise ConflictError(f"Somebody said already what became of this {what}.")
        if not is_unknown(work):
            detail = f"This {what} is {work.status}; only one that ended with outcome_unknown can be resolved."
            raise ConflictError(detail)
        step = next((one for one in steps if one is not None and not one.deleting), None)
        return _Case(contact, lead, work, attempt, step)

    def _resolved(self, case: _Case, given: Resolution, by: str) -> _Resolved:
        said = {"outcome": given.outcome, "by": by}
        if given.outcome == "sent":
            return self._sent(case, given.provider_ref, said)
        again = self._again(case) if given.outcome == "send_again" else None
        if again is not None:
            said["contactAttemptId"] = again.attempt.id
        after = noted(self.core, case.work, said, reason=Reason.RESOLVED)
        attempt = None if case.attempt is None else self._attempt_ended(case.attempt)
        others: list[Write] = []
        if attempt is not None and case.attempt is not None:
            others.append(Replace(attempt, before=case.attempt))
        ended = _Resolved(after, attempt, others, case.given_back)
        return ended if again is None else replace(ended, others=[*ended.others, *again.writes], again=again.direct)

    def _sent(self, case: _Case, ref: str | None, said: dict[str, str]) -> _Resolved:
        """The end that the engine would have written, had it known."""
        ended = proven(
            self.core,
            case.work,
            attempt=case.attempt,
            lead=case.lead,
            contact=case.contact,
            channel=case.channel,
            ref=ref,
            said=said,
        )
        return _Resolved(ended.work, ended.attempt, ended.others, ended.contact)

    def _attempt_ended(self, attempt: ContactAttempt) -> ContactAttempt:
        """The attempt of a send that was not made; what somebody wrote about it by hand stays."""
        words = {} if "result" in (attempt.by_hand or []) else {"result": f"{Reason.RESOLVED}: it was not sent"}
        return self.core.changed(attempt, unknown_since=None, **words)

    def _again(self, case: _Case) -> direct.Planned:
        """The message once more, as a contact by hand.

        Raises:
            ConflictError: it must not, or cannot, be sent again.
            InvalidInputError: there is no address to send it to.
        """
        if case.channel == "CALL":
            raise ConflictError("A call is never placed a second time on doubt. Resolve it as sent or as not_sent.")
        direct.refuse_unreachable(self.core, case.contact, case.lead)
        direct.check_address(case.contact, case.lead, case.channel, at="/outcome")
        if isinstance(case.work, DirectContact) and case.work.content is not None:
            again = ContactNow(channel=case.channel, content=case.work.content)
            return direct.plan(self.core, case.lead.id, again)
        script_id = None if case.attempt is None else case.attempt.script_id
        if script_id is None and case.step is not None:
            script_id = case.step.script_id
        script = None if script_id is None else self.core.store.find(Script, key("Script", id=script_id))
        if script is None or script.deleting or script.type != case.channel:
            raise ConflictError(f"There is no script for {case.channel} any more that could be sent.")
        return direct.plan(self.core, case.lead.id, ContactNow(channel=case.channel, script_id=script.id))


def _nothing_left(named: Work) -> str:
    """Why an attempt stands for no obligation: a message by hand goes with its attempt, the others before it."""
    if named.kind == DirectContact.__name__:
        return "This contact was recorded, not sent from here: change it instead."
    return "What this contact was sent for was deleted, so nothing hangs on it any more: change its result instead."


def _step_of(named: Work) -> list[tuple[type[Entity], Key]]:
    """Where the step is that an execution is of."""
    parts = split(named.id, 4)
    return [] if parts is None else [(SequenceStep, key("SequenceStep", sequence_id=parts[1], id=parts[3]))]
