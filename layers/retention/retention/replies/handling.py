"""Applies what leads write and which unsubscribe links they follow.

A reply is kept, told to the message that it answers, and acted upon, in one transaction with its claim. Nothing is ever
sent because of one: Twilio answers STOP and HELP itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from retention import ids
from retention.core import REVISE_TRIES, Core
from retention.entity import Entity
from retention.errors import ContentionError, InvalidInputError
from retention.inbound.claim import ReceivedEvent, claim_key, claim_of
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Later, Outcome
from retention.jsontext import format_instant
from retention.leads.contact import require_lead, touch_contact
from retention.leads.following import wake_followers
from retention.leads.model import PhoneClaim
from retention.outbound.announcing import announced, wake_deliveries
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.receiving.event import Event
from retention.replies.answered import Correspondent, correspondent
from retention.replies.model import MAX_TEXT, Reply
from retention.replies.returning import returning
from retention.replies.unsubscribing import Unsubscribing
from retention.replies.wording import Meaning, meaning_of
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report, Suppress
from retention.sequences.passages import require_version
from retention.suppressions.model import Suppression
from retention.suppressions.suppressing import Address, new_suppression, recognised, suppressing, wanted
from retention.table.keys import Key
from retention.table.writes import Create, RefusedError, Replace, Write

#: Seconds of the machine until a reply comes again that may answer a message which is being written down.
PAUSE: Final = 5.0
#: How a log says what a reply was taken for.
_WORDS: Final[Mapping[Meaning, str]] = {
    "OPT_OUT": "opted_out",
    "OPT_IN": "opted_in",
    "HELP": "help",
    "OTHER": "replied",
}


class Text(NamedTuple):
    """A text message that came in."""

    sender: Address
    text: str
    media: int
    ref: str
    meaning: Meaning


class _Known(NamedTuple):
    """How the sender of a message stands, as it was read."""

    is_copy: bool
    suppression: Suppression | None
    claim: PhoneClaim | None


@dataclass(frozen=True)
class Replies:
    """The handlers of what leads say back."""

    core: Core

    def unsubscribe(self, event: Event) -> Outcome:
        """An unsubscribe link that was followed for good: by its button, or by one click in a mail program.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        return Unsubscribing(self.core).apply(event)

    def inbound(self, event: Event) -> Outcome:
        """A text message that came in.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        read = _read(self.core, event)
        if not isinstance(read, Text):
            return read
        for _ in range(REVISE_TRIES):
            outcome = self._apply(event, read)
            if outcome is not None:
                return outcome
        raise ContentionError

    # --- one try -----------------------------------------------------------------------------------------------

    def _apply(self, event: Event, text: Text) -> Outcome | None:
        """Apply a message to what is there now; None when that was changed meanwhile."""
        known = self._known(event, text.sender)
        if known.is_copy:
            return DUPLICATE
        who = None if known.claim is None else correspondent(self.core, known.claim.lead_id, event.received_at)
        if who is None:
            if text.meaning != "OPT_OUT":
                return Ignored("unknown_sender")
            # Whoever gets this number next must not be written to, nor called.
            return Reporter(self.core).suppress(event, Suppress(text.sender.text, "OPT_OUT"))
        if text.meaning != "OPT_OUT" and who.is_being_written_to:
            return Later("under_way", PAUSE)
        reply = _reply(self.core, event, text, who)
        told = [Create(reply), *_news(self.core, reply, who)]
        if text.meaning == "OPT_IN" and (
            allowed := returning(self.core, reply, who.lead, who.contact, known.suppression)
        ):
            return self._write(event, [*told, *allowed], text)
        if who.work is None:
            return self._write(event, [*told, *self._alone(event, text, known, who)], text)
        return self._report(event, text, known, who, told)

    def _known(self, event: Event, sender: Address) -> _Known:
        asked: list[tuple[type[Entity], Key]] = [(ReceivedEvent, claim_key(event)), *wanted(self.core, sender)]
        claim, suppression, owner, *registry = self.core.store.find_many([*asked, *endpoints_wanted(self.core)])
        remember_endpoints(self.core, registry)
        return _Known(claim is not None, suppression, owner)

    def _report(self, event: Event, text: Text, known: _Known, who: Correspondent, told: list[Write]) -> Outcome | None:
        """Tell the message that is answered of its reply, with all that the reply brings about."""
        assert who.attempt is not None
        assert who.work is not None
        ends = text.meaning == "OPT_OUT"
        also = [*told, _renewed(self.core, known.suppression)] if ends and known.suppression is not None else told
        suppress = Suppress(text.sender.text, "OPT_OUT") if ends else None
        evidence = (Evidence("replied", event.received_at),)
        report = Report(who.work, "SMS", who.attempt.provider_ref, evidence, suppress)
        try:
            outcome = Reporter(self.core).apply(event, report, also)
        except RefusedError:
            return None
        if isinstance(outcome, Ignored) and outcome != DUPLICATE:
            # The message was deleted since it was read.
            return self._write(event, [*told, *self._alone(event, text, known, who)], text)
        return Applied(_WORDS[text.meaning]) if isinstance(outcome, Applied) else outcome

    def _alone(self, event: Event, text: Text, known: _Known, who: Correspondent) -> list[Write]:
        """What a reply brings about that answers no message of ours."""
        core, lead = self.core, who.lead
        writes: list[Write] = []
        is_first = lead.status in ("NEW", "CONTACTED")
        if is_first:
            writes.append(Replace(core.changed(lead, status="IN_PROGRESS"), before=lead))
        if text.meaning == "OPT_OUT":
            if known.suppression is None:
                note = f"reported: {event.source}"
                suppression = new_suppression(core, text.sender, "OPT_OUT", note, event.source)
                parts = suppressing(core, text.sender, suppression, known.claim, who.contact)
                if parts.stop is not None:
                    return [*writes, *parts.all]
                writes += parts.writes
            else:
                writes.append(_renewed(self.core, known.suppression))
            # A stop that is being lifted at this moment is looked at again.
            return [*writes, require_version(who.contact)]
        return [*writes, touch_contact(lead.id) if is_first else require_lead(lead.id)]

    def _write(self, event: Event, writes: list[Write], text: Text) -> Outcome | None:
        """Carry out writes with the claim of the event; None when something of it was changed since it was read."""
        try:
            self.core.store.write(*writes, claim_of(self.core, event))
        except RefusedError as refusal:
            return DUPLICATE if refusal.concerns(ReceivedEvent) else None
        wake_followers(self.core, writes)
        wake_deliveries(self.core, writes)
        return Applied(_WORDS[text.meaning])


def _read(core: Core, event: Event) -> Text | Outcome:
    """A message as Twilio hands it on; its fields: providers.md 1.4."""
    params = event.content.get("params") if isinstance(event.content, Mapping) else None
    if not isinstance(params, Mapping):
        return Hopeless("not a message of Twilio's")
    try:
        # Of other kinds of messages the number has a prefix, such as whatsapp: - an opt-out counts however it came.
        sender = recognised(core, _text_of(params, "From"))
    except InvalidInputError:
        return Ignored("no_number")
    if sender.claim_type is not PhoneClaim:
        return Ignored("no_number")
    body = _text_of(params, "Body")
    media = _text_of(params, "NumMedia")
    return Text(
        sender=sender,
        text=body[:MAX_TEXT],
        media=int(media) if media.isdecimal() and len(media) < 4 else 0,
        ref=_text_of(params, "MessageSid")[:64],
        meaning=meaning_of(body, _text_of(params, "OptOutType") or None),
    )


def _text_of(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    return value if isinstance(value, str) else ""


def _reply(core: Core, event: Event, text: Text, who: Correspondent) -> Reply:
    return Reply(
        id=ids.join(who.lead.id, core.ids.new(event.received_at)),
        lead_id=who.lead.id,
        received_at=event.received_at,
        text=text.text,
        media=text.media,
        meaning=text.meaning,
        provider_ref=text.ref,
        revision=core.ids.revision(),
    )


def _news(core: Core, reply: Reply, who: Correspondent) -> list[Write]:
    """What the team is told: each reply once, not its words."""
    attempt = who.attempt
    data = {
        "leadId": reply.lead_id,
        "replyId": reply.id,
        "meaning": reply.meaning,
        "channel": reply.channel,
        "at": format_instant(reply.received_at),
        "contactAttemptId": None if attempt is None else attempt.id,
        "campaignId": None if attempt is None else attempt.campaign_id,
    }
    return announced(core, "message.replied", reply.id, data)


def _renewed(core: Core, suppression: Suppression) -> Write:
    """A number that is suppressed already: whoever is lifting that at this moment sees that there is a new reason."""
    return Replace(core.changed(suppression), before=suppression)
