"""What is learned of a random world is what its attempts and conversions say, one by one."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

import pytest

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.conversions.model import Conversion, ConversionInput, ConversionRule, RuleInput
from retention.conversions.rules import RuleFilter
from retention.fields import Channel
from retention.jobs.model import Job
from retention.jobs.runner import LEASE
from retention.learning import lessons
from retention.scripts.model import EmailContent, Script
from retention.table.keys import fingerprint
from tests import factories
from tests.integrity import everything, problems
from tests.start import START
from tools.bench_engine.cost import counting

T = TypeVar("T")

CHANNELS: tuple[Channel, ...] = ("SMS", "EMAIL", "CALL")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
#: When something was sent, days ago: the last 180 days are learned from, in pieces of thirty.
DAYS = (0, 3, 29, 30, 59, 60, 100, 150, 179, 180, 199)
#: The words of each script: of the channel first, by number then.
WORDS = [{"sale", "today"}, {"sale", "hurry"}, {"hello"}]

Seen = dict[tuple[str, str, str], tuple[int, int]]


class KilledError(BaseException):
    """The process ended. Nothing catches it."""


class Chance:
    """Numbers that look random and are the same each time."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def below(self, end: int) -> int:
        """From 0 to one less."""
        self._drawn += 1
        return int(fingerprint(str(self._seed), str(self._drawn)), 16) % end

    def one_of(self, among: Sequence[T]) -> T:
        """Any of them."""
        return among[self.below(len(among))]


class World:
    """Some sequences, campaigns and scripts, and what was sent with them."""

    def __init__(self, app: Application, seed: int, sends: int = 300) -> None:
        self.app, self.chance = app, Chance(seed)
        self.lead = factories.a_lead()
        sequences = [factories.a_sequence() for _ in range(2)]
        campaigns = [factories.a_campaign() for _ in range(2)]
        self.owners = [*sequences, *campaigns, None]
        self.scripts = {one.id: one for channel in CHANNELS for one in self._scripts(channel)}
        self.words = {one.id: WORDS[at % 3] for at, one in enumerate(self.scripts.values())}
        self.attempts = {one.id: one for one in (self._attempt(n) for n in range(sends))}
        factories.load(
            app,
            [
                self.lead,
                factories.a_contact(self.lead),
                *sequences,
                *campaigns,
                *self.scripts.values(),
                *self.attempts.values(),
            ],
        )
        sent = [one for one in self.attempts.values() if one.sent_at]
        for n in range(50):
            self._conversion(self.chance.one_of(sent), n)

    def _scripts(self, channel: Channel) -> Iterator[Script]:
        for words in WORDS:
            text = f"The {' '.join(sorted(words))}, {{{{ firstName }}}}!"
            email = EmailContent(subject=text, html=f"<p>{text}</p>")
            yield factories.a_script(type=channel, content=email if channel == "EMAIL" else text)

    def _attempt(self, n: int) -> ContactAttempt:
        owner, chance = self.chance.one_of(self.owners), self.chance.below(10)
        script = self.chance.one_of(list(self.scripts.values()))
        sent_at = START - timedelta(days=self.chance.one_of(DAYS))
        is_sequence = owner is not None and type(owner).__name__ == "RetentionSequence"
        fields: dict[str, Any] = {"channel": script.type, "script_id": script.id, "started_at": sent_at}
        if is_sequence and owner is not None:
            fields["id"] = ids.join(self.lead.id, owner.id, n, "step")
        elif owner is not None:
            fields["campaign_id"] = owner.id
        if chance < 9:
            hour = f"{self.chance.one_of((0, 3))}{self.chance.one_of((9, 20)):02d}"
            fields |= {"sent_at": sent_at, "local_hour": hour if chance < 8 else None}
        return factories.an_attempt(self.lead, **fields)

    def _conversion(self, attempt: ContactAttempt, n: int) -> None:
        made = self.app.conversions.create(
            ConversionInput(
                contact_attempt_id=attempt.id,
                campaign_id=attempt.campaign_id,
                status="customer",
                revenue=Decimal(5),
                sub_id=f"visitor {n}",
            )
        )
        chance = self.chance.below(10)
        if chance == 0:
            self.app.conversions.update(made.id, {"status": "churn"}, if_match=None)
        elif chance == 1:
            self.app.conversions.delete(made.id, if_match=None)

    def seen(self) -> Seen:
        """Sends and paid conversions of each value, by looking at every item."""
        first = START.replace(hour=0) - timedelta(days=179)
        sends: Counter[tuple[str, str, str]] = Counter()
        paid: Counter[tuple[str, str, str]] = Counter()
        for attempt in self.attempts.values():
            if attempt.sent_at is not None and attempt.sent_at >= first:
                sends.update(self._values(attempt))
        for item in everything(self.app):
            if isinstance(item, Conversion) and item.status == "customer":
                attempt = self.attempts[item.contact_attempt_id or ""]
                if attempt.sent_at is not None and attempt.sent_at >= first:
                    paid.update(self._values(attempt))
        return {value: (count, paid[value]) for value, count in sends.items()}

    def worth_a_rule(self) -> Seen:
        """Those that learning sets up a rule for."""
        return {value: seen for value, seen in self.seen().items() if seen[0] >= 30 and value[2] != "the"}

    def _values(self, attempt: ContactAttempt) -> Iterator[tuple[str, str, str]]:
        if attempt.local_hour is not None:
            yield attempt.channel, "weekday", WEEKDAYS[int(attempt.local_hour[0])]
            yield attempt.channel, "hour", attempt.local_hour[1:]
        is_of_sequence = len(attempt.id.split(".")) == 4
        if attempt.script_id is not None and (is_of_sequence or attempt.campaign_id is not None):
            for word in self.words[attempt.script_id] | {"the"}:
                yield attempt.channel, "word", word


