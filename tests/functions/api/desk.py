"""The API with a worker behind it: what is asked for over HTTP is done by `work`, by a provider with a ledger."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.engine.queue import Work
from retention.engine.worker import Report
from retention.entity import Entity
from retention.integrations.model import IntegrationConfig
from retention.leads.contact import lead_key
from retention.table.keys import due_entry, index_partitions, owed_entry
from tests.api_client import ApiClient
from tests.factories import load
from tests.retention.engine.ledger import Ledger
from tests.retention.engine.simulated_queue import SimulatedQueue

E = TypeVar("E", bound=Entity)

#: Contact is allowed at any time and nearly as often as anybody likes, unless a test says otherwise.
RULES = {"sms_hours": "always", "call_hours": "always", "frequency_caps": "SMS 9/1h"}


class Desk:
    """The application on the table of `app`, under these rules of the account."""

    def __init__(self, app: Application, clock: ManualClock, **rules: Any) -> None:
        self.clock = clock
        self.queue = SimulatedQueue(clock)
        settings = replace(app.core.settings, **(RULES | rules))
        self.app = build(settings, clock=clock, keyring=app.core.keyring, work_queue=self.queue)
        self.api = ApiClient(self.app)
        self.ledger = Ledger(clock)
        self.people = 0
        dated: dict[str, Any] = {"created_at": clock.now(), "updated_at": clock.now()}
        twilio = IntegrationConfig(
            id="twilio", provider="twilio", type="SMS", config={}, is_active=True, revision="r", **dated
        )
        load(app, [twilio])
        self.script = self.made("/v1/scripts", name="Hello", type="SMS", content="Hello, {{ firstName }}")["id"]

    def made(self, path: str, **body: Any) -> Any:
        """What a POST answers that goes well."""
        reply = self.api.post(path, body)
        assert reply.status in (200, 201), reply.text
        return reply.json

    def lead(self, **more: Any) -> str:
        """The id of a lead with a number of its own."""
        self.people += 1
        given = {"firstName": "Ada", "lastName": "Lovelace", "phone": f"+1202555{self.people:04d}", **more}
        return str(self.made("/v1/leads", **{name: value for name, value in given.items() if value is not None})["id"])

    def sequence(self, *steps: dict[str, Any], **more: Any) -> Any:
        """An active sequence of text messages."""
        own = {"channel": "SMS", "scriptId": self.script}
        return self.made(
            "/v1/sequences", name="Win back", status="ACTIVE", steps=[{**own, **one} for one in steps], **more
        )

    def enroll(self, sequence: str, lead: str) -> str:
        """The path of a new enrollment of a lead, in the sequence with this id."""
        return f"/v1/enrollments/{self.made(f'/v1/sequences/{sequence}/enrollments', leadId=lead)['id']}"

    def of(self, entity: type[E], lead: str) -> list[E]:
        """What there is of a kind in the partition of a lead."""
        return list(self.app.core.store.query_entities(entity, lead_key(lead).pk))

    def due(self) -> list[Work]:
        """What is due now, as the dispatcher finds it."""
        shards = index_partitions("SequenceStepExecution", "due")
        rows = [row["dueSk"]["S"] for pk in shards for row in self.app.core.store.query(pk, index="due")]
        entries = [entry for row in rows if (entry := owed_entry(row)) is not None]
        return [Work(entry.kind, entry.id) for entry in entries if entry.due_at <= self.clock.now()]

    def work(self, *work: Work) -> Report:
        """A worker that has just started does what is due, or the work given."""
        return build_worker(self.app.core, self.ledger).process(list(work) or self.due())

    def lose_track(self, meanwhile: Callable[[], None] | None = None) -> None:
        """Do what is due with a provider that does not answer, and cannot tell for a day what became of it.

        Args:
            meanwhile: what happens while that is awaited.
        """
        self.ledger.moods, self.ledger.blind = ["lose"] * 10, True
        self.work()
        self.wait(seconds=301)
        self.work()
        if meanwhile is not None:
            meanwhile()
        self.wait(hours=24)
        self.work()
        self.ledger.moods, self.ledger.blind = [], False

    def wait(self, *, hours: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        self.clock.advance(hours * 3600 + seconds)

    def run_jobs(self) -> None:
        """Run every job that is due."""
        for pk in index_partitions("Job", "due"):
            for row in list(self.app.core.store.query(pk, index="due")):
                self.app.runner.run(due_entry(row["dueSk"]["S"]).rest, lambda: True)
