"""Everything of one kind, for other programs: what the API shows of it, as JSON Lines or CSV, by the order of keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from retention import jsontext
from retention.attempts.model import ContactAttempt
from retention.campaigns.model import Campaign, CampaignLead
from retention.conversions.model import Conversion, ConversionRule
from retention.core import Core
from retention.entity import Entity
from retention.experiments.model import ABTest
from retention.experiments.service import ABTestService
from retention.exports.collecting import collect, is_there
from retention.exports.ending import finished, put
from retention.exports.files import piece_key
from retention.exports.model import Export, ExportedEntity
from retention.exports.runs import Merge, Row, index_of
from retention.integrations.model import IntegrationConfig
from retention.integrations.service import shown
from retention.jobs.runner import Chunk
from retention.leads.contact import contact_key, view_of
from retention.leads.model import Contact, Lead, LeadView
from retention.moving.storage import Transfers
from retention.scripts import bodies
from retention.scripts.model import Script
from retention.sequences.model import RetentionSequence, SequenceEnrollment, SequenceStep, SequenceStepExecution
from retention.sheet import BYTE_ORDER_MARK, columns_of, heading, row_of
from retention.shown import plain
from retention.table.keys import key_of

#: The kinds of what can be exported by itself.
KINDS: Final[Mapping[ExportedEntity, type[Entity]]] = {
    "leads": Lead,
    "campaigns": Campaign,
    "campaign-leads": CampaignLead,
    "scripts": Script,
    "contact-attempts": ContactAttempt,
    "integrations": IntegrationConfig,
    "sequences": RetentionSequence,
    "sequence-steps": SequenceStep,
    "enrollments": SequenceEnrollment,
    "executions": SequenceStepExecution,
    "conversions": Conversion,
    "conversion-rules": ConversionRule,
    "ab-tests": ABTest,
}
#: Bytes that are passed on at once.
_BLOCK: Final = 256 * 1024


def _leads(core: Core, leads: Sequence[Any]) -> list[Entity]:
    contacts = core.store.find_many([(Contact, contact_key(lead.id)) for lead in leads])
    return [
        view_of(lead, contact)
        for lead, contact in zip(leads, contacts, strict=True)
        if contact is not None and is_there(contact)
    ]


def _tests(core: Core, tests: Sequence[Any]) -> list[Entity]:
    service = ABTestService(core)
    return [service.get(test.id) for test in tests]


#: What the API shows of items, where that is not what the items hold.
_VIEWS: Final[Mapping[type[Entity], Callable[[Core, Sequence[Any]], Sequence[Entity]]]] = {
    Lead: _leads,
    Script: bodies.fetch,
    ABTest: _tests,
    IntegrationConfig: lambda _, configs: [shown(config) for config in configs],
}


def make(core: Core, export: Export, checkpoint: Any) -> Iterator[Chunk]:
    """Make a table, from a checkpoint on, which is the place of the collecting."""
    assert export.entity is not None
    kind = KINDS[export.entity]

    def rows_of(entities: Sequence[Entity]) -> Iterator[Row]:
        view = _VIEWS.get(kind)
        for one in entities if view is None else view(core, entities):
            where = key_of(Lead.model_construct(**vars(one))) if isinstance(one, LeadView) else key_of(one)
            yield Row(where, (), (), jsontext.dump_bytes(plain(one)) + b"\n")

    place = checkpoint
    for place in collect(core, export.id, {kind.__name__: kind}, rows_of, checkpoint):
        yield Chunk(checkpoint=place, result={"records": place["rows"]})
    transfers, count = Transfers(core), 0
    runs = [piece_key(export.id, name) for name in place["runs"]]
    indexes = core.store.parallel(lambda run: index_of(transfers, run), runs)
    merge = Merge(transfers, runs, indexes, kind.__name__)

    def pieces() -> Iterator[bytes]:
        nonlocal count
        block = bytearray(_head(export, kind))
        for row in merge.rows():
            block += _as_row(kind, row.line) if export.format == "csv" else row.line
            count += 1
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    said = yield from put(core, export, pieces(), Chunk(checkpoint=place, result={"records": place["rows"]}))
    finished(core, export, records=count, **said)


def _contract(kind: type[Entity]) -> type[BaseModel]:
    """What is shown of a kind."""
    return LeadView if kind is Lead else kind


def _head(export: Export, kind: type[Entity]) -> bytes:
    if export.format != "csv":
        return b""
    return (BYTE_ORDER_MARK + heading(columns_of(_contract(kind)))).encode()


def _as_row(kind: type[Entity], line: bytes) -> bytes:
    return row_of(columns_of(_contract(kind)), jsontext.loads(line.decode())).encode()