def rules(app: Application) -> dict[tuple[str, str, str], ConversionRule]:
    """The rules that there are."""
    there = app.conversion_rules.page(RuleFilter(), limit=10_000, position=None).data
    return {(rule.channel, rule.metric, rule.value): rule for rule in there}


def learn(app: Application, may_go_on: Callable[[], bool] = lambda: True) -> Job:
    """Have the rules learn, to the end."""
    job = app.learning.start()
    for _ in range(1000):
        done = app.runner.run(job.id, may_go_on)
        assert done is not None
        if done.status == "succeeded":
            return done
    raise AssertionError("it does not come to an end")


def figures(found: dict[tuple[str, str, str], ConversionRule]) -> Seen:
    """Samples and conversions, as rules say them."""
    return {value: (rule.sample_size, round(rule.conversion_rate * rule.sample_size)) for value, rule in found.items()}


def test_rules_say_what_was_sent_and_what_came_of_it(app: Application) -> None:
    world = World(app, 1, sends=400)

    done = learn(app)

    expected = world.worth_a_rule()
    assert figures(rules(app)) == expected
    assert {metric for _, metric, _ in expected} == {"hour", "weekday", "word"}
    assert sum(paid for _, paid in expected.values()) > 20
    assert done.changed == len(expected)
    assert all(rule.learned for rule in rules(app).values())
    assert problems(app) == []


def test_a_rule_by_hand_has_its_figures_and_one_of_another_metric_keeps_them(app: Application) -> None:
    world = World(app, 3, sends=200)
    given = [("SMS", "word", "the"), ("SMS", "hour", "03"), ("CALL", "outcome", "demo_booked")]
    by_hand = [app.conversion_rules.create(RuleInput(channel=c, metric=m, value=v)) for c, m, v in given]  # type: ignore[arg-type]

    learn(app)

    word, hour, other = (app.conversion_rules.get(rule.id) for rule in by_hand)
    assert figures({given[0]: word})[given[0]] == world.seen()[given[0]]
    assert hour.sample_size == hour.conversion_rate == hour.confidence == 0
    assert (hour, other) == tuple(by_hand[1:])


