"""Reports of a small world that was run by the real services, against a recount that looks at every item."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from retention.bootstrap import Application
from retention.campaigns.model import CampaignCreate
from retention.clock import ManualClock
from retention.contactrules.model import WEEKDAYS
from retention.conversions.model import ConversionInput
from retention.engine.queue import Work
from retention.fields import CHANNELS
from retention.figures.days import Period
from retention.figures.service import ReportService
from retention.reports.handling import DeliveryReports
from retention.sequences.model import SequenceStepExecution
from retention.shown import plain
from retention.table.keys import fingerprint
from tests import factories
from tests.integrity import everything
from tests.retention.engine.world import World
from tests.retention.figures.recount import Items
from tests.retention.reports.test_proof import a_report

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham")
#: New York puts its clocks forward on the second of the days.
DAYS = (date(2026, 3, 6), date(2026, 3, 12))
LEADS = 14

T = TypeVar("T")


class Chance:
    """Numbers that look random and are the same each time."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def below(self, end: int) -> int:
        """A number from 0."""
        self._drawn += 1
        return int(fingerprint(str(self._seed), str(self._drawn)), 16) % end

    def one(self, options: Sequence[T]) -> T:
        """One of several."""
        return options[self.below(len(options))]


class Story:
    """Some days on which much happens, by a seed."""

    def __init__(self, app: Application, clock: ManualClock, seed: int) -> None:
        self.chance = Chance(seed)
        clock.advance(16 * 24 * 3600)
        self.world = World(app, clock)
        self.app = app
        self.campaign = app.campaigns.create(CampaignCreate(name="Spring")).id
        self.sequences = [self.world.sequence(0, 30, 20), self.world.sequence(5)]
        self.leads: list[str] = []

    def happen(self) -> None:
        """Everything."""
        self._others()
        for hour in range(0, 6 * 24, 5):
            if len(self.leads) < LEADS:
                lead = self.world.lead(time_zone=self.chance.one([None, *ZONES]), source="API")
                self.leads.append(lead)
                self.world.enroll(self.chance.one(self.sequences), lead)
            self.world.ledger.moods = [self.chance.one(["accept", "accept", "accept", "reject", "opted_out"])]
            self.world.work(*self.leads)
            self._report()
            if hour % 15 == 0:
                self._buy()
            self.world.clock.advance(5 * 3600 + self.chance.below(1800))
        self.app.deletion.lead(self.leads.pop(1))
        self.world.run_jobs()
        self.app.leads.update(self.leads[0], {"status": "LOST"}, if_match=None)

    def _report(self) -> None:
        """Now and then somebody hears what became of a message."""
        for entry in self.world.ledger.entries[-4:]:
            if self.chance.below(2):
                status = self.chance.one(["delivered", "delivered", "undelivered"])
                work = Work(SequenceStepExecution.__name__, entry.work)
                DeliveryReports(self.app.core).twilio(a_report(self.world, work, status, ref=entry.ref, to=entry.to))

    def _buy(self) -> None:
        """Somebody buys, because of a message or not; somebody gives it back."""
        entries = self.world.ledger.entries
        brought = {"contact_attempt_id": entries[-1].work, "channel": "SMS"} if entries else {}
        more: dict[str, Any] = self.chance.one([brought, {"campaign_id": self.campaign}, {}])
        revenue = Decimal(self.chance.below(10**7)) / 10_000
        given = ConversionInput(status="customer", revenue=revenue, source="direct", **more)
        made = self.app.conversions.create(given)
        if self.chance.below(3) == 0:
            self.app.conversions.update(made.id, {"status": "churn"}, if_match=None)

    def _others(self) -> None:
        """What was sent otherwise, for the campaign: calls and e-mail, with what was told of them."""
        made = []
        for _ in range(40):
            lead = factories.a_lead(source="META", created_at=self._some_time(), status="IN_PROGRESS")
            channel = self.chance.one(CHANNELS)
            at = self._some_time()
            whats = {
                self.chance.one(["delivered", "opened", "clicked", "replied", "answered", "complained"]) for _ in "abc"
            }
            attempt = factories.an_attempt(
                lead,
                channel=channel,
                campaign_id=self.chance.one([None, self.campaign]),
                script_id=self.world.script,
                status="SUCCESS",
                sent_at=at,
                local_hour=self.chance.one([None, f"{at.weekday()}{at:%H}"]),
                cost=Decimal(1 + self.chance.below(500)) / 10_000,
                told={what: {"at": "2026-03-09T00:00:00.000Z", "facts": {}} for what in whats},
            )
            made += [lead, factories.a_contact(lead), attempt]
        factories.load(self.app, made)

    def _some_time(self) -> Any:
        return self.world.clock.now() + timedelta(minutes=self.chance.below(7 * 24 * 60))


