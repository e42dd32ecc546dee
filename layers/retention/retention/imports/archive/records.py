"""A record of an archive as it is read: the item that it makes, or why it makes none."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from retention import jsontext
from retention.entity import Entity
from retention.errors import FieldError, InvalidInputError, MalformedInputError
from retention.ids import SEPARATOR, join
from retention.imports.archive.going import with_jobs
from retention.leads.model import EmailClaim, ExternalReference, PhoneClaim
from retention.moving.carrying import owned_in, uncarried
from retention.moving.kinds import CARRIED, ENTITIES
from retention.moving.records import KIND
from retention.table.keys import fingerprint, key_of

#: Characters of a revision.
REVISION: Final = 12
#: Bytes that DynamoDB allows for a partition key and for a sort key. Source: Developer Guide, Constraints.
_KEY_BYTES: Final = (2048, 1024)
#: Ids that are part of a key: what separates its parts, or those of an id, must not be in them.
_ROOT: Final = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_PARTS: Final = re.compile(r"[A-Za-z0-9_.\-]{1,200}")
#: Fields that hold an id without parts, whatever the kind.
_ROOT_FIELDS: Final = ("lead_id", "campaign_id", "sequence_id", "script_id", "step_id", "webhook_id", "rule_id")
#: Ids that say where their item is, by the fields that they are made of.
_LOCATING: Final = {
    "CampaignLead": ("lead_id", "campaign_id"),
    "SequenceEnrollment": ("lead_id", "sequence_id"),
    "SequenceStepExecution": ("lead_id", "sequence_id", "generation", "step_id"),
    "ABTest": ("campaign_id", "local_id"),
}
#: Ids that begin with that of their lead.
_OF_LEAD: Final = frozenset({"ContactAttempt", "CampaignContact", "DirectContact", "Reply"})
#: Kinds that are changed on the condition that they are as they were seen: they have a revision, whoever wrote them.
_REVISED: Final = frozenset(ENTITIES)
_WITH_ROOT_ID: Final = frozenset(
    {"Campaign", "Script", "RetentionSequence", "SequenceStep", "ConversionRule", "Lead", "InboundWebhook"}
    | {"WebhookEndpoint", "Conversion", "Suppression"}
)


@dataclass
class Record:
    """One line of an archive."""

    #: Its place in the archive, from 1.
    row: int
    kind: str
    #: The item that it makes; None where it makes none.
    entity: Entity | None = None
    errors: list[FieldError] = field(default_factory=list)
    #: Which addresses the lead owns, of a contact item.
    owns: list[str] = field(default_factory=list)
    #: Bytes of its line.
    size: int = 0
    #: The id that the line gives, for people.
    named: str | None = None
    #: True where somebody else has just written the very same.
    was_there: bool = False

    def refuse(self, pointer: str, code: str, detail: str) -> None:
        """It is not taken in."""
        self.errors.append(FieldError(pointer, code, detail))

    @property
    def id(self) -> str | None:
        """What it is called."""
        return self.named if self.entity is None else _name(self.entity)

    def line(self, status: str) -> dict[str, Any]:
        """What the result says of it."""
        errors = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in self.errors]
        said: dict[str, Any] = {"row": self.row, "status": status, "id": self.id, "kind": self.kind}
        return {**said, "errors": errors} if errors else said


def read(kind: str, row: int, line: bytes, renamed: Callable[[Record], None]) -> Record:
    """Read a line.

    Args:
        renamed: names the item of a record as this stack does, or refuses it.
    """
    record = Record(row, kind, size=len(line))
    try:
        data = jsontext.loads_strict(line)
    except MalformedInputError as error:
        record.errors += error.errors
        return record
    if not isinstance(data, dict) or data.get(KIND) != kind:
        record.refuse(f"/{KIND}", "wrong_kind", f"A JSON object with the kind {kind} is expected here.")
        return record
    record.named = data["id"] if isinstance(data.get("id"), str) else None
    try:
        entity = uncarried(CARRIED[kind], data)
    except InvalidInputError as error:
        record.errors += error.errors
        return record
    if not entity.revision and type(entity) in _REVISED:
        # Always the same, so that the item is known again when the file comes a second time.
        entity = entity.model_copy(update={"revision": fingerprint(line.decode())[:REVISION]})
    record.entity, record.owns = with_jobs(entity), owned_in(data)
    renamed(record)
    record.errors += _misplaced(record.entity)
    if record.errors:
        record.named, record.entity = record.id, None
    return record


def _name(entity: Entity) -> str:
    """How people find an item: by its id, else by its key; by the lead where the key says an address of it."""
    if isinstance(entity, EmailClaim | PhoneClaim | ExternalReference):
        return entity.lead_id
    name = getattr(entity, "id", None)
    return name if isinstance(name, str) and name else "/".join(key_of(entity))


def _misplaced(entity: Entity) -> Iterator[FieldError]:
    """Why an item cannot live where its fields say."""
    kind = type(entity).__name__
    if entity.deleting:
        yield FieldError("/internal/deleting", "going_away", "This was going away when it was exported.")
    for name in _ROOT_FIELDS:
        value = getattr(entity, name, None)
        if value and not _ROOT.fullmatch(value):
            yield FieldError(_pointer(entity, name), "invalid_id", "An id has letters, digits, - and _ only, up to 64.")
    own = getattr(entity, "id", None)
    if isinstance(own, str) and not (_ROOT if kind in _WITH_ROOT_ID else _PARTS).fullmatch(own) and kind != "Charge":
        yield FieldError("/id", "invalid_id", "An id has letters, digits, - and _ only.")
    elif kind in _LOCATING and own != join(*(getattr(entity, part) for part in _LOCATING[kind])):
        yield FieldError("/id", "mismatch", "The id is not that of the place where this belongs.")
    elif kind in _OF_LEAD and not str(own).startswith(f"{getattr(entity, 'lead_id', '')}{SEPARATOR}"):
        yield FieldError("/id", "mismatch", "The id does not begin with that of the lead.")
    else:
        place = key_of(entity)
        if any(len(part.encode()) > most for part, most in zip(place, _KEY_BYTES, strict=True)):
            yield FieldError("", "too_long", "What names this is longer than a key may be.")


def _pointer(entity: Entity, name: str) -> str:
    info = type(entity).model_fields[name]
    return f"/internal/{info.alias}" if info.exclude else f"/{info.alias or name}"
