"""Links in our messages: a tracked link leads on, an unsubscribe link to a page with one button."""

import logging
import re
from typing import Final

from retention.receiving.inbox import InboxUnavailableError
from retention.receiving.request import Request
from retention.receiving.splitting import links as splitting
from retention.templates.links import Click, Unsubscribe, Visit, sign, verify
from retention.templates.webaddress import web_address
from webhooks import pages
from webhooks.answers import Answer
from webhooks.door import Door

logger = logging.getLogger(__name__)
#: Whoever is sent on tells nobody where from, and no crawler keeps it.
_QUIETLY: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def click(door: Door, request: Request, token: str) -> Answer:
    """Somebody follows a tracked link: he arrives, whatever becomes of the click."""
    named = verify(door.keyring, token, Click)
    if named is None:
        return pages.unknown_link()
    if named.preview:
        return Answer(302, headers={"Location": web_address(named.target), **_QUIETLY})
    try:
        door.keep([splitting.click(token, request, door.clock.now())])
    except InboxUnavailableError:
        logger.warning("click_lost", exc_info=True)
        door.measure("ClicksLost")
    visit = sign(door.keyring, Visit(named.work))
    location = with_parameter(named.target, door.settings.tracked_link_parameter, visit)
    return Answer(302, headers={"Location": web_address(location), **_QUIETLY})


def unsubscribe(door: Door, request: Request, token: str) -> Answer:
    """A person, or a mailbox for him, wants no more. Looking at the page changes nothing: scanners look, too."""
    named = verify(door.keyring, token, Unsubscribe)
    if named is None:
        return pages.unknown_link()
    if named.preview:
        return pages.preview()
    if request.method != "POST":
        return pages.confirm()
    door.keep([splitting.unsubscribe(token, request, door.clock.now())])
    return pages.unsubscribed()


def with_parameter(url: str, name: str, value: str) -> str:
    """An address with a query parameter set to a value that any URL can hold; everything else stays as it is."""
    rest, hash_sign, fragment = url.partition("#")
    address, _, query = rest.partition("?")
    others = [pair for pair in query.split("&") if pair and not _names(pair, name)]
    return f"{address}?{'&'.join([*others, f'{name}={value}'])}{hash_sign}{fragment}"


def _names(pair: str, name: str) -> bool:
    return re.fullmatch(rf"{re.escape(name)}(=.*)?", pair, re.DOTALL) is not None
