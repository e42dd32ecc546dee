"""Saying by hand what became of a send about which nobody could find out.

The engine sends nothing a second time on doubt, so such an execution ends FAILED with `outcome_unknown` and is listed.
A person who looked into the provider's records, or asked the lead, says what is true; nothing is decided without them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from retention.attempts import direct
from retention.attempts.direct import ContactNow
from retention.attempts.model import ContactAttempt, DirectContact
from retention.budgets.closing import Closer
from retention.contactrules.caps import without_contact
from retention.core import Core
from retention.engine.hints import hint
from retention.engine.reasons import Reason
from retention.errors import ConflictError, ContentionError, InvalidInputError, NotFoundError
from retention.fields import Channel, Contract, ShortText
from retention.ids import split
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.scripts.model import Script
from retention.sequences.model import SequenceStep, SequenceStepExecution
from retention.sequences.passages import require_version
from retention.sequences.proven import is_unknown, noted, proven
from retention.table.keys import key
from retention.table.writes import RefusedError, Replace, Write

#: How often it is put together again when something changed between reading and writing.
TRIES: Final = 10


class Resolution(Contract):
    """What became of a send."""

    outcome: Literal["sent", "not_sent", "send_again"] = Field(
        description="sent: the provider took it. not_sent: it did not, and that is the end of it. send_again: it did "
        "not, and the step's script is sent once more, as a contact by hand"
    )
    provider_ref: ShortText | None = Field(
        default=None, min_length=1, description="With sent: the provider's id of it, where it is known"
    )


@dataclass(frozen=True)
class _Case:
    """An execution of unknown outcome, and what was read with it. The contact item was read first, on its own."""

    contact: Contact
    lead: Lead
    execution: SequenceStepExecution
    #: None when somebody deleted it.
    attempt: ContactAttempt | None
    step: SequenceStep | None

    @property
    def channel(self) -> Channel:
        """The channel of the send."""
        return self.execution.channel if self.attempt is None else self.attempt.channel

    @property
    def sent_at(self) -> datetime | None:
        """When the provider was asked to send it."""
        return None if self.attempt is None else self.attempt.started_at


@dataclass(frozen=True)
class _Resolved:
    """The execution as it is then, what is written with it, and the message that goes out again, if one does."""

    execution: SequenceStepExecution
    others: list[Write]
    #: Fields of the contact item.
    contact: dict[str, Any]
    again: DirectContact | None = None


@dataclass(frozen=True)
class ResolvingService:
    """The use case of unknown outcomes."""

    core: Core

    def resolve(self, execution_id: str, given: Resolution, *, by: str) -> SequenceStepExecution:
        """Write down what became of a send, in one transaction with all that follows from it.

        Args:
            by: who says so, the id of an API key.

        Raises:
            NotFoundError: there is no such execution.
            ConflictError: its outcome is not unknown; or it cannot be sent again: a call, a lead that is to be left
                alone, no script.
            InvalidInputError: a providerRef with another outcome than `sent`; no address to send to again.
            ContentionError: others kept changing the same items.
        """
        if given.provider_ref is not None and given.outcome != "sent":
            detail = "Only what was sent has an id at the provider."
            raise InvalidInputError.at("/providerRef", "not_for_this_outcome", detail)
        for _ in range(TRIES):
            case = self._read(execution_id)
            resolved = self._resolved(case, given, by)
            change = replace(require_version(case.contact), set=resolved.contact)
            replaced = Replace(resolved.execution, before=case.execution)
            try:
                self.core.idempotency.commit(replaced, change, *resolved.others, outcome=resolved.execution)
            except RefusedError:
                continue
            hint(self.core, [] if resolved.again is None else [resolved.again])
            if case.attempt is not None:
                Closer(self.core).look_at(case.attempt)
            return resolved.execution
        raise ContentionError

    def _read(self, execution_id: str) -> _Case:
        gone = NotFoundError(f"There is no execution {execution_id}.")
        parts = split(execution_id, 4)
        if parts is None:
            raise gone
        lead_id, sequence_id, generation, step_id = parts
        contact = self.core.store.find(Contact, contact_key(lead_id))
        names = {"lead_id": lead_id, "sequence_id": sequence_id, "generation": generation, "step_id": step_id}
        lead, execution, attempt, step = self.core.store.find_many(
            [
                (Lead, lead_key(lead_id)),
                (SequenceStepExecution, key("SequenceStepExecution", **names)),
                (ContactAttempt, key("ContactAttempt", lead_id=lead_id, id=execution_id)),
                (SequenceStep, key("SequenceStep", sequence_id=sequence_id, id=step_id)),
            ]
        )
        if contact is None or contact.erased or lead is None or execution is None or execution.deleting:
            raise gone
        if "resolution" in execution.result:
            raise ConflictError("Somebody said already what became of this execution.")
        if not is_unknown(execution):
            detail = f"This execution is {execution.status}; only one that ended with outcome_unknown can be resolved."
            raise ConflictError(detail)
        return _Case(contact, lead, execution, attempt, None if step is None or step.deleting else step)

    def _resolved(self, case: _Case, given: Resolution, by: str) -> _Resolved:
        said = {"outcome": given.outcome, "by": by}
        if given.outcome == "sent":
            return self._sent(case, given.provider_ref, said)
        if given.outcome == "send_again":
            again = self._again(case)
            said["contactAttemptId"] = again.attempt.id
            after = noted(self.core, case.execution, said, reason=Reason.RESOLVED)
            return _Resolved(after, [*self._attempt_ended(case), *again.writes], {}, again.direct)
        # It does not use up a cap.
        recent = {}
        if case.sent_at is not None:
            recent = {"recent": without_contact(case.contact.recent or {}, case.channel, case.sent_at)}
        after = noted(self.core, case.execution, said, reason=Reason.RESOLVED)
        return _Resolved(after, self._attempt_ended(case), recent)

    def _sent(self, case: _Case, ref: str | None, said: dict[str, str]) -> _Resolved:
        """The end that the engine would have written, had it known."""
        ended = proven(
            self.core,
            case.execution,
            attempt=case.attempt,
            lead=case.lead,
            contact=case.contact,
            channel=case.channel,
            ref=ref,
            said=said,
        )
        return _Resolved(ended.work, ended.others, ended.contact)

    def _attempt_ended(self, case: _Case) -> list[Write]:
        if case.attempt is None:
            return []
        after = self.core.changed(case.attempt, result=f"{Reason.RESOLVED}: it was not sent")
        return [Replace(after, before=case.attempt)]

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
        script_id = None if case.attempt is None else case.attempt.script_id
        if script_id is None and case.step is not None:
            script_id = case.step.script_id
        script = None if script_id is None else self.core.store.find(Script, key("Script", id=script_id))
        if script is None or script.deleting or script.type != case.channel:
            raise ConflictError(f"There is no script for {case.channel} any more that could be sent.")
        return direct.plan(self.core, case.lead.id, ContactNow(channel=case.channel, script_id=script.id))
