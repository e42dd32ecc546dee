"""What was sent is removed where it was sent from, as far as the providers' interfaces allow, while ids are known.

under way   a send whose outcome is not known is cleared up first: what was accepted after all is removed, too
e-mail      SendGrid removes all that it has of the address
texts, calls, replies   each by its id; what is gone has no id any more, so that a retry goes on with the rest

What a provider refuses is asked for again for a day, and then listed in the result of the job: nothing is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.attempts.service import attempts_of_lead
from retention.clock import machine_time
from retention.contactrules.account import account_rules
from retention.core import Core
from retention.deletion.chunks import in_chunks
from retention.engine.obligation import Flight
from retention.engine.order import correlation_of
from retention.engine.reconcile import SKEW
from retention.entity import Entity
from retention.erasure.owed import flights_of
from retention.erasure.tombstone import DONE, Target, is_patient, traces_of
from retention.errors import SecretStoreError
from retention.integrations.providers import HOSTS, allowed_urls, provider_of
from retention.jobs.runner import Chunk
from retention.leads.contact import lead_key
from retention.providers.destination import Destinations
from retention.providers.directory import WIRED, Directory, Entry
from retention.providers.forgetting import Absent, Forgetting, Forgotten, Unforgotten
from retention.providers.http import HttpClient
from retention.providers.outcomes import UnauthorizedError
from retention.providers.port import Blind, Missing, Trace
from retention.providers.sendgrid import Sendgrid
from retention.providers.twilio import Twilio
from retention.providers.vapi import Vapi
from retention.replies.model import Reply
from retention.table import keys
from retention.table.items import from_raw
from retention.table.writes import RefusedError, Replace

#: Messages that a provider is asked to remove side by side.
TOGETHER: Final = 8
#: What is left that the result of the job names; the rest is counted.
MOST_NAMED: Final = 50


class Sent(NamedTuple):
    """Something that a provider has a record of."""

    entity: ContactAttempt | Reply
    provider: str
    ref: str
    at: datetime


#: Something that may still be there, with the names by which a person finds it.
Left = tuple[dict[str, str], Unforgotten]


# --- under way -------------------------------------------------------------------------------------------------------


def clear_up(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Find out what became of sends under way, and have removed what was accepted. The checkpoint names those that were
    asked for, and what is left so far."""
    if checkpoint == DONE:
        return
    asked, told = checkpoint or ([], _listed([]))
    flights = [flight for flight in flights_of(core, target["leadId"]) if flight.work not in asked]
    sent = list(attempts_of_lead(core, target["leadId"])) if flights else []
    with asking_providers(core) as asking:
        for flight in flights:
            refs = {one.provider_ref for one in sent if one.id != flight.work}
            outcome = asking.flight(flight, frozenset(ref for ref in refs if ref is not None))
            if isinstance(outcome, Unforgotten):
                told = _listed([({"provider": provider_of(flight.channel), "work": flight.work}, outcome)], told)
            asked = [*asked, flight.work]
            yield Chunk(left=_waits(core, target, outcome), checkpoint=(asked, told))
    # Also when there is none any more: what was said of one before is true no longer.
    yield Chunk(checkpoint=DONE, result={"underWay": told})


# --- e-mail ----------------------------------------------------------------------------------------------------------


