"""All that is known of one person, as one document that a person can read. In pieces: it may be of any size.

Queries of the lead's partition, with its conversions and the suppressions of its addresses beside it. Texts of
messages are not kept, so they are not in it; what else is not says so itself.

Source: Regulation (EU) 2016/679 (GDPR), Articles 15 and 20.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from retention import jsontext
from retention.attempts.model import ContactAttempt, DirectContact
from retention.budgets.model import Charge
from retention.campaigns.model import CampaignContact, CampaignLead
from retention.conversions.model import Conversion, ConversionOfLead
from retention.conversions.recording import conversion_key
from retention.core import Core
from retention.entity import Entity
from retention.errors import NotFoundError
from retention.experiments.model import Exposure
from retention.leads.contact import contact_key, lead_key
from retention.leads.model import Contact, Lead
from retention.moving.records import INTERNAL, KIND, record_of
from retention.replies.model import Reply
from retention.reports.transcripts import Transcript
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.table import keys

#: Sections of items of the lead's partition, by their names, in the order of the document.
SECTIONS: Final[Mapping[str, type[Entity]]] = {
    "campaigns": CampaignLead,
    "campaignContacts": CampaignContact,
    "sequences": SequenceEnrollment,
    "steps": SequenceStepExecution,
    "contactsByHand": DirectContact,
    "contactAttempts": ContactAttempt,
    "transcripts": Transcript,
    "replies": Reply,
    "tests": Exposure,
    "charges": Charge,
}
#: What is not in the document, and why.
NOT_INCLUDED: Final[Mapping[str, str]] = {
    "texts of messages": "They are made when they are sent and not kept; the scripts that are named are the team's.",
    "recordings of calls": "VAPI keeps them, under the providerRef of the call; the words are among the transcripts.",
    "what providers keep": "Twilio, SendGrid and VAPI have records of their own of each message, by its providerRef.",
    "log of what came in, events told to the team's systems": "They repeat what is in here, name the lead by its id "
    "only, and leave after 30 days.",
    "figures": "They are sums, in which nobody can be found.",
}
#: Fields that say nothing about the person.
_OURS: Final = frozenset({"revision", "deleting", "expiresAt", "phoneName", "emailName"})
#: Conversions that are read together.
_TOGETHER: Final = 100


def bundle_pieces(core: Core, lead_id: str) -> Iterator[bytes]:
    """The document in pieces, in UTF-8; put together they are JSON.

    Raises:
        NotFoundError: there is no such lead, before the first piece.
    """
    lead, contact = core.store.find_many([(Lead, lead_key(lead_id)), (Contact, contact_key(lead_id))])
    if lead is None or lead.deleting or contact is None:
        raise NotFoundError(f"There is no lead {lead_id}.")
    yield b'{\n"about": ' + jsontext.dump_bytes(_about(lead, core.now()))
    yield b',\n"lead": ' + _line(lead)
    yield b',\n"contact": ' + _line(contact)
    for name, kind in SECTIONS.items():
        yield from _section(name, core.store.query_entities(kind, lead_key(lead_id).pk, starts_with=_head(kind)))
    yield from _section("conversions", _conversions(core, lead_id))
    yield from _section("suppressions", _suppressions(core, contact))
    yield b',\n"notIncluded": ' + jsontext.dump_bytes(NOT_INCLUDED) + b"\n}\n"


def _about(lead: Lead, at: datetime) -> dict[str, str]:
    return {
        "leadId": lead.id,
        "madeAt": jsontext.format_instant(at),
        "what": "All that is known of this person, by what it is about. Instants are in UTC. `internal` holds what the "
        "service itself goes by.",
    }


def _section(name: str, entities: Iterable[Entity]) -> Iterator[bytes]:
    yield f',\n"{name}": ['.encode()
    before = b"\n"
    for entity in entities:
        yield before + _line(entity)
        before = b",\n"
    yield b"]"


def _line(entity: Entity) -> bytes:
    record = record_of(entity)
    internal = {name: value for name, value in record.pop(INTERNAL, {}).items() if name not in _OURS}
    told = {name: value for name, value in record.items() if name != KIND}
    return jsontext.dump_bytes({**told, **({INTERNAL: internal} if internal else {})})


def _head(kind: type[Entity]) -> str:
    return keys.prefix(kind.__name__)


def _conversions(core: Core, lead_id: str) -> Iterator[Conversion]:
    pointers = core.store.query_entities(ConversionOfLead, lead_key(lead_id).pk, starts_with=_head(ConversionOfLead))
    together: list[str] = []
    for pointer in pointers:
        together.append(pointer.conversion_id)
        if len(together) == _TOGETHER:
            yield from _found(core, together)
            together = []
    yield from _found(core, together)


def _found(core: Core, ids: list[str]) -> Iterator[Conversion]:
    wanted = [(Conversion, conversion_key(one)) for one in ids]
    yield from (one for one in core.store.find_many(wanted) if one is not None)


def _suppressions(core: Core, contact: Contact) -> Iterator[Entity]:
    """Those of the lead's addresses, in force and lifted."""
    for name in (contact.email_name, contact.phone_name):
        if name is not None:
            (pk,) = keys.partitions(Suppression.__name__, id=name)
            yield from core.store.query_entities(Suppression, pk)
            yield from core.store.query_entities(LiftedSuppression, pk)
