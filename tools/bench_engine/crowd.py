"""Leads with a step that is due, put straight into the table: the API would take longer than what is measured.

Each lead lies there as the API would have put it, and was contacted before: so a step costs what any but the very
first does.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from retention.bootstrap import Application
from retention.clock import truncate_to_milliseconds
from retention.engine.queue import Work
from retention.entity import Entity
from retention.ids import join
from retention.leads.claims import Claims
from retention.leads.model import Contact, Lead, LeadInput
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceCreate, SequenceEnrollment, SequenceStep, StepInput
from retention.sequences.service import Planned
from retention.sequences.stepping import new_execution
from retention.stats.counting import counts_of
from retention.table.items import raw_of
from retention.table.store import MAX_TRANSACTION
from retention.table.writes import Create
from tools.demo.cast import leads
from tools.stack.aws import client

#: Items of one BatchWriteItem. Source: DynamoDB API reference.
BATCH: Final = 25

_TEXT: Final = 'Hi {{ firstName | default: "there" }}, your seat is still free. Reply STOP to opt out.'


@dataclass(frozen=True)
class Owed:
    """A step that is due for a lead."""

    work: Work
    phone: str
    due: datetime


class Crowd:
    """Everybody who takes part in one run; nobody is asked for twice."""

    def __init__(self, app: Application, endpoint: str, people: int) -> None:
        """Puts a sequence in place: a text now, and another after a day, which each step plans with its end."""
        self._app = app
        self._endpoint = endpoint
        self._people = iter(leads(people))
        script = app.scripts.create(ScriptInput(name="Bench: a text", type="SMS", content=_TEXT))
        steps = [StepInput(channel="SMS", script_id=script.id, delay_value=days, delay_unit="DAYS") for days in (0, 1)]
        given = SequenceCreate(name="Bench: two texts", status="ACTIVE", steps=steps)
        self._planned = app.sequences.find(app.sequences.create(given).id)

    def owe(self, due: Sequence[datetime], show: Callable[[int], object] = lambda done: None) -> list[Owed]:
        """Enroll a lead for each of these instants, at which its first step is due.

        Args:
            show: told how many are in place.
        """
        step = self._planned.first_step
        assert step is not None
        table, dynamodb = self._app.core.settings.table_name, client("dynamodb", self._endpoint)
        owed, entities = [], []
        for at in due:
            lead = self._lead()
            enrolled = _enrolled(self._app, self._planned, step, lead, truncate_to_milliseconds(at))
            entities += [lead, *enrolled]
            work = enrolled[-1]
            owed.append(Owed(Work(type(work).__name__, work.id), str(lead.phone), work.due_at))
        puts: list[Any] = [{"PutRequest": {"Item": raw_of(entity)}} for entity in entities]
        for done in range(0, len(puts), BATCH):
            dynamodb.batch_write_item(RequestItems={table: puts[done : done + BATCH]})
            show(done * len(due) // len(puts))
        count(self._app, entities)
        return owed

    def _lead(self) -> Lead:
        core = self._app.core
        now = core.now()
        given = LeadInput.model_validate({**next(self._people), "status": "CONTACTED"})
        return Lead.model_construct(
            **vars(given), id=core.ids.new(now), created_at=now, updated_at=now, revision=core.ids.revision()
        )


def _enrolled(app: Application, planned: Planned, step: SequenceStep, lead: Lead, due: datetime) -> list[Any]:
    """What belongs to an enrolled lead: claims, contact item, enrollment, and last the execution of the first step."""
    core, claims = app.core, Claims(app.core)
    claimed = [write.entity for write in claims.moved(lead, None) if isinstance(write, Create)]
    contact = Contact(lead_id=lead.id, **claims.names(lead), revision=core.ids.revision())
    enrollment = SequenceEnrollment(
        id=join(lead.id, planned.sequence.id),
        sequence_id=planned.sequence.id,
        lead_id=lead.id,
        enrolled_at=core.now(),
        waiting_for=step.id,
        revision=core.ids.revision(),
    )
    return [*claimed, contact, enrollment, new_execution(core, enrollment, step, due)]


def count(app: Application, entities: Sequence[Entity]) -> None:
    """Add to the figures what was put past them."""
    store, writes = app.core.store, counts_of([Create(entity) for entity in entities])
    for done in range(0, len(writes), MAX_TRANSACTION):
        store.write(*writes[done : done + MAX_TRANSACTION])


def spread(begin: datetime, seconds: float, count: int) -> list[datetime]:
    """So many instants within a span, at random, but the same each time."""
    chance = random.Random(count)
    return sorted(begin + timedelta(seconds=chance.uniform(0, seconds)) for _ in range(count))
