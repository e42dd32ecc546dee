"""Scripts: the words of calls, text messages and e-mails."""

from collections.abc import Iterator
from typing import Any, Final

from retention import jsontext
from retention.entity import Entity
from retention.scripts.bodies import MAX_INLINE
from retention.scripts.content import MAX_BYTES
from retention.scripts.model import EmailContent, Script, ScriptBody
from retention.table.keys import fingerprint
from tools.predecessor import words
from tools.predecessor.cells import UnreadableCellError, data, text
from tools.predecessor.desk import Desk
from tools.predecessor.row import Row

_SETTINGS: Final = 32_768
#: Characters of a text; bytes of the parts of an e-mail, which together fit an item.
_LONGEST: Final = MAX_BYTES // 4
_MOST_HTML: Final = 200_000
_MOST_TEXT: Final = 50_000
#: Where the name of an e-mail's body is kept; no member can be called so.
_FOUND: Final = "\x00body"
#: Names that the body of an e-mail has in the predecessor's content.
_BODIES: Final = ("html", "body", "content", "message")


def scripts(desk: Desk) -> dict[str, str]:
    """Every script. Gives the channel of each."""
    channels: dict[str, str] = {}

    def one(row: Row) -> Iterator[Entity]:
        identity = desk.identities.claim(row)
        channel = row.word("type", words.CHANNEL)
        content = _content(row, channel)
        settings = row.json_object("vapiConfig", _SETTINGS)
        if settings is not None and channel != "CALL":
            row.left_out(
                "vapiConfig", "not_for_this_type", "Only a script of type CALL has settings for VAPI.", settings
            )
            settings = None
        created = row.dated("createdAt", "updatedAt")
        yield from stored(
            Script.model_construct(
                id=identity,
                name=row.name("name", f"Script {row.id}"[:200]),
                type=channel,
                content=content,
                vapi_config=settings,
                campaign_id=desk.identities.optional(row, "campaignId", "Campaign"),
                is_default=row.flag("isDefault", False),
                created_at=created,
                updated_at=row.dated("updatedAt", "createdAt"),
            )
        )
        channels[identity] = channel

    desk.each("Script", one)
    return channels


def stored(script: Script) -> Iterator[Entity]:
    """A script as its item holds it, and the item with its words where they are long."""
    held = jsontext.canonical([script.content, script.vapi_config])
    if len(held) <= MAX_INLINE:
        yield script
        return
    revision = fingerprint(script.id, held.decode())[:12]
    outside = {"content": None, "vapi_config": None, "body_bytes": len(held), "body_revision": revision}
    yield script.model_copy(update=outside)
    yield ScriptBody.model_construct(
        script_id=script.id, content=script.content, vapi_config=script.vapi_config, revision=revision
    )


def _content(row: Row, channel: str) -> Any:
    """What a script says, in the form that its channel has."""
    if channel == "EMAIL" and (parts := _parts(row["content"])) is not None:
        return _email(row, parts)
    said = row.text("content", _LONGEST, blank=True)
    if said is None or not said.strip():
        if channel != "CALL":
            row.normalised("content", "no_content", "Without content it cannot be sent.", said)
        return None
    if channel == "EMAIL":
        row.normalised("content", "no_subject", "An e-mail needs a subject and a body: give it both before it is sent.")
    return said


def _parts(cell: Any) -> dict[str, Any] | None:
    """The parts of an e-mail that has a subject and a body, by their names there and `body`; None for a plain text."""
    said = text(cell).value
    if not said or not said.lstrip().startswith("{"):
        return None
    try:
        parts = data(said).value
    except UnreadableCellError:
        return None
    if not isinstance(parts, dict):
        return None
    body = next((name for name in _BODIES if isinstance(parts.get(name), str) and parts[name].strip()), None)
    subject = parts.get("subject")
    has_both = body is not None and isinstance(subject, str) and subject.strip()
    return {**parts, _FOUND: body} if has_both else None


def _email(row: Row, parts: dict[str, Any]) -> EmailContent:
    """An e-mail of its parts; the predecessor has called its HTML by several names."""
    body = parts[_FOUND]
    if body != "html":
        row.normalised("content", "email_parts", f"{body} becomes html.")
    others = sorted(parts.keys() - {"subject", body, "text", _FOUND})
    if others:
        row.left_out("content", "unknown_member", f"An e-mail has no {', '.join(others)[:200]}.")
    subject = " ".join(parts["subject"].split())[:998]
    plain = parts.get("text") if isinstance(parts.get("text"), str) and parts["text"] else None
    html, plain = _cut(parts[body], _MOST_HTML), None if plain is None else _cut(plain, _MOST_TEXT)
    if (subject, html) != (parts["subject"], parts[body]) or plain != (parts.get("text") or None):
        row.normalised("content", "too_long", "A subject has one line of 998 characters, and all of it 250 KB.")
    return EmailContent.model_construct(subject=subject, html=html, text=plain)


def _cut(words: str, most: int) -> str:
    """As much of a text as has so many bytes as JSON."""
    if len(jsontext.dump_bytes(words)) <= most:
        return words
    while len(jsontext.dump_bytes(words)) > most:
        words = words[: len(words) * 9 // 10]
    return words
