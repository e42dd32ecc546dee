"""What a test has counted is what there is: counted again from the items, after any history."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import Conversion
from retention.errors import NotFoundError
from retention.experiments.figures import Compared, Figures, compared
from retention.experiments.model import ABTest, ABTestInput, Exposure
from retention.experiments.variants import Part, Variant, variant_for
from retention.receiving.event import Event
from retention.reports.clicks import Clicks
from retention.templates.links import Click, sign
from tests import factories
from tests.functions.api.desk import Desk
from tests.functions.webhooks.mutating import Chance
from tests.integrity import everything, problems
from tests.retention.conversions.tracker import Tracker
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"


class Trial:
    """A test in a campaign whose first variant is the script of two steps of a sequence."""

    def __init__(self, app: Application, clock: ManualClock) -> None:
        self.desk = Desk(app, clock)
        self.app = self.desk.app
        campaign = factories.a_campaign(status="ACTIVE")
        self.a = factories.a_script(campaign_id=campaign.id, content="Hello from A")
        self.b = factories.a_script(campaign_id=campaign.id, content="Hello from B")
        factories.load(app, [campaign, self.a, self.b])
        self.campaign = campaign
        self.test = self.begin()
        step = {"scriptId": self.a.id}
        self.sequence = self.desk.sequence(step, {**step, "delayValue": 1})["id"]
        self.leads: list[str] = []
        self.requests = 0
        self.tracker = Tracker(self.app)

    def begin(self, **more: Any) -> ABTest:
        given = {"campaignId": self.campaign.id, "channel": "SMS", "variantA": self.a.id, "variantB": self.b.id}
        return self.app.ab_tests.create(ABTestInput.model_validate({**given, **more}))

    def enroll(self, people: int) -> None:
        for _ in range(people):
            self.leads.append(self.desk.lead())
            self.desk.enroll(self.sequence, self.leads[-1])
        self.desk.work()

    def later(self) -> None:
        self.desk.wait(hours=1)
        self.desk.work()

    def attempts(self) -> list[ContactAttempt]:
        return [one for one in everything(self.app) if isinstance(one, ContactAttempt) and not one.deleting]

    def conversions(self) -> list[Conversion]:
        return [one for one in everything(self.app) if isinstance(one, Conversion)]

    def click(self, attempt: str) -> None:
        self.requests += 1
        token = sign(self.app.core.keyring, Click(attempt, "https://shop.example/"))
        content = {"token": token, "userAgent": PHONE, "method": "GET", "prefetch": False}
        Clicks(self.app.core).apply(Event("click", f"r{self.requests}", content, self.desk.clock.now()))

    def figures(self) -> Compared:
        return compared(self.app.core, [self.test])[0]


@pytest.fixture
def trial(app: Application, clock: ManualClock) -> Trial:
    return Trial(app, clock)


def recounted(items: list[Any], test_id: str) -> Compared:
    """The figures of a test from its attempts and conversions alone, lead by lead."""
    by_lead: dict[tuple[str, str], Counter[str]] = {}
    for item in items:
        if not isinstance(item, ContactAttempt | Conversion) or item.deleting:
            continue
        part = Part.read(item.experiment)
        if part is None or part.test_id != test_id or item.lead_id is None:
            continue
        mine = by_lead.setdefault((item.lead_id, part.variant), Counter())
        if isinstance(item, ContactAttempt) and item.sent_at is not None:
            mine.update(sends=1, clicks="clicked" in (item.told or {}), cost=int((item.cost or 0) * 10_000))
        if isinstance(item, Conversion) and item.status == "customer":
            mine.update(conversions=1, revenue=int(item.revenue * 10_000))
    arms = []
    for variant in "AB":
        reached = [mine for (_, own), mine in by_lead.items() if own == variant and mine["sends"]]
        arms.append(
            Figures(
                len(reached),
                sum(mine["sends"] for mine in reached),
                sum(mine["clicks"] > 0 for mine in reached),
                sum(mine["conversions"] > 0 for mine in reached),
                Decimal(sum(mine["revenue"] for mine in reached)) / 10_000,
                Decimal(sum(mine["cost"] for mine in reached)) / 10_000,
            )
        )
    return Compared(*arms)


def test_a_step_whose_script_is_a_variant_gives_each_lead_its_own(trial: Trial) -> None:
    trial.enroll(30)
    trial.later()

    attempts = trial.attempts()
    assert len(attempts) == 60
    for attempt in attempts:
        variant = variant_for(trial.test.id, attempt.lead_id)
        assert attempt.experiment == f"{trial.test.id}:{variant}"
        assert attempt.script_id == (trial.a.id if variant == "A" else trial.b.id)
    figures = trial.figures()
    assert (figures.a.recipients + figures.b.recipients, figures.a.impressions + figures.b.impressions) == (30, 60)
    shown = trial.app.ab_tests.get(trial.test.id)
    assert (shown.stats_a.impressions, shown.stats_b.impressions) == (figures.a.impressions, figures.b.impressions)


def test_a_lead_counts_once_for_whatever_it_does_twice(trial: Trial) -> None:
    trial.enroll(1)
    trial.later()
    first, second = trial.attempts()
    for attempt in (first, second, first):
        trial.click(attempt.id)
    visit = trial.tracker.visit(second.id)
    trial.tracker.send(subid="s1", sub_id_1=visit, status="sale", payout="20.05", tid="1")
    trial.tracker.send(subid="s1", sub_id_1=visit, status="rebill", payout="9.95", tid="2")

    (mine,) = [one for one in trial.figures() if one.recipients]

    assert mine == Figures(1, 2, 1, 1, Decimal(30), mine.cost)
    trial.tracker.send(subid="s1", status="rejected", tid="1")
    trial.app.deletion.attempt(first)
    (mine,) = [one for one in trial.figures() if one.recipients]
    assert mine == Figures(1, 1, 1, 1, Decimal("9.95"), mine.cost)
    trial.tracker.send(subid="s1", status="rejected", tid="2")
    trial.app.deletion.attempt(trial.app.attempts.get(second.id))
    assert trial.figures() == (Figures(), Figures())


def test_whoever_changes_an_exposure_first_is_no_matter_of_the_one_who_changes_it_next(trial: Trial) -> None:
    trial.enroll(1)
    trial.later()
    first, second = trial.attempts()

    # What is asked for has nothing to do with the other message but the exposure of the lead.
    with just_before_the_next_transaction(trial.app, lambda: trial.click(second.id)):
        trial.app.deletion.attempt(first)

    (mine,) = [one for one in trial.figures() if one.recipients]
    assert mine == Figures(1, 1, 1, 0, Decimal(0), mine.cost)


def test_what_was_decided_before_the_send_stands_when_the_test_ends_before_its_outcome_is_known(trial: Trial) -> None:
    trial.desk.ledger.moods = ["accept_silently"]
    trial.enroll(1)
    assert [one.sent_at for one in trial.attempts()] == [None]
    other: Variant = "B" if variant_for(trial.test.id, trial.leads[0]) == "A" else "A"
    trial.app.ab_tests.complete(trial.test.id, other, if_match=None)
    trial.desk.wait(seconds=400)
    trial.desk.work()

    (attempt,) = trial.attempts()

    # It says what was sent, not what would be sent now.
    part = Part.read(attempt.experiment)
    assert part == (trial.test.id, variant_for(trial.test.id, trial.leads[0]))
    assert attempt.script_id == (trial.a.id if part.variant == "A" else trial.b.id)
    assert sum(one.recipients for one in trial.figures()) == 1


def test_after_the_end_everybody_gets_the_winner_and_nothing_is_counted_any_more(trial: Trial) -> None:
    trial.enroll(10)
    before = trial.figures()
    trial.app.ab_tests.complete(trial.test.id, "B", if_match=None)
    trial.later()

    late = [one for one in trial.attempts() if one.experiment is None]

    assert [one.script_id for one in late] == [trial.b.id] * 10
    assert trial.figures() == before


def test_while_it_rests_the_step_says_its_own_and_nothing_is_counted(trial: Trial) -> None:
    trial.app.ab_tests.pause(trial.test.id, if_match=None)
    trial.enroll(5)
    resting = trial.attempts()
    trial.app.ab_tests.resume(trial.test.id, if_match=None)
    trial.later()

    assert {(one.script_id, one.experiment) for one in resting} == {(trial.a.id, None)}
    assert sum(one.recipients for one in trial.figures()) == 5


def test_what_a_test_costs(trial: Trial) -> None:
    """The figures of docs/experiments.md: what the first and each further send for a test take more than others."""
    costs = []
    for is_tested in (True, False):
        if not is_tested:
            trial.app.ab_tests.pause(trial.test.id, if_match=None)
        lead = trial.desk.lead()
        trial.desk.enroll(trial.sequence, lead)
        for _ in range(2):
            due = trial.desk.due()
            with counting(trial.app) as cost:
                trial.desk.work(*due)
            costs.append((len(cost.requests), cost.write_units))
            trial.desk.wait(hours=1)

    first, further, usual_first, usual_further = costs
    # One request for what the test has had of the lead, one of a fresh worker for the script of the other variant.
    assert (first[0] - usual_first[0], further[0] - usual_further[0]) == (2, 2)
    assert (first[1] - usual_first[1], further[1] - usual_further[1]) == (5, 4)
    with counting(trial.app) as cost:
        trial.app.ab_tests.results(trial.test.id)
    assert cost.requests == ["GetItem", "ExecuteStatement"]


def test_the_figures_are_those_of_a_recount_after_a_random_history(trial: Trial) -> None:
    trial.enroll(24)
    trial.later()
    assert recounted(everything(trial.app), trial.test.id) == trial.figures()
    attempts = [one.id for one in trial.attempts()]

    def something(number: int) -> None:
        chance = Chance(f"something {number}")
        attempt = chance.of(attempts)
        visit = trial.tracker.visit(attempt)
        sub = f"s{attempt}"
        match chance.below(10):
            case 0 | 1 | 2:
                trial.click(attempt)
            case 3 | 4:
                paid = f"{chance.below(9999) / 100:.2f}"
                trial.tracker.send(subid=sub, sub_id_1=visit, status="sale", payout=paid, tid=str(chance.below(3)))
            case 5:
                trial.tracker.send(subid=sub, sub_id_1=visit, status="rejected", tid=str(chance.below(3)))
            case 6 | 7:
                for one in trial.conversions()[:1]:
                    status = chance.of(("customer", "churn", "lead"))
                    trial.app.conversions.update(one.id, {"status": status}, if_match=None)
            case 8 if chance.below(3) == 0:
                for one in trial.conversions()[-1:]:
                    trial.app.conversions.delete(one.id, if_match=None)
            case 9 if chance.below(3) == 0:
                trial.app.deletion.attempt(trial.app.attempts.get(attempt))

    def tried(number: int) -> None:
        try:
            something(number)
        except NotFoundError:
            return  # Somebody deleted it first.

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tried, range(160)))
    for lead in trial.leads[:3]:
        trial.app.deletion.lead(lead)
    trial.desk.run_jobs()

    items = everything(trial.app)
    figures = trial.figures()
    assert recounted(items, trial.test.id) == figures
    assert 0 < figures.a.conversions + figures.b.conversions < sum(one.recipients for one in figures)
    assert sum(isinstance(one, Exposure) for one in items) >= sum(one.recipients for one in figures)
    assert problems(trial.app, items) == []
