"""The few pages that a lead may see: plain, for any browser and for reading aloud, with nothing from elsewhere."""

from typing import Final

from webhooks.answers import Answer

_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    # The style stands in the page; there is no script, no picture, no frame, and the only form posts to this address.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em;color:#222;background:#fff}"
    "button{font:inherit;padding:.6em 1.2em;border:0;border-radius:.3em;color:#fff;background:#1a4f8b;cursor:pointer}"
    "button:focus-visible{outline:3px solid #f2a900;outline-offset:2px}"
)


def _page(status: int, title: str, text: str, below: str = "") -> Answer:
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1><p>{text}</p>{below}</main></body></html>"
    )
    return Answer(status, body, _HEADERS)


def confirm() -> Answer:
    """Asks whether to unsubscribe; the button posts to the same address."""
    button = (
        '<form method="post"><input type="hidden" name="confirm" value="yes">'
        '<button type="submit">Unsubscribe</button></form>'
    )
    return _page(200, "Unsubscribe", "Do you want to get no more messages from us?", button)


def unsubscribed() -> Answer:
    """Says that it is done."""
    return _page(200, "You are unsubscribed", "You will get no more messages.")


def preview() -> Answer:
    """Says that this link belongs to a preview."""
    return _page(200, "This is a preview", "In a message that is sent, this link unsubscribes. Nothing was changed.")


def unknown_link() -> Answer:
    """Says that the link is none of ours."""
    return _page(404, "This link is not known", "It may have been cut off. Open it from the message once more.")
