"""Every reason has words and a rule, here and in the document."""

import ast
import inspect
import re
from typing import get_args

import pytest

from retention.engine import decide
from retention.engine.decide import GUARDS, Guard
from retention.engine.reasons import Reason
from retention.explaining.model import State
from retention.explaining.rules import GUARDED, RULES, decisions, rule_of, sentence_of
from tests.house.source import ROOT

#: Reasons that a guard shares with one before it, or with what comes behind the guards.
SHARED = {
    (decide.lead_may_be_contacted, Reason.CONVERTED),
    (decide.channel_is_free, Reason.PROVIDER_BUSY),
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_and_a_rule(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z].+\.", reason.sentence)
    assert sentence_of(reason.value) == reason.sentence
    rule = rule_of(reason.value)
    assert rule is not None
    assert re.fullmatch(r"[a-z_]+", rule.name)
    assert rule.words.endswith(".")


def test_reasons_differ_in_code_and_in_words() -> None:
    assert len({reason.value for reason in Reason}) == len({reason.sentence for reason in Reason}) == len(Reason)


def test_every_guard_stands_in_the_table() -> None:
    assert list(GUARDED) == list(GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_a_guard_gives_the_reasons_that_the_table_says(guard: Guard) -> None:
    source = ast.parse(inspect.getsource(guard))
    given = {
        Reason[node.attr]
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason"
    }

    assert {reason for reason in given if (guard, reason) not in SHARED} <= set(GUARDED[guard])
    assert all(RULES[reason][0] == guard.__name__ for reason in GUARDED[guard])


def test_what_this_version_does_not_know_is_said_so_and_harms_nobody() -> None:
    (decided,) = decisions([{"at": "2026-02-18T12:00:00.000Z", "code": "of_tomorrow", "why": 1, "times": 3}])

    assert (decided.reason, decided.sentence, decided.rule) == ("of_tomorrow", "No reason was recorded.", None)
    assert (decided.inputs, decided.times) == ({"why": 1}, 3)


def test_the_document_has_every_reason_and_every_state() -> None:
    text = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `(\w+)` \| (.+) \| `(\w+)` \|$", text, re.MULTILINE)
    assert rows == [(reason.value, reason.sentence, RULES[reason][0]) for reason in Reason]
    states = re.search(r"\| state \| means \|\n(.*?)\n\n", text, re.DOTALL)
    assert states is not None
    told = [name for line in states[1].splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert told == list(get_args(State))
