"""Clicks on tracked links: by a person, or by a machine that looks at links before or instead of a person. Pure rules.

A machine's click neither moves the lead nor satisfies the condition `clicked`.

A machine is whoever asks for the head only, says that it fetches in advance, names itself as one, or not at all; and
whoever follows a link of an e-mail within two seconds of its sending. The rest counts as a person: a scanner that
passes for a browser cannot be told from one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from retention.attempts.model import ContactAttempt
from retention.clock import Clock, machine_seconds
from retention.core import Core
from retention.engine.obligation import FLIGHT_FIELD, Flight, Obligation
from retention.engine.queue import Work
from retention.entity import Entity
from retention.fields import Channel
from retention.inbound.claim import ReceivedEvent, claim_key
from retention.inbound.outcome import DUPLICATE, Hopeless, Ignored, Outcome
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.outbound.registry import endpoints_wanted, remember_endpoints
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report
from retention.reports.naming import work_named
from retention.reports.reading import work_of
from retention.table.keys import Key, key
from retention.templates.links import Click, verify

#: Seconds of the machine from sending an e-mail within which nobody has read it.
TOO_SOON: Final = 2.0
#: Characters of the address behind a link that are kept: an attempt stays small.
MAX_URL: Final = 300

#: What machines call themselves, by what they do. Sources: each maker's page on its agents; RFC 9110, section 10.1.5.
#:
#: Browsers inside of apps (Facebook, Instagram, LINE, Snapchat, Pinterest, Yandex) name the app and are used by people.
#: What passes itself off as a browser (Barracuda, Mimecast, Proofpoint and Microsoft's Safe Links mostly do) is caught
#: only where it says its name.
AGENTS: Final[Mapping[str, Sequence[str]]] = {
    "scanner": (
        r"barracuda",  # Barracuda Link Protection
        r"mimecast",  # Mimecast URL Protect
        r"proofpoint|urldefense",  # Proofpoint URL Defense
        r"safelinks|office365|microsoft office existence discovery|ms-office|msoffice",  # Microsoft Safe Links, Office
        r"skypeuripreview",  # Microsoft Teams and Skype: previews
        r"symantec|messagelabs|trend ?micro|sophos|fireeye|fortinet|forcepoint|checkpoint|zscaler|ironport"
        r"|kaspersky|bitdefender|virustotal|urlscan|phishtank|cloudmark|vade",  # mail gateways that name themselves
    ),
    "preview": (
        r"facebookexternalhit|facebot|meta-externalagent",  # Facebook; Apple's Messages, with Twitterbot
        r"twitterbot|whatsapp|telegrambot|slackbot|slack-imgproxy|discordbot|linkedinbot|redditbot",
        r"pinterestbot|skypebot|snap url preview|linespider",
        r"google-?imageproxy|yahoomailproxy|google-?pagerenderer|googlemessages|bitlybot|embedly|iframely",
    ),
    "crawler": (
        r"googlebot|google-read-aloud|google-safety|adsbot|mediapartners|bingbot|bingpreview",
        r"yandexbot|yandex\.com/bots|baiduspider|duckduckbot|slurp",
        r"applebot|ahrefs|semrush|mj12|petalbot|amazonbot|gptbot|claudebot|bytespider|ccbot|archive\.org",
        r"\bbot\b|[a-z]bot/|spider|crawl|scan(?:ner)?\b|monitor|uptime|pingdom|statuscake",
        r"preview|fetch|check(?:er)?\b|validator",
    ),
    "library": (
        r"^(?:curl|wget|python|go-http|java|okhttp|apache-httpclient|axios|node|ruby|perl|libwww|php|guzzle|http|aiohttp"
        r"|postman|insomnia|powershell|winhttp|cfnetwork|dart|scrapy|lua|rust|reqwest)",
        r"headlesschrome|phantomjs|selenium|puppeteer|playwright",
    ),
}  # fmt: skip
_AGENTS: Final = {name: re.compile("|".join(some), re.IGNORECASE) for name, some in AGENTS.items()}


def machine_sign(
    *, user_agent: str, method: str, prefetch: bool, channel: Channel, after: float | None = None
) -> str | None:
    """By what a click shows that a machine made it; None where it was a person, for all we know.

    Args:
        after: seconds of the machine since the message was sent, where that is known.
    """
    if method.upper() == "HEAD":
        return "head"
    if prefetch:
        return "prefetch"
    if not user_agent.strip():
        return "no_agent"
    named = next((name for name, agents in _AGENTS.items() if agents.search(user_agent)), None)
    if named is not None:
        return named
    return "too_soon" if channel == "EMAIL" and after is not None and after < TOO_SOON else None


class _Sent(NamedTuple):
    """The message whose link was followed."""

    channel: Channel
    at: datetime | None


@dataclass(frozen=True)
class Clicks:
    """The handler of clicks."""

    core: Core

    def apply(self, event: Event) -> Outcome:
        """Apply a click.

        Raises:
            ContentionError: others kept changing the same items. Trying again helps.
        """
        content = event.content
        if not isinstance(content, Mapping) or not isinstance(content.get("token"), str):
            return Hopeless("no link")
        link = verify(self.core.keyring, content["token"], Click)
        if link is None:
            return Ignored("not_ours")
        if link.preview:
            return Ignored("preview")
        work = work_named(link.work)
        place = None if work is None else work_of(work)
        if work is None or place is None:
            return Ignored("no_such_send")
        sent = self._sent(event, work, place, link)
        if not isinstance(sent, _Sent):
            return sent
        return Reporter(self.core).apply(
            event, Report(work, sent.channel, None, (self._evidence(event, content, link, sent),))
        )

    def _evidence(self, event: Event, content: Mapping[str, Any], link: Click, sent: _Sent) -> Evidence:
        sign = machine_sign(
            user_agent=str(content.get("userAgent") or ""),
            method=str(content.get("method") or "GET"),
            prefetch=bool(content.get("prefetch")),
            channel=sent.channel,
            after=_seconds(self.core.clock, sent.at, event.received_at),
        )
        if sign is not None:
            return Evidence("machine_clicked", event.received_at, {"machine": sign})
        return Evidence("clicked", event.received_at, {"url": _without_query(link.target)})

    def _sent(self, event: Event, work: Work, place: tuple[type[Entity], Key], link: Click) -> _Sent | Outcome:
        """The message of a link: by its attempt, else by the send under way, which the click was faster than."""
        found = self.core.store.find_many(
            [
                (ReceivedEvent, claim_key(event)),
                (ContactAttempt, key("ContactAttempt", lead_id=link.lead_id, id=work.id)),
                (Contact, contact_key(link.lead_id)),
                place,
                *endpoints_wanted(self.core),
            ]
        )
        is_copy, attempt, contact, obligation, *registry = found
        remember_endpoints(self.core, registry)
        if is_copy is not None:
            return DUPLICATE
        if attempt is not None and (obligation is None or not obligation.is_open):
            return _Sent(attempt.channel, attempt.started_at)
        flight = None if contact is None else _flight_of(contact, work)
        if flight is not None:
            return _Sent(flight.channel, flight.at)
        known: Obligation | None = obligation
        return Ignored("gone") if known is None else _Sent(attempt.channel if attempt else known.channel, None)


def _without_query(target: str) -> str:
    """Where a link leads, without what may tell who follows it."""
    return target.partition("#")[0].partition("?")[0][:MAX_URL]


def _seconds(clock: Clock, sent_at: datetime | None, at: datetime) -> float | None:
    return None if sent_at is None else machine_seconds(clock, at - sent_at)


def _flight_of(contact: Contact, work: Work) -> Flight | None:
    flights = (Flight.of(getattr(contact, name)) for name in FLIGHT_FIELD.values())
    return next((one for one in flights if one is not None and one.work == work.id), None)
