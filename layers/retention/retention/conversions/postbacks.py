"""What trackers report: each postback has its effect once, in one transaction with its claim.

read, verify the tokens     pure
one BatchGet                the claim, the visitor's conversions, the integration; of a visit its lead and contact
attribution                 nothing more for a visit; a request or two otherwise
one transaction             claim, conversion, lead, contact, announcements; figures follow
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.conversions import amounts, words
from retention.conversions.attaching import Attaching
from retention.conversions.attribution import Attribution, Origin, alive, brought, places_of, visit_of
from retention.conversions.identity import Known, Visitor, continued, new_id, recorded, visitor_of
from retention.conversions.model import Conversion
from retention.conversions.postback import Postback, read
from retention.conversions.recording import CONVERTING, Recorder, alone, conversion_key
from retention.conversions.scrubbing import scrubbed
from retention.conversions.unusable import UnusableError
from retention.core import REVISE_TRIES, Core
from retention.entity import Entity
from retention.errors import ContentionError
from retention.inbound.claim import ReceivedEvent, claim_key, claim_of
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Outcome
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import ConversionWord
from retention.leads.following import wake_followers
from retention.leads.model import Lead
from retention.outbound.announcing import wake_deliveries
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.receiving.event import Event
from retention.table.keys import Key, key
from retention.table.writes import RefusedError
from retention.templates.links import Visit

#: The source of what trackers report, and the name of their integration.
SOURCE: Final = "keitaro"
#: The currency of an account whose integration does not say. Source: integrations/providers.KeitaroConfig.
_CURRENCY: Final = "USD"


class _Told(NamedTuple):
    """What a postback comes to by the settings of the integration."""

    word: ConversionWord
    #: In the currency of the account; None: it names no amount.
    amount: Decimal | None
    currency: str


class _Case(NamedTuple):
    """A postback with what was found in the table."""

    postback: Postback
    visitor: Visitor
    is_copy: bool
    known: Known
    settings: Mapping[str, Any]
    #: Of a visit that the postback names: its lead and its contact.
    lead: Lead | None
    attempt: ContactAttempt | None
    #: Whether it names a contact of ours with somebody who is gone.
    is_of_somebody_gone: bool

    @property
    def is_scrubbed(self) -> bool:
        """Whether the visitor was erased: then nothing of the postback is kept but its figures."""
        return any(one is not None and one.scrubbed for one in self.known)

    @property
    def tid(self) -> str | None:
        """Its transaction id."""
        return self.postback.transaction


class Postbacks:
    """Records what trackers report."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._recorder = Recorder(core)
        self._attribution = Attribution(core)
        self._attaching = Attaching(core, self._recorder, self._attribution)

    def apply(self, event: Event) -> Outcome:
        """Record a postback.

        Raises:
            ContentionError: others kept changing the same conversion or lead.
        """
        try:
            postback = read(event.content.get("params") if isinstance(event.content, dict) else None)
            visitor = _visitor_of(postback, visit_of(self._core, postback))
            for _ in range(REVISE_TRIES):
                outcome = self._once(event, self._look(event, postback, visitor))
                if outcome is not None:
                    return outcome
        except UnusableError as error:
            return Hopeless(str(error))
        raise ContentionError

    def _look(self, event: Event, postback: Postback, visitor: Visitor) -> _Case:
        """Everything that has a known place, in one request."""
        visit = visit_of(self._core, postback)
        endpoints = endpoints_wanted(self._core)
        wanted: list[tuple[type[Entity], Key]] = [
            (ReceivedEvent, claim_key(event)),
            (IntegrationConfig, key("IntegrationConfig", provider=SOURCE)),
            *((Conversion, conversion_key(one)) for one in visitor.places(postback.transaction)),
            *endpoints,
            *([] if visit is None else places_of(visit)),
        ]
        claim, integration, first, first_rebill, further, *rest = self._core.store.find_many(wanted)
        remember_endpoints(self._core, rest[: len(endpoints)])
        lead, attempt = rest[len(endpoints) :] or (None, None)
        return _Case(
            postback=postback,
            visitor=visitor,
            is_copy=claim is not None,
            known=Known(first, first_rebill, further if postback.transaction else None),
            settings={} if integration is None else integration.config,
            lead=alive(lead),
            attempt=None if attempt is None or attempt.deleting else attempt,
            is_of_somebody_gone=visit is not None and bool(places_of(visit)) and alive(lead) is None,
        )

    def _once(self, event: Event, case: _Case) -> Outcome | None:
        """Record a postback by what was found; None when that has changed meanwhile."""
        if case.is_copy:
            self._made_up_for(case)
            return DUPLICATE
        told = _told(case.postback, case.settings)
        if told.word == "ignore":
            return Ignored("the settings say so")
        before = continued(case.known, case.tid, rebill=told.word == "rebill")
        origin = self._origin(case, before, told.word)
        after = self._following(case, before, told, origin)
        if after is None:
            return Ignored("it changes nothing")
        if origin.lead is not None:
            self._attach_siblings(case, before, origin)
        writes = [
            claim_of(self._core, event),
            *self._recorder.writes(after, before, origin.lead),
            *alone(case.visitor, case.known, after, before),
        ]
        try:
            self._core.store.write(*writes)
        except RefusedError as refusal:
            return DUPLICATE if refusal.concerns(ReceivedEvent) else None
        wake_followers(self._core, writes)
        wake_deliveries(self._core, writes)
        if after.lead_id is None:
            self._attaching.look_again(after)
        return Applied("conversion")

    def _made_up_for(self, case: _Case) -> None:
        """What the first copy did not come to, if it died right after its transaction."""
        found = recorded(case.known, case.tid) or case.known.first
        if found is not None and found.lead_id is None:
            self._attaching.look_again(found)

    def _origin(self, case: _Case, before: Conversion | None, word: ConversionWord) -> Origin:
        """Where the conversion comes from; its lead is read only where something that concerns it changes."""
        if case.is_scrubbed:
            return Origin()
        converts = words.STATUS[word] == CONVERTING
        if before is not None and before.lead_id is not None:
            if case.lead is not None and case.lead.id == before.lead_id:
                return Origin(case.lead, case.attempt)
            return Origin(self._attribution.lead(before.lead_id) if converts else None)
        if case.lead is not None:
            return Origin(case.lead, case.attempt)
        return self._attribution.origin(case.postback, case.visitor, case.known)

    def _following(self, case: _Case, before: Conversion | None, told: _Told, origin: Origin) -> Conversion | None:
        """The next state of the conversion; None when it is the same."""
        postback = case.postback
        status, revenue = words.moved(before, told.word, told.amount)
        has_moved = before is None or (status, revenue) != (before.status, before.revenue)
        named = {
            "sub_id": postback.sub_id,
            "click_id": postback.click_id,
            "external_id": postback.external_id,
            "transaction": case.tid,
            "lead_id": None if origin.lead is None else origin.lead.id,
        }
        known = {} if before is None else {name: getattr(before, name) for name in named if getattr(before, name)}
        fields: dict[str, Any] = {**named, **known, "status": status, "revenue": revenue}
        start = self._new(case, told) if before is None else before
        after = brought(start.model_copy(update=fields), origin.attempt or origin.earlier)
        raw: dict[str, str] | None = dict(postback.raw)
        if case.is_scrubbed or (case.is_of_somebody_gone and after.lead_id is None):
            after, raw = scrubbed(after, before), None
        if before is not None and vars(after) == vars(before):
            return None
        moved = {"word": told.word, "currency": told.currency} if has_moved else {}
        return self._core.changed(after, **moved, postback_data=raw)

    def _new(self, case: _Case, told: _Told) -> Conversion:
        identifier = new_id(case.visitor, case.known, case.tid, rebill=told.word == "rebill")
        return Conversion.model_construct(id=identifier, source=SOURCE, created_at=self._core.now())

    def _attach_siblings(self, case: _Case, before: Conversion | None, origin: Origin) -> None:
        """Give the visitor's other conversions the lead that has come to be known.

        It is done before the claim is taken, so that a death in between is made up for.
        """
        assert origin.lead is not None
        if any(one is not None and one.lead_id is None for one in case.known):
            mine = [] if before is None else [before.id]
            siblings = self._attribution.of_visitor(case.postback, but=mine)
            self._attaching.attach_all(siblings, origin.lead.id, origin.attempt)


def _visitor_of(postback: Postback, visit: Visit | None) -> Visitor:
    """The visitor that a postback is about.

    Raises:
        UnusableError: it says nothing of that, so that no two of its kind could be told apart.
    """
    work = None if visit is None else visit.work
    found = visitor_of(SOURCE, postback.sub_id, postback.click_id, postback.external_id or work, postback.transaction)
    if found is None:
        raise UnusableError("it names nobody: it has no subid, no clickid, no external_id and no tid")
    return found


def _told(postback: Postback, settings: Mapping[str, Any]) -> _Told:
    """What a postback comes to.

    Raises:
        UnusableError: its status or its amount is not known.
    """
    meanings = {word.lower(): meaning for word, meaning in (settings.get("statuses") or {}).items()}
    word = words.meaning(postback.status, postback.meanings, meanings)
    currency = settings.get("currency") or _CURRENCY
    # A rejection is worth nothing, and must not wait for a rate.
    if word in ("ignore", "rejected") or postback.amount is None:
        return _Told(word, None, currency)
    amount = amounts.exact(postback.amount)
    rates = settings.get("rates") or {}
    return _Told(word, amounts.in_account_currency(amount, postback.currency, currency, rates), currency)