def forget_mail(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Have SendGrid remove what it has of the addresses. Without SendGrid that is of no concern, unless it was used."""
    traces = traces_of(core, target)
    if traces is None or not traces.emails or checkpoint == DONE:
        return
    with asking_providers(core) as asking:
        outcome = asking.mail(traces.emails)
    sent = attempts_of_lead(core, traces.lead_id)
    if isinstance(outcome, Unforgotten) and outcome.for_good and not any(one.channel == "EMAIL" for one in sent):
        return
    told = {"sendgrid": "asked to erase the address"} if isinstance(outcome, Forgotten) else {}
    left = [({"provider": "sendgrid"}, outcome)] if isinstance(outcome, Unforgotten) else []
    yield Chunk(left=_waits(core, target, outcome), checkpoint=DONE, result={"mail": {**told, **_listed(left)}})


# --- texts, calls, replies -------------------------------------------------------------------------------------------


def forget_messages(core: Core, target: Target, checkpoint: Any) -> Iterator[Chunk]:
    """Have each text, call and reply removed by its id. The checkpoint is the last that was asked for, and what is left
    so far."""
    after, told = checkpoint or (None, _listed([]))
    with asking_providers(core) as asking:
        for chunk in in_chunks(_sent(core, target, after), TOGETHER):
            outcomes = core.store.parallel(asking.message, chunk)
            pairs = list(zip(chunk, outcomes, strict=True))
            gone = [one for one, outcome in pairs if not isinstance(outcome, Unforgotten)]
            core.store.parallel(partial(_forget_ref, core), gone)
            left = [
                ({"provider": one.provider, "ref": one.ref}, outcome)
                for one, outcome in pairs
                if isinstance(outcome, Unforgotten)
            ]
            told = _listed(left, told)
            yield Chunk(
                changed=len(gone),
                left=_waits(core, target, *outcomes),
                checkpoint=(keys.key_of(chunk[-1].entity).sk, told),
                result={"messages": told},
            )


def _sent(core: Core, target: Target, after: str | None) -> Iterator[Sent]:
    for row in core.store.query(lead_key(target["leadId"]).pk, above=after):
        kind = row["kind"]["S"]
        if kind == ContactAttempt.__name__:
            attempt = from_raw(ContactAttempt, row)
            if attempt.provider_ref and attempt.channel != "EMAIL":
                name = attempt.provider or provider_of(attempt.channel)
                yield Sent(attempt, name, attempt.provider_ref, attempt.sent_at or attempt.started_at)
        elif kind == Reply.__name__:
            reply = from_raw(Reply, row)
            if reply.provider_ref:
                yield Sent(reply, "twilio", reply.provider_ref, reply.received_at)


def _forget_ref(core: Core, sent: Sent) -> None:
    """An id that leads nowhere any more. Where the item was changed meanwhile, it is asked for once more."""
    nothing = None if isinstance(sent.entity, ContactAttempt) else ""
    after: Entity = core.changed(sent.entity, provider_ref=nothing)
    try:
        core.store.write(Replace(after, before=sent.entity))
    except RefusedError:
        return


# --- asking ----------------------------------------------------------------------------------------------------------


@contextmanager
def asking_providers(core: Core) -> "Iterator[Asking]":
    """Whoever asks, with connections of their own for as long as the block runs."""
    http = HttpClient(core.clock, Destinations(HOSTS, allowed_urls(core.settings)))
    try:
        yield Asking(core, Directory(core, http))
    finally:
        http.close()


class Asking:
    """Asks providers to remove things, with the credentials as they are now, whether or not they are switched on."""

    def __init__(self, core: Core, directory: Directory) -> None:
        self._core = core
        self._directory = directory
        self._entries: dict[str, Entry | Unforgotten] = {}

    def _entry(self, name: str) -> Entry | Unforgotten:
        if name not in WIRED:
            return Unforgotten(f"{name} cannot be asked to remove it.", for_good=True)
        if name not in self._entries:
            try:
                entry = self._directory.read(name)
                missing = Unforgotten(f"{name} is not set up: remove it there by hand.", for_good=True)
                self._entries[name] = missing if entry.wired is None else entry
            except SecretStoreError:
                self._entries[name] = Unforgotten(f"The credentials of {name} cannot be read.")
        return self._entries[name]

    def mail(self, addresses: Sequence[str]) -> Forgetting:
        """Addresses at SendGrid."""
        entry = self._entry("sendgrid")
        if isinstance(entry, Unforgotten):
            return entry
        assert isinstance(entry.wired, Sendgrid)
        outcome = entry.wired.forget(addresses)
        return Unforgotten("SendGrid does not know this request.") if isinstance(outcome, Absent) else outcome

    def message(self, sent: Sent) -> Forgetting:
        """A text, a call or a reply."""
        entry = self._entry(sent.provider)
        if isinstance(entry, Unforgotten):
            return entry
        if not isinstance(entry.wired, Twilio | Vapi):
            return Unforgotten(f"{sent.provider} removes addresses, not messages.", for_good=True)
        try:
            outcome = entry.wired.forget(sent.ref)
        except UnauthorizedError:
            return Unforgotten(f"{sent.provider} does not take the credentials.")
        if isinstance(outcome, Absent) and not _is_same_account(entry, sent.at):
            return Unforgotten(f"The integration with {sent.provider} names another account since.", for_good=True)
        return outcome

    def flight(self, flight: Flight, known_refs: frozenset[str]) -> Forgetting | None:
        """A send under way: what is to be said of it; None where nothing of it is left, or nothing ever was.

        Args:
            known_refs: the provider's ids of what else was sent to the lead.
        """
        core, name = self._core, provider_of(flight.channel)
        settled = machine_time(core.clock, account_rules(core.settings).settle_seconds[flight.channel])
        if flight.ref is None and core.now() < flight.at + settled:
            return Unforgotten("It is being sent at this moment.")
        if flight.channel == "EMAIL":
            return None  # Its address is erased as a whole, next.
        entry = self._entry(name)
        if isinstance(entry, Unforgotten):
            return entry
        assert isinstance(entry.wired, Twilio | Vapi)
        try:
            ref = flight.ref or self._looked_up(entry.wired, flight, settled, known_refs)
        except UnauthorizedError:
            return Unforgotten(f"{name} does not take the credentials.")
        if isinstance(ref, Unforgotten):
            return ref
        outcome = None if ref is None else entry.wired.forget(ref)
        return outcome if isinstance(outcome, Unforgotten) else None

    @staticmethod
    def _looked_up(
        wired: Twilio | Vapi, flight: Flight, settled: timedelta, known_refs: frozenset[str]
    ) -> str | Unforgotten | None:
        """The provider's id of a send that nobody noted the end of; None: it was not taken."""
        skew = timedelta(seconds=SKEW)
        trace = Trace(
            channel=flight.channel,
            to=flight.to,
            correlation=correlation_of(flight.work),
            digest=flight.digest,
            at=flight.at,
            since=flight.at - skew,
            until=flight.at + settled - skew,
            known_refs=known_refs,
        )
        found = wired.look_up(trace)
        if isinstance(found, Blind):
            return Unforgotten(found.detail)
        return None if isinstance(found, Missing) else found.ref


def _is_same_account(entry: Entry, at: datetime) -> bool:
    """Whether what was sent at an instant is among the records that are asked."""
    integration = entry.integration
    if integration is None or integration.created_at > at:
        return False
    return integration.account_since is None or integration.account_since <= at


def _waits(core: Core, target: Target, *outcomes: Forgetting | None) -> int:
    """How much is to be asked for again."""
    again = [one for one in outcomes if isinstance(one, Unforgotten) and not one.for_good]
    return len(again) if is_patient(core, target) else 0


def _listed(left: list[Left], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is left, for the result of the job: how much, and what it is.

    Args:
        before: what was left before these.
    """
    named = [*(before or {}).get("which", []), *({**name, "why": outcome.detail} for name, outcome in left)]
    return {"left": (before or {}).get("left", 0) + len(left), **({"which": named[:MOST_NAMED]} if named else {})}
