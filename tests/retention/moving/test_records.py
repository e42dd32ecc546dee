"""A record holds all that an item holds, and gives it back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from retention import jsontext
from retention.entity import Entity
from retention.errors import InvalidInputError
from retention.moving.kinds import CARRIED, COMPANIONS, ENTITIES, LEFT_BEHIND
from retention.moving.records import entity_of, line_of, record_of
from retention.sequences.model import Arrival
from retention.table.items import from_raw, raw_of
from retention.table.layouts import LAYOUTS
from tests import factories
from tests.start import START


def _some() -> Iterator[Entity]:
    lead = factories.a_lead(phone="+14155550100", meta={"price": Decimal("1.10"), "none": None, "": ""})
    campaign, script, sequence = factories.a_campaign(), factories.a_script(), factories.a_sequence()
    step = factories.a_step(sequence)
    enrollment = factories.an_enrollment(lead, sequence, paused_at=START)
    attempt = factories.an_attempt(lead, cost=Decimal("0.0075"), sent_at=START, told={"sent": {"at": "x"}})
    yield from (lead, campaign, script, sequence, step, enrollment, attempt)
    yield factories.a_contact(lead, version=3, recent={"SMS": [1, 2]}, expires_at=START + timedelta(days=1))
    yield factories.an_execution(enrollment, step, history=[{"at": "x", "code": "y"}])
    yield factories.an_assignment(lead, campaign)
    yield factories.a_test(campaign)
    yield from factories.a_conversion()
    yield Arrival(lead_id=lead.id, what="lead", arrived_at=START, due_at=START, revision="r")


@pytest.mark.parametrize("entity", list(_some()), ids=lambda entity: type(entity).__name__)
def test_an_item_comes_back_from_its_record_as_it_was(entity: Entity) -> None:
    stored = raw_of(entity)

    line = line_of(record_of(from_raw(type(entity), stored)))
    again = entity_of(type(entity), jsontext.loads(line.decode()))

    assert raw_of(again) == stored
    assert line_of(record_of(again)) == line


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"firstName": None}, "/firstName"),
        ({"surname": "Lovelace"}, "/surname"),
        ({"createdAt": "yesterday"}, "/createdAt"),
        ({"deleting": True}, "/deleting"),
        ({"internal": {"firstName": "Ada"}}, "/internal/firstName"),
        ({"internal": [1]}, "/internal"),
    ],
)
def test_what_is_wrong_with_a_record_is_named(change: dict[str, object], pointer: str) -> None:
    lead = factories.a_lead()

    with pytest.raises(InvalidInputError) as refusal:
        entity_of(type(lead), {**record_of(lead), **change})

    assert [error.pointer for error in refusal.value.errors] == [pointer]


def test_every_kind_of_item_is_carried_or_left_behind_with_a_reason() -> None:
    assert CARRIED.keys() | LEFT_BEHIND.keys() == LAYOUTS.keys()
    assert not CARRIED.keys() & LEFT_BEHIND.keys()
    assert len(CARRIED) == len(ENTITIES) + len(COMPANIONS)
    assert len(ENTITIES) == 13
