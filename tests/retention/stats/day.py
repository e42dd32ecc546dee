"""A random day, the same for a seed each time: everything that counts for a figure happens, in any order, with deaths.

Services are called directly. What they refuse is refused; what nobody foresaw ends the day.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final, TypeVar, get_args

from retention.attempts.model import AttemptInput, ContactAttempt, DirectContact
from retention.bootstrap import Application
from retention.budgets.prices import Prices
from retention.campaigns.model import CampaignContact, CampaignLead
from retention.clock import ManualClock
from retention.conversions.model import Conversion, ConversionInput
from retention.engine.queue import Work
from retention.errors import AlreadyExistsError, ConflictError, InvalidInputError, NotFoundError
from retention.experiments.model import ABTestInput
from retention.fields import Channel
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report, What
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from retention.table.keys import fingerprint
from tests.integrity import everything
from tests.retention.campaigns.season import Season
from tests.retention.conversions.tracker import Tracker
from tests.retention.engine.ledger import Mood
from tests.retention.engine.world import Died, World

T = TypeVar("T")

#: What happens, and how often beside the others.
WEIGHTS: Final = {
    "lead": 8, "enroll": 9, "assign": 7, "work": 18, "death": 4, "report": 24, "postback": 7, "conversion": 3,
    "change_conversion": 3, "change_lead": 3, "change_attempt": 2, "attempt_by_hand": 1, "intervene": 3,
    "stop": 1, "jobs": 2, "time": 6, "delete_lead": 1.5, "delete_attempt": 1.5, "delete_enrollment": 1,
    "delete_conversion": 1, "delete_assignment": 1, "delete_parent": 0.4, "forget": 1,
}  # fmt: skip
#: How many sequences and campaigns there are at a time.
PARENTS: Final = 3
#: Owed work that is done in one go.
TOGETHER: Final = 5
#: Things that are remembered, of each kind, to happen something to.
REMEMBERED: Final = 300
#: Leads that are looked at for one with something of a kind.
LOOKS: Final = 20
_MOODS: Final[Sequence[Mood]] = ("accept", "accept", "accept", "lose", "busy", "reject", "opted_out", "accept_late")


class Dice:
    """Chance that follows from a seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed, self._thrown = seed, 0

    def below(self, bound: int) -> int:
        """A number from 0 on, below a bound."""
        self._thrown += 1
        return int(fingerprint(self._seed, str(self._thrown)), 16) % bound

    def bits(self, number: int) -> int:
        """So many bits, at most 320: ids of a day that is the same each time."""
        return (self.below(1 << 160) << 160 | self.below(1 << 160)) & ((1 << number) - 1)

    def one(self, some: Sequence[T]) -> T:
        """One of some things."""
        return some[self.below(len(some))]


