"""A script, a lead and a campaign, made what a provider sends.

What cannot be filled in well is not sent at all: no empty text, no link that leads nowhere, no name of a variable, no
e-mail without a way to unsubscribe.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, NamedTuple

from retention.campaigns.model import Campaign
from retention.core import Core
from retention.engine.queue import Work
from retention.errors import NotFilledInError
from retention.leads.model import Lead
from retention.providers.port import Body, CallBody, EmailBody, TextBody
from retention.providers.vapi_call import merged
from retention.scripts.content import SPOKEN
from retention.scripts.model import EmailContent, Script
from retention.templates import plaintext
from retention.templates.absence import CannotFillError, Unavailable
from retention.templates.linking import Linking
from retention.templates.variables import spoken, values_of
from retention.templates.webaddress import web_address

_END_OF_BODY: Final = re.compile(r"</body\s*>", re.IGNORECASE)
__all__ = ["Filled", "NotFilledInError", "fill_in", "filled"]

#: Characters of a text message that providers take. Source: Twilio, "What is the character limit".
MAX_SMS: Final = 1_600
#: Characters of a line of a header. Source: RFC 5322, section 2.1.1.
MAX_SUBJECT: Final = 998
#: Where a campaign has settings for VAPI among its free data.
CAMPAIGN_SETTINGS: Final = "vapiConfig"


class Filled(NamedTuple):
    """What is sent, and what is worth knowing about it."""

    body: Body
    #: Variables that were written out without a value.
    missing: tuple[str, ...]
    #: Whether a line about unsubscribing was added to an e-mail.
    footer: bool = False


def fill_in(core: Core, script: Script, lead: Lead, campaign: Campaign | None, work: Work) -> Body:
    """Fill in a script for the message that meets an obligation.

    Raises:
        NotFilledInError: it cannot be filled in for this lead; says why, in words.
        SecretStoreError: whether links can be made could not be found out; trying again helps.
    """
    return filled(script, lead, campaign, Linking(core, script.type, work.id)).body


def filled(script: Script, lead: Lead, campaign: Campaign | None, linking: Linking) -> Filled:
    """Fill in a script with these links; raises as `fill_in` does."""
    # What a lead says may hold braces, and VAPI takes them for a template of its own.
    values = values_of(lead, campaign, braces=script.type != "CALL")
    pen = _Pen(
        _Values(values, {"unsubscribeUrl": lambda: _unsubscribe(linking), "link": lambda: _link(values, linking)}),
        linking,
    )
    footer = False
    if script.type == "SMS":
        body: Body = _text_body(script, pen)
    elif script.type == "EMAIL":
        body, footer = _email_body(script, pen, linking)
    else:
        body = _call_body(script, pen, campaign, spoken(values))
    return Filled(body, tuple(pen.missing), footer)


class _Values(dict[str, Any]):
    """Values, some of which are made when they are first asked for."""

    def __init__(self, values: Mapping[str, Any], makers: Mapping[str, Callable[[], Any]]) -> None:
        super().__init__(values)
        self._makers = makers

    def __missing__(self, name: str) -> Any:
        self[name] = value = self._makers[name]()
        return value


@dataclass
class _Pen:
    """Fills in the parts of one script."""

    values: _Values
    linking: Linking
    missing: dict[str, None] = field(default_factory=dict)

    def write(self, part: str, source: str, *, html: bool = False) -> str:
        """One part; `part` is what people call it."""
        # Loads the engine of the language, see the package.
        from retention.templates import rendering

        try:
            text, missing = rendering.render(source, self.values, self.linking.track, html=html)
        except rendering.TemplateError as error:
            raise NotFilledInError(f"{part}: {error}") from None
        self.missing |= dict.fromkeys(missing)
        return text


def _unsubscribe(linking: Linking) -> str | Unavailable:
    try:
        return linking.unsubscribe_url
    except CannotFillError as error:
        return Unavailable(str(error))


def _link(values: Mapping[str, Any], linking: Linking) -> str | Unavailable:
    """The tracked form of the campaign's link, else of the lead's."""
    campaign = values.get("campaign", {})
    target = campaign.get("meta", {}).get("link") or values.get("meta", {}).get("link")
    if target is None:
        return Unavailable("There is no `link` in the free data (meta) of the campaign or the lead.")
    try:
        return linking.track(web_address(str(target)))
    except ValueError as error:
        return Unavailable(f"The `link` in the free data (meta) cannot be used: {error}.")
    except CannotFillError as error:
        return Unavailable(str(error))


def _text_body(script: Script, pen: _Pen) -> TextBody:
    if not isinstance(script.content, str):
        raise NotFilledInError("This script has no text.")
    body = pen.write("Text", script.content).strip()
    if not body:
        raise NotFilledInError("Text: nothing is left of it for this lead.")
    if len(body) > MAX_SMS:
        raise NotFilledInError(f"Text: it has {len(body):,} characters; a text message has at most {MAX_SMS:,}.")
    return TextBody(body)


def _email_body(script: Script, pen: _Pen, linking: Linking) -> tuple[EmailBody, bool]:
    content: Any = script.content
    if isinstance(content, Mapping):
        content = EmailContent.model_construct(**content)
    if not isinstance(content, EmailContent):
        raise NotFilledInError("An e-mail needs a subject and an HTML part; this script has none.")
    subject = _one_line(pen.write("Subject", content.subject))
    if not subject:
        raise NotFilledInError("Subject: nothing is left of it for this lead.")
    if len(subject) > MAX_SUBJECT:
        raise NotFilledInError(f"Subject: it has {len(subject):,} characters; a subject has at most {MAX_SUBJECT}.")
    html = pen.write("HTML part", content.html, html=True)
    if not html.strip():
        raise NotFilledInError("HTML part: nothing is left of it for this lead.")
    if plaintext.is_data(html):
        raise NotFilledInError("HTML part: this is JSON, and not what a person reads.")
    try:
        url = linking.unsubscribe_url
    except CannotFillError as error:
        raise NotFilledInError(str(error)) from None
    text = pen.write("Text part", content.text).strip() if content.text else None
    # What a person reads; an address in a comment or a style is none that anybody sees.
    seen = plaintext.text_of(html) if text is None or url in html else ""
    footer = url not in seen
    html = _with_footer(html, url) if footer else html
    text = seen if text is None else text
    text = text if url in text else f"{text}\n\n--\nUnsubscribe: {url}"
    return EmailBody(subject, html, text, url), footer


def _one_line(text: str) -> str:
    """A text as one line of a header: line breaks and other control characters would begin another header."""
    return "".join(one for one in " ".join(text.split()) if unicodedata.category(one) != "Cc")


def _with_footer(html: str, url: str) -> str:
    """An HTML part with a line at its end that says how to unsubscribe, for a script that does not.

    Source: 15 U.S.C. 7704(a)(3) and (5) (CAN-SPAM): a clear and conspicuous way to opt out, in each message.
    """
    footer = f'<p style="font-size:12px;color:gray"><a href="{escape(url)}">Unsubscribe</a></p>'
    at = max((end.start() for end in _END_OF_BODY.finditer(html)), default=len(html))
    return html[:at] + footer + html[at:]


def _call_body(script: Script, pen: _Pen, campaign: Campaign | None, variables: dict[str, str]) -> CallBody:
    own = script.vapi_config or {}
    said = script.content if isinstance(script.content, str) else None
    instructions = _part(pen, "Instructions", own.get("instructions") or said)
    first_message = _part(pen, "First message", own.get("firstMessage"))
    if instructions is None:
        raise NotFilledInError("Instructions: nothing is left of them for this lead.")
    shared = (campaign.meta or {}).get(CAMPAIGN_SETTINGS) if campaign is not None else None
    settings = merged([own, shared if isinstance(shared, Mapping) else None])
    return CallBody(instructions, first_message, {k: v for k, v in settings.items() if k not in SPOKEN}, variables)


def _part(pen: _Pen, part: str, source: Any) -> str | None:
    """A part of what is said; None where there is none, or nothing is left of it."""
    return pen.write(part, source).strip() or None if isinstance(source, str) else None
