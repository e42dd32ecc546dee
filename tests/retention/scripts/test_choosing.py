"""Which script says it: in which order, for whom, and never another campaign's."""

from datetime import timedelta
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import Campaign
from retention.engine.configuration import Configuration
from retention.entity import Entity
from retention.experiments.model import ABTest
from retention.experiments.variants import variant_for
from retention.scripts.choosing import Choosing, Chosen
from retention.scripts.model import Script
from retention.sequences.model import SequenceStep
from tests import factories as make
from tests.start import START

LEADS = [f"lead-{number}" for number in range(12)]


class Shelf:
    """Scripts of a campaign, of another one and of nobody."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.campaign, self.other = make.a_campaign(), make.a_campaign()
        self.sequence = make.a_sequence()
        make.load(app, [self.campaign, self.other])

    def put(self, *entities: Entity) -> None:
        make.load(self.app, entities)

    def script(self, campaign: Campaign | None = None, *, after: int = 0, **fields: Any) -> Script:
        own = {"campaign_id": None if campaign is None else campaign.id, "created_at": START + timedelta(hours=after)}
        made = make.a_script(**{**own, **fields})
        self.put(made)
        return made

    def test(self, a: Script, b: Script, **fields: Any) -> ABTest:
        made = make.a_test(self.campaign, variant_a=a.id, variant_b=b.id, **fields)
        self.put(made)
        return made

    def step(self, script: Script | None) -> SequenceStep:
        return make.a_step(self.sequence, script_id=None if script is None else script.id)

    def of_campaign(self, lead: str = "lead") -> tuple[str | None, str | None]:
        """What the campaign says, as it is known now."""
        return told(Choosing(Configuration(self.app.core)).for_campaign(self.campaign, "SMS", lead))

    def of_step(self, script: Script | None, lead: str = "lead") -> tuple[str | None, str | None]:
        return told(Choosing(Configuration(self.app.core)).for_step(self.step(script), lead))


def told(chosen: Chosen) -> tuple[str | None, str | None]:
    return None if chosen.script is None else chosen.script.id, chosen.experiment


@pytest.fixture
def shelf(app: Application) -> Shelf:
    return Shelf(app)


def test_a_campaign_says_its_default_else_its_newest_else_the_accounts_default(shelf: Shelf) -> None:
    shelf.script(shelf.other, is_default=True)
    shelf.script(after=5)
    shelf.script(shelf.campaign, type="EMAIL", is_default=True, content={"subject": "s", "html": "h"})
    assert shelf.of_campaign() == (None, None)

    default = shelf.script(is_default=True)
    assert shelf.of_campaign() == (default.id, None)
    newer = shelf.script(is_default=True, after=1)
    assert shelf.of_campaign() == (newer.id, None)

    old = shelf.script(shelf.campaign)
    assert shelf.of_campaign() == (old.id, None)
    new = shelf.script(shelf.campaign, after=2)
    assert shelf.of_campaign() == (new.id, None)

    first = shelf.script(shelf.campaign, after=-3, is_default=True)
    assert shelf.of_campaign() == (first.id, None)
    second = shelf.script(shelf.campaign, after=-1, is_default=True)
    assert shelf.of_campaign() == (second.id, None)


def test_a_step_says_its_own_whosever_it_is_else_the_accounts_default(shelf: Shelf) -> None:
    assert shelf.of_step(None) == (None, None)
    default = shelf.script(is_default=True)
    shelf.script(shelf.campaign, is_default=True)

    for own in (shelf.script(), shelf.script(shelf.other)):
        assert shelf.of_step(own) == (own.id, None)
    assert shelf.of_step(None) == (default.id, None)
    gone = make.a_script(deleting=True)
    shelf.put(gone)
    assert shelf.of_step(gone) == (default.id, None)
    # A script that is for another channel is not silently replaced: the step is skipped with the reason.
    call = shelf.script(type="CALL")
    assert shelf.of_step(call) == (call.id, None)


def test_a_running_test_gives_each_lead_its_variant(shelf: Shelf) -> None:
    a, b = shelf.script(shelf.campaign, is_default=True), shelf.script()
    test = shelf.test(a, b)

    for lead in LEADS:
        variant = variant_for(test.id, lead)
        expected = (a.id if variant == "A" else b.id, f"{test.id}:{variant}")
        assert shelf.of_campaign(lead) == expected
        # A step takes part with its own script, where that is a variant and the campaign's.
        assert shelf.of_step(a, lead) == expected
        assert shelf.of_step(b, lead) == (b.id, None)
    assert {shelf.of_campaign(lead)[0] for lead in LEADS} == {a.id, b.id}
    third = shelf.script(shelf.campaign)
    assert shelf.of_step(third) == (third.id, None)


@pytest.mark.parametrize(
    "fields", [{"status": "PAUSED"}, {"status": "COMPLETED"}, {"channel": "EMAIL"}, {"deleting": True}]
)
def test_a_test_that_does_not_run_there_decides_nothing(shelf: Shelf, fields: dict[str, Any]) -> None:
    usual, b = shelf.script(shelf.campaign, is_default=True), shelf.script(shelf.campaign)
    shelf.test(usual, b, **fields)

    assert {shelf.of_campaign(lead) for lead in LEADS} == {shelf.of_step(usual)} == {(usual.id, None)}


def test_the_winner_of_the_last_test_that_found_one_serves_everybody(shelf: Shelf) -> None:
    usual, first, second = (shelf.script(shelf.campaign, is_default=at == 0) for at in range(3))
    over = {"status": "COMPLETED", "winner_id": "B"}
    shelf.test(usual, second, **over, ended_at=START)
    assert {shelf.of_campaign(lead) for lead in LEADS} == {(second.id, None)}

    shelf.test(usual, first, **over, ended_at=START + timedelta(hours=1))
    shelf.test(usual, second, status="COMPLETED", ended_at=START + timedelta(hours=2))
    assert {shelf.of_campaign(lead) for lead in LEADS} == {(first.id, None)}
    assert shelf.of_step(usual) == (first.id, None)
    assert shelf.of_step(second) == (second.id, None)


def test_a_test_whose_scripts_are_not_both_there_gives_nothing_to_anybody(shelf: Shelf) -> None:
    usual, gone = shelf.script(shelf.campaign, is_default=True), make.a_script(deleting=True)
    shelf.put(gone)
    shelf.test(usual, gone)
    shelf.test(usual, gone, status="COMPLETED", winner_id="B")

    assert {shelf.of_campaign(lead) for lead in LEADS} == {(usual.id, None)}