class Day:
    """A random day.

    Args:
        seed: the same gives the same day.
        events: so many of them make the day full.
    """

    def __init__(self, app: Application, clock: ManualClock, seed: str, events: int) -> None:
        self.app, self.clock = app, clock
        self.dice = Dice(seed)
        self.season = Season(app, clock, frequency_caps="none")
        self.season.ledger.prices = Prices(Decimal("0.0079"))
        self.tracker = Tracker(app)
        self.tracker.settings()
        self.happened: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        #: Of the world, which has its workers know them.
        self.sequences, self.campaigns = self.season.sequences, self.season.campaigns
        self.leads: list[str] = []
        self.reports: list[tuple[Event, Report]] = []
        self._reporter = Reporter(app.core)
        #: Seconds that pass at once at most.
        self._leap = round(2 * 86_400 * sum(WEIGHTS.values()) / WEIGHTS["time"] / events)
        self._wheel = [name for name, weight in WEIGHTS.items() for _ in range(round(weight * 10))]
        for _ in range(PARENTS):
            self._found_parents()
        for _ in range(10):
            self.lead()

    def pass_by(self, events: int) -> None:
        """So many things happen."""
        for _ in range(events):
            name = self.dice.one(self._wheel)
            act: Callable[[], object] = getattr(self, name)
            self.happened[name] += 1
            try:
                act()
            except _REFUSALS as error:
                self.refused[f"{name}: {type(error).__name__}"] += 1

    def end(self) -> None:
        """Whatever was begun is finished: deletes wait for latecomers."""
        for _ in range(8):
            self.clock.advance(1800)
            self.season.ledger.accept_late()
            self.season.run_jobs()

    # --- what comes and goes ----------------------------------------------------------------------------------------

    def _found_parents(self) -> None:
        World.sequence(self.season, 0, self.dice.below(3), 1)
        campaign = self.season.draft("SMS", "EMAIL")
        other = self.app.scripts.create(ScriptInput(name="Other", type="SMS", content="Hey", campaign_id=campaign))
        mine = self.app.scripts.create(ScriptInput(name="Mine", type="SMS", content="Ho", campaign_id=campaign))
        test = ABTestInput(channel="SMS", campaign_id=campaign, variant_a=mine.id, variant_b=other.id)
        self.app.ab_tests.create(test)
        self.season.start(campaign)

    def lead(self) -> None:
        """Somebody comes."""
        source = self.dice.one(("API", "MANUAL", "META"))
        self.leads = [*self.leads[-REMEMBERED:], self.season.lead(source=source)]

    def enroll(self) -> None:
        """Somebody comes into a sequence."""
        self.app.enrolling.enroll(self.dice.one(self.sequences), self.dice.one(self.leads))

    def assign(self) -> None:
        """Somebody comes into a campaign."""
        self.app.assignments.create(self.dice.one(self.campaigns), self.dice.one(self.leads))

    def delete_lead(self) -> None:
        """Somebody goes."""
        if len(self.leads) > 5:
            self.app.deletion.lead(self.leads.pop(self.dice.below(len(self.leads))))

    def delete_parent(self) -> None:
        """A sequence, a step, a campaign or a script goes, and others come."""
        match self.dice.below(4):
            case 0:
                self.app.deletion.sequence(self.sequences.pop(0))
                self._found_parents()
            case 1:
                self.app.deletion.campaign(self.campaigns.pop(0))
                self._found_parents()
            case 2:
                sequence = self.app.sequences.get(self.dice.one(self.sequences))
                self.app.deletion.step(sequence.id, self.dice.one(sequence.steps).id)
            case _:
                script = self.app.scripts.create(ScriptInput(name="Gone", type="SMS", content="Hi"))
                self.app.deletion.script(script.id)

    # --- sending -------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """A worker does some of what is due, with a provider of changing moods."""
        due = self.season.due_everywhere()[:TOGETHER]
        self.season.ledger.moods = [self.dice.one(_MOODS) for _ in due]
        self.season.process(self.season.worker(), due)

    def death(self) -> None:
        """The same, and the worker dies anywhere."""
        due = self.season.due_everywhere()[:TOGETHER]

        def die() -> None:
            raise Died

        with self.season.at_boundary(self.dice.below(30), die), suppress(Died):
            self.season.process(self.season.worker(), due)

    def report(self) -> None:
        """Something is told of a message that was sent; or told again."""
        entries = self.season.ledger.entries[-REMEMBERED:]
        if self.reports and self.dice.below(5) == 0:
            event, report = self.dice.one(self.reports)
        elif entries:
            entry = self.dice.one(entries)
            kinds = {4: SequenceStepExecution, 3: CampaignContact}
            kind = kinds.get(len(entry.work.split(".")), DirectContact).__name__
            told = tuple(
                Evidence(self.dice.one(get_args(What)), self.clock.now()) for _ in range(1 + self.dice.below(2))
            )
            report = Report(Work(kind, entry.work), entry.channel, entry.ref, told)
            event = Event("twilio-status", f"{entry.ref}:{self.dice.below(10**9)}", {}, self.clock.now())
            self.reports = [*self.reports[-REMEMBERED:], (event, report)]
        else:
            return
        self._reporter.apply(event, report)

    def time(self) -> None:
        """Time passes."""
        self.clock.advance(1 + self.dice.below(self._leap))
        self.season.ledger.accept_late()

    def jobs(self) -> None:
        """Jobs that are due are run."""
        self.season.run_jobs()

    # --- what people do ----------------------------------------------------------------------------------------

    def _of_somebody(self, kind: type[Any]) -> Any:
        for _ in range(LOOKS):
            found = self.season.of(kind, self.dice.one(self.leads))
            if found:
                return self.dice.one(found)
        raise _NothingError

    def change_lead(self) -> None:
        """A person sets a status."""
        status = self.dice.one(("NEW", "CONTACTED", "LOST", "IN_PROGRESS"))
        self.app.leads.update(self.dice.one(self.leads), {"status": status}, if_match=None)

    def change_attempt(self) -> None:
        """A person corrects an attempt."""
        attempt = self._of_somebody(ContactAttempt)
        patch = self.dice.one(({"notes": "called back"}, {"status": "FAILED"}, {"status": "SUCCESS", "result": "Fine"}))
        self.app.attempts.update(attempt.id, patch, if_match=None)

    def attempt_by_hand(self) -> None:
        """A person notes a contact."""
        channel: Channel = self.dice.one(("CALL", "SMS"))
        given: dict[str, Any] = {"leadId": self.dice.one(self.leads), "channel": channel}
        given |= {"status": self.dice.one(("SUCCESS", "FAILED")), "cost": Decimal(self.dice.below(10**4)) / 10**4}
        if self.dice.below(2):
            given["campaignId"] = self.dice.one(self.campaigns)
        self.app.attempts.create(AttemptInput.model_validate(given))

    def intervene(self) -> None:
        """A person pauses, resumes or cancels an enrollment."""
        enrollment = self._of_somebody(SequenceEnrollment)
        match self.dice.below(3):
            case 0:
                self.app.interventions.pause(enrollment.id, if_match=None)
            case 1:
                self.app.interventions.resume(enrollment.id, "shift", if_match=None)
            case _:
                self.app.interventions.cancel(enrollment.id, if_match=None)

    def stop(self) -> None:
        """Somebody does not want to hear from us, or does again."""
        lead = self.dice.one(self.leads)
        if self.dice.below(2):
            self.app.leads.stop(lead, "OPT_OUT")
        else:
            self.app.leads.unstop(lead, "asked for it")

    def delete_attempt(self) -> None:
        """A contact is deleted."""
        self.app.deletion.attempt(self._of_somebody(ContactAttempt))

    def delete_enrollment(self) -> None:
        """An enrollment is deleted."""
        self.app.deletion.enrollment(self._of_somebody(SequenceEnrollment).id)

    def delete_assignment(self) -> None:
        """Somebody is taken out of a campaign."""
        assignment = self._of_somebody(CampaignLead)
        self.app.deletion.assignment(assignment.campaign_id, assignment.lead_id)

    def forget(self) -> None:
        """Somebody is left alone from here on, so that not everything happens to everybody."""
        if len(self.leads) > 20:
            self.leads.pop(0)

    # --- money -------------------------------------------------------------------------------------------------

    def postback(self) -> None:
        """A tracker tells of money, or takes it back."""
        entries = self.season.ledger.entries[-REMEMBERED:]
        params = {
            "subid": f"s{self.dice.below(40)}",
            "status": self.dice.one(("lead", "sale", "rebill", "rejected")),
            "payout": str(Decimal(self.dice.below(10**6)) / 10**4),
            "tid": str(self.dice.below(3)),
        }
        if entries and self.dice.below(3):
            params["sub_id_1"] = self.tracker.visit(self.dice.one(entries).work)
        self.tracker.send(**params)

    def conversion(self) -> None:
        """A person records money."""
        given: dict[str, Any] = {
            "subId": f"hand {self.dice.below(10**9)}",
            "status": self.dice.one(("lead", "customer", "qualified")),
            "revenue": Decimal(self.dice.below(10**6)) / 100,
            "source": "shop",
            "leadId": self.dice.one(self.leads),
        }
        if self.dice.below(2):
            given["campaignId"] = self.dice.one(self.campaigns)
        self.app.conversions.create(ConversionInput.model_validate(given))

    def _some_conversion(self) -> Conversion:
        found = self.tracker.conversions()
        if not found:
            raise _NothingError
        return self.dice.one(found)

    def change_conversion(self) -> None:
        """A person corrects what was recorded."""
        status = self.dice.one(("lead", "customer", "churn"))
        self.app.conversions.update(self._some_conversion().id, {"status": status}, if_match=None)

    def delete_conversion(self) -> None:
        """A person deletes what was recorded."""
        self.app.conversions.delete(self._some_conversion().id, if_match=None)

    def items(self) -> int:
        """How many items there are."""
        return len(everything(self.app))


class _NothingError(Exception):
    """There is nothing to which this could happen."""


#: What may well be refused on such a day. Anything else ends it.
_REFUSALS: Final = (_NothingError, NotFoundError, ConflictError, AlreadyExistsError, InvalidInputError)