def test_reports_say_what_there_is(app: Application, clock: ManualClock) -> None:
    story = Story(app, clock, 1)
    story.happen()
    there = everything(app)

    for zone in ZONES:
        first = DAYS[0] + timedelta(days=story.chance.below(3))
        last = first + timedelta(days=story.chance.below(4))
        items, period = Items(there, first, last, zone), Period(first, last, zone)
        _compare_account(app.reports, items, period)
        _compare_sequences(app, items, period, story)
        _compare_campaign(app.reports, items, period, story)

    # An empty world would agree with anything.
    seen = app.reports.overview(Period(*DAYS, "UTC"))
    assert min(seen.channels.call.sent, seen.channels.sms.delivered, seen.channels.email.opened) > 0
    assert min(seen.leads.came, seen.leads.lost, seen.conversions.customer, seen.conversions.churn) > 0
    assert min(seen.messages.converted, seen.messages.rejected) > 0


def _compare_account(reports: ReportService, items: Items, period: Period) -> None:
    seen = plain(reports.overview(period))
    leads = items.leads()
    assert seen["leads"]["came"] == leads.total()
    assert (seen["leads"]["inProgress"], seen["leads"]["lost"]) == (leads["IN_PROGRESS"], leads["LOST"])
    assert seen["revenue"] == items.revenue()
    for row in plain(reports.channels(period))["data"]:
        name = row["channel"]
        assert seen["channels"][name] == row["messages"]
        _same(row["messages"], items.messages(items.sent(channel=name), items.brought(channel=name)))

    stages = {row["stage"]: row["leads"] for row in plain(reports.funnel(period))["data"]}
    assert stages["contacted"] == leads["CONTACTED"] + leads["IN_PROGRESS"] + leads["CONVERTED"]
    assert sorted(stages.values(), reverse=True) == list(stages.values())

    timeline = plain(reports.timeline(period))["data"]
    sent = Counter(items.day(one.sent_at).isoformat() for one in items.sent() if one.sent_at)
    assert [(row["day"], row["sent"]) for row in timeline] == [
        (day.isoformat(), sent[day.isoformat()]) for day in period.days
    ]
    assert [row["revenue"] for row in timeline] == [items.revenue(day) for day in period.days]
    assert sum(row["delivered"] for row in timeline) == seen["messages"]["delivered"]

    hours = items.hours()
    for row in plain(reports.heatmap(period, None))["data"]:
        at = (WEEKDAYS.index(row["weekday"]), row["hour"])
        for what in ("sent", "delivered", "clicked", "answered"):
            assert row[what] == hours[*at, what], (at, what)
    for row in plain(reports.heatmap(period, "SMS"))["data"]:
        mine = [
            one
            for one in items.sent(channel="SMS")
            if one.local_hour == f"{WEEKDAYS.index(row['weekday'])}{row['hour']:02d}"
        ]
        assert row["rates"]["replied"] == items.share(sum("replied" in (one.told or {}) for one in mine), len(mine))


def _compare_sequences(app: Application, items: Items, period: Period, story: Story) -> None:
    rows = {row.sequence_id: row for row in app.reports.sequences(period, limit=25, position=None).data}
    for sequence in story.sequences:
        stats = plain(app.reports.sequence(sequence, period))
        for row in stats["data"]:
            mine = [one for one in items.sent() if one.id.endswith(f".{row['stepId']}")]
            bought = [one for one in items.brought() if (one.contact_attempt_id or "").endswith(f".{row['stepId']}")]
            _same(row["messages"], items.messages(mine, bought))
            ended = items.ended(row["stepId"])
            assert row["due"] == len(ended)
            for status in ("failed", "skipped"):
                why = Counter(one.result.get("reason") for one in ended if one.status == status.upper())
                assert row[status] == {"total": why.total(), "reasons": dict(why)}
        enrolled = items.enrolled(sequence)
        assert stats["enrollments"]["enrolled"] == enrolled.total()
        assert stats["enrollments"]["active"] == enrolled["ACTIVE"]
        assert plain(rows[sequence])["messages"] == stats["messages"]


def _compare_campaign(reports: ReportService, items: Items, period: Period, story: Story) -> None:
    stats = plain(reports.campaign(story.campaign, period))
    for name in CHANNELS:
        like = {"channel": name, "campaign_id": story.campaign}
        _same(stats["channels"][name], items.messages(items.sent(**like), items.brought(**like)))
    sent = items.sent(campaign_id=story.campaign)
    assert [(row["scriptId"], row["sent"], row["name"]) for row in stats["scripts"]] == (
        [(story.world.script, len(sent), "Hello")] if sent else []
    )
    (row,) = reports.campaigns(period, limit=25, position=None).data
    assert plain(row)["messages"] == stats["messages"]


def _same(shown: dict[str, Any], counted: dict[str, Any]) -> None:
    assert {name: value for name, value in shown.items() if name != "rejected"} == counted
