"""Suppressions under the names that they have here.

Both stacks have the same key, or this one takes that of the archive over (suppressions/adopting): the names stay. Where
this stack has leads or suppressions of its own, its key stays: a suppression can then be named anew where a lead of the
archive has the address; one of an erased person cannot, and is refused.
"""

from collections.abc import Mapping
from typing import Final

from retention import jsontext
from retention.core import Core
from retention.errors import MalformedInputError
from retention.imports.archive.records import Record
from retention.keyring import keyed_hash
from retention.leads import addresses
from retention.leads.model import Lead
from retention.moving.archive import ArchiveReader
from retention.suppressions.adopting import is_empty
from retention.suppressions.identity import suppression_id
from retention.suppressions.model import LiftedSuppression, Suppression

#: Where an archive says under which key its suppressions are.
MEMBER: Final = "suppressionKey"
#: Bytes of a key.
_LENGTH: Final = 32


def key_in(reader: ArchiveReader) -> bytes | None:
    """The key under which the suppressions of an archive are; None where it says none."""
    said = reader.manifest.get(MEMBER)
    try:
        key = bytes.fromhex(said) if isinstance(said, str) else b""
    except ValueError:
        return None
    return key if len(key) == _LENGTH else None


def holds_suppressions(reader: ArchiveReader) -> bool:
    """Whether an archive has anything that is named by such a key."""
    named = {Suppression.__name__, LiftedSuppression.__name__}
    return any(kind in named for kind, _ in reader.kinds)


class Naming:
    """Names the suppressions of an archive.

    Args:
        names: what they are called here by what the archive calls them; None: they are called the same.
    """

    def __init__(self, names: Mapping[str, str] | None) -> None:
        self._names = names

    def __call__(self, record: Record) -> None:
        """Name a record, or refuse it; nothing for one of another kind."""
        entity = record.entity
        if self._names is None or not isinstance(entity, Suppression | LiftedSuppression):
            return
        field = "id" if isinstance(entity, Suppression) else "suppression_id"
        name = self._names.get(getattr(entity, field))
        if name is None:
            detail = "It is named under another stack's key, and no lead of the archive has its address."
            record.refuse("/id", "other_key", detail)
        else:
            record.entity = entity.model_copy(update={field: name})


def naming_of(core: Core, reader: ArchiveReader, *, foreseen: bool = False) -> Naming:
    """How the suppressions of an archive are called here, by the key that this stack has now.

    Args:
        foreseen: not by that, but by the key that it will have when it takes the archive in.
    """
    theirs = key_in(reader)
    if not holds_suppressions(reader) or theirs == core.keyring.key("suppression"):
        return Naming(None)
    if theirs is None:
        return Naming({})
    return Naming(None) if foreseen and is_empty(core) else Naming(_translated(core, reader, theirs))


def _translated(core: Core, reader: ArchiveReader, theirs: bytes) -> dict[str, str]:
    """What the suppressions of the leads' addresses are called there and here."""
    wanted = {name for kind in (Suppression, LiftedSuppression) for name in _ids(reader, kind.__name__)}
    names: dict[str, str] = {}
    for line in reader.lines(Lead.__name__):
        try:
            lead = jsontext.loads_strict(line)
        except MalformedInputError:
            continue
        for address in (lead.get("email"), lead.get("phone")) if isinstance(lead, dict) else ():
            if isinstance(address, str) and address:
                there = keyed_hash(theirs, addresses.email_identity(address))
                if there in wanted:
                    names[there] = suppression_id(core.keyring, address)
    return names


def _ids(reader: ArchiveReader, kind: str) -> set[str]:
    found: set[str] = set()
    for line in reader.lines(kind):
        try:
            record = jsontext.loads_strict(line)
        except MalformedInputError:
            continue
        name = record.get("id", record.get("suppressionId")) if isinstance(record, dict) else None
        if isinstance(name, str):
            found.add(name)
    return found
