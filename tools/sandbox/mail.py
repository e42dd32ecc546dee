"""What SendGrid takes as an e-mail. Source: sendgrid-oai, tsg_mail_v3.json, and its list of errors of mail/send."""

import re
from typing import Any, Final

from tools.sandbox.ledger import fingerprint
from tools.sandbox.world import Draft

_ADDRESS: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
MAX_PERSONALIZATIONS: Final = 1000
MAX_CATEGORIES: Final = 10
#: What a message may consist of.
_MEMBERS: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "personalizations from reply_to reply_to_list subject content attachments template_id headers categories "
        "custom_args send_at batch_id asm ip_pool_name mail_settings tracking_settings",
    )
)
_PERSONAL: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "from to cc bcc subject headers substitutions dynamic_template_data custom_args send_at",
    )
)
#: Headers that SendGrid sets itself.
_RESERVED: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding to from subject reply-to cc "
        "bcc",
    )
)


class _WrongError(Exception):
    """Something is wrong with a message: what, and where."""

    def __init__(self, said: str, where: str | None) -> None:
        super().__init__(said)
        self.wrong = (said, where)


def wrong_with(mail: Any) -> tuple[str, str | None] | None:
    """The first thing that is wrong with a message, and its place; None when nothing is."""
    try:
        _check(mail)
    except _WrongError as found:
        return found.wrong
    return None


def drafts_in(mail: dict[str, Any]) -> list[Draft]:
    """One message for each receiver of each personalization of a message that is right."""
    drafts = []
    for personal in mail["personalizations"]:
        subject = personal.get("subject", mail.get("subject"))
        headers = {
            name.lower(): value for name, value in {**mail.get("headers", {}), **personal.get("headers", {})}.items()
        }
        digest = fingerprint(
            subject, mail.get("content"), mail.get("template_id"), personal.get("dynamic_template_data")
        )
        key = personal.get("custom_args", {}).get("x")
        message = {**mail, "personalizations": [personal], "subject": subject}
        drafts += [Draft(one["email"], digest, key, headers.get("message-id"), message) for one in personal["to"]]
    return drafts


def _check(mail: Any) -> None:
    if not isinstance(mail, dict):
        raise _WrongError("Bad Request", None)
    if unknown := sorted(set(mail) - _MEMBERS):
        raise _WrongError(f"Additional property {unknown[0]} is not allowed", unknown[0])
    personal = mail.get("personalizations")
    if not isinstance(personal, list) or not 1 <= len(personal) <= MAX_PERSONALIZATIONS:
        raise _WrongError(
            "The personalizations field is required and must have at least one personalization.", "personalizations"
        )
    for place, one in enumerate(personal):
        _check_personalization(one, f"personalizations.{place}", mail)
    _check_address(mail.get("from"), "from")
    if "template_id" not in mail:
        _check_content(mail.get("content"))
    categories = mail.get("categories", [])
    if len(categories) > MAX_CATEGORIES or len(set(categories)) < len(categories):
        raise _WrongError("The categories must be unique and at most 10.", "categories")
    _check_headers(mail.get("headers", {}), "headers")


def _check_personalization(one: Any, where: str, mail: dict[str, Any]) -> None:
    if not isinstance(one, dict) or (unknown := sorted(set(one) - _PERSONAL)):
        name = unknown[0] if isinstance(one, dict) else where
        raise _WrongError(f"Additional property {name} is not allowed", where)
    receivers = one.get("to")
    if not isinstance(receivers, list) or not receivers:
        raise _WrongError(
            "The to array is required for all personalization objects, and must have at least one email object with a "
            "valid email address.",
            f"{where}.to",
        )
    for place, receiver in enumerate(receivers):
        _check_address(receiver, f"{where}.to.{place}")
    if not (one.get("subject") or mail.get("subject") or "template_id" in mail):
        raise _WrongError(
            "The subject is required. You can get around this requirement if you use a template with a subject defined "
            "or if every personalization has a subject defined.",
            "subject",
        )
    arguments = one.get("custom_args", {})
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        raise _WrongError("The custom_args values must be strings.", f"{where}.custom_args")
    _check_headers(one.get("headers", {}), f"{where}.headers")


def _check_address(one: Any, where: str) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("email"), str):
        raise _WrongError(f"The {where.split('.')[-1]} object must be provided for every email send.", f"{where}.email")
    if not _ADDRESS.fullmatch(one["email"]):
        raise _WrongError("Does not contain a valid address.", f"{where}.email")


def _check_content(content: Any) -> None:
    if not isinstance(content, list) or not content:
        raise _WrongError("Unless a valid template_id is provided, the content parameter is required.", "content")
    types = []
    for place, part in enumerate(content):
        if not isinstance(part, dict) or not part.get("value") or not isinstance(part["value"], str):
            raise _WrongError(
                "The content value must be a string at least one character in length.", f"content.{place}.value"
            )
        types.append(part.get("type"))
    if "text/plain" in types[1:] or types.count("text/html") > 1 or None in types:
        raise _WrongError(
            "If present, text/plain must be first, followed by text/html, followed by any others.", "content"
        )


def _check_headers(headers: Any, where: str) -> None:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _WrongError("The headers must be strings.", where)
    for name, value in headers.items():
        if name.lower() in _RESERVED:
            raise _WrongError(f"The header {name} is reserved.", f"{where}.{name}")
        if not name.isascii() or "\n" in value or "\r" in value:
            raise _WrongError("The headers must be ASCII and without line ends.", f"{where}.{name}")
