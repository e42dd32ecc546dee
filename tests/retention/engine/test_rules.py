"""Each rule of the send protocol, and what happens without it.

Every story is told twice: with the rule nothing goes wrong; with the rule taken out something does, so the story would
notice. The rules are numbered as in docs/engine.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.retention.engine import sabotage, stories
from tests.retention.engine.world import World


@dataclass(frozen=True)
class Rule:
    """A rule, a story in which it matters, and how it is taken out."""

    number: int
    name: str
    story: Callable[[World], None]
    without: Callable[[pytest.MonkeyPatch], None]


RULES = [
    Rule(1, "every change raises the version", stories.step_switched_off, sabotage.no_version_but_the_gates),
    Rule(2, "the contact item is read first", stories.side_by_side, sabotage.contact_read_last),
    Rule(
        3,
        "a refused gate is passed by its own nonce only",
        stories.side_by_side,
        sabotage.any_flight_of_the_work_is_ones_own,
    ),
    Rule(
        4,
        "a flight is taken away by its nonce only",
        stories.a_refusal_comes_late,
        sabotage.a_flight_is_taken_away_unseen,
    ),
    Rule(5, "a send that is repeated is decided anew", stories.opt_out_and_death, sabotage.a_resend_is_not_decided),
    Rule(6, "a passing refusal is one transaction", stories.busy_provider, sabotage.a_refusal_in_two_writes),
    Rule(
        7,
        "a skip requires what was seen",
        stories.one_knows_that_the_step_is_off,
        sabotage.a_decision_holds_whatever_happened,
    ),
    Rule(7, "what is over is brought to an end", stories.over_and_still_due, sabotage.what_is_over_is_dropped),
    Rule(
        8,
        "a settled step goes by the enrollment as it is",
        stories.cancelled,
        sabotage.the_enrollment_is_taken_for_active,
    ),
    Rule(10, "nothing is written for an erased lead", stories.lead_deleted, sabotage.erased_leads_are_written_to),
    Rule(11, "a released send is marked", stories.blind, sabotage.a_released_send_is_not_marked),
    Rule(
        12,
        "another attempt's message is no proof",
        stories.the_same_text_twice,
        sabotage.any_message_to_the_number_will_do,
    ),
    Rule(14, "one lead once in a batch of gates", stories.two_messages_to_one_lead, sabotage.a_lead_twice_in_a_chunk),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number}: {rule.name}")
def test_with_the_rule_nothing_goes_wrong(app: Application, clock: ManualClock, rule: Rule) -> None:
    rule.story(World(app, clock))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number}: {rule.name}")
def test_without_the_rule_the_story_ends_badly(
    app: Application, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, rule: Rule
) -> None:
    rule.without(monkeypatch)

    with pytest.raises(AssertionError):
        rule.story(World(app, clock))