def test_to_learn_again_changes_nothing_but_the_figures_of_what_was_sent_since(
    app: Application,
) -> None:
    world = World(app, 5)
    learn(app)
    before = rules(app)
    assert (learn(app).changed, rules(app)) == (0, before)
    value = next(value for value in before if value[:2] == ("SMS", "hour"))
    fields = {"channel": "SMS", "sent_at": START, "local_hour": f"3{value[2]}"}
    factories.load(app, [factories.an_attempt(world.lead, **fields)])

    learn(app)

    after = rules(app)
    assert (after[value].id, after[value].created_at) == (before[value].id, before[value].created_at)
    assert after[value].sample_size == before[value].sample_size + 1
    assert after[value].conversion_rate < before[value].conversion_rate
    changed = {one for one in before if after[one] != before[one]}
    assert changed - {value} <= {("SMS", "weekday", "THU")}


def test_a_learned_rule_makes_room_unless_somebody_has_made_it_theirs(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "MOST_WORDS", 2)
    lead, campaign = factories.a_lead(), factories.a_campaign()

    def send(words: str, times: int) -> None:
        script = factories.a_script(content=words)
        own = {"campaign_id": campaign.id, "script_id": script.id, "sent_at": START}
        factories.load(app, [lead, campaign, script, *(factories.an_attempt(lead, **own) for _ in range(times))])

    def words() -> set[str]:
        return {value for _, _, value in rules(app)}

    send("alpha beta gamma", 30)
    learn(app)
    assert words() == {"alpha", "beta"}
    mine = rules(app)["SMS", "word", "alpha"]
    app.conversion_rules.update(mine.id, {"value": "omega"}, if_match=None)
    send("delta epsilon", 40)

    learn(app)

    assert words() == {"omega", "delta", "epsilon"}
    assert app.conversion_rules.get(mine.id).sample_size == 0
    app.conversion_rules.create(RuleInput(channel="SMS", metric="word", value="beta"))


def test_a_job_that_is_stopped_at_each_step_goes_on_from_there(app: Application) -> None:
    world = World(app, 6)

    learn(app, may_go_on=lambda: False)

    assert figures(rules(app)) == world.worth_a_rule()


def test_a_job_that_is_killed_again_and_again_comes_to_its_end(app: Application, clock: ManualClock) -> None:
    world = World(app, 7)
    job, killed = app.learning.start(), 0
    steps = count(1)

    def die() -> bool:
        clock.advance(6)  # So that its place is kept at every other step.
        if next(steps) % 7 == 0:
            raise KilledError
        return True

    while app.jobs.get(job.id).status != "succeeded":
        try:
            app.runner.run(job.id, die)
        except KilledError:
            killed += 1
            assert app.runner.run(job.id, die) is None
            clock.advance(LEASE)

    assert killed >= 5
    assert figures(rules(app)) == world.worth_a_rule()


def test_the_night_has_one_job_however_often_it_is_asked_for(app: Application) -> None:
    first, again = app.learning.tonight("2026-02-18"), app.learning.tonight("2026-02-18")

    assert first is not None
    assert (first.id, again) == ("learn-2026-02-18", None)
    assert app.runner.run(first.id, lambda: True) is not None
    assert app.learning.tonight("2026-02-19") is not None


def test_what_it_reads_does_not_grow_with_what_was_sent(app: Application) -> None:
    lead, campaign, script = factories.a_lead(), factories.a_campaign(), factories.a_script(content="alpha beta")
    own = {"campaign_id": campaign.id, "script_id": script.id, "local_hour": "209"}

    def queries(sent: int) -> int:
        made = [factories.an_attempt(lead, **own, sent_at=START - timedelta(minutes=n)) for n in range(sent)]
        factories.load(app, [lead, campaign, script, *made])
        learn(app)
        with counting(app) as cost:
            assert learn(app).changed == 0
        return cost.requests.count("Query")

    # The kinds of scopes, the scripts, the rules; eight shares of two scopes in six pieces.
    assert queries(40) == queries(160) == 3 + 1 + 1 + 8 * 2 * 6
