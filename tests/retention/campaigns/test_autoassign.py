"""New leads that a campaign takes by itself: the right ones, each once, and no more than it may."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import AutoAssigned, CampaignLead
from retention.clock import ManualClock
from retention.jobs.queue import ArrivalHint
from retention.sequences.model import THE_LEAD, Arrival
from retention.table.keys import key
from tests.integrity import count, everything, problems
from tests.retention.campaigns.season import Season


@pytest.fixture
def season(app: Application, clock: ManualClock) -> Season:
    return Season(app, clock)


def news(season: Season) -> list[ArrivalHint]:
    """What is new, as the dispatcher finds it."""
    found = [item for item in everything(season.app) if isinstance(item, Arrival)]
    return [ArrivalHint(one.lead_id, one.what, one.revision) for one in found]


def look(season: Season) -> None:
    season.app.triggers.look_at(news(season))


def assigned(season: Season, campaign: str) -> set[str]:
    found = [item for item in everything(season.app) if isinstance(item, CampaignLead)]
    return {one.lead_id for one in found if one.campaign_id == campaign}


def test_200_leads_at_once_and_room_for_50_are_exactly_50(season: Season) -> None:
    campaign = season.sequence(settings={"autoAssign": {"maxLeads": 50}})
    leads = [season.lead() for _ in range(200)]
    hints = news(season)
    assert len(hints) == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: season.app.triggers.look_at(hints[at : at + 5]), range(0, 200, 5)))
    for _ in range(3):
        season.clock.advance(3600)
        look(season)

    taken = assigned(season, campaign)
    assert len(taken) == 50
    counted = season.app.core.store.find(AutoAssigned, key("AutoAssigned", campaign_id=campaign))
    assert counted is not None
    assert counted.taken == 50
    season.work(*leads)
    assert {entry.work.partition(".")[0] for entry in season.ledger.entries} == taken
    assert [one for one in news(season) if one.what == THE_LEAD] == []
    assert problems(season.app) == []


def test_only_new_leads_of_its_sources_while_it_is_active(season: Season) -> None:
    before = season.lead(source="META")
    look(season)
    campaign = season.draft(settings={"autoAssign": {"sources": ["META", "landing page"]}})
    early = season.lead(source="META")
    season.clock.advance(1)
    season.start(campaign)
    season.clock.advance(1)
    meta, label = season.lead(source="META"), season.lead(meta={"sourceLabel": "landing page"})
    others = [season.lead(), season.lead(source="META", status="LOST")]

    look(season)
    look(season)

    assert assigned(season, campaign) == {meta, label}
    assert not {before, early, *others} & assigned(season, campaign)
    season.work(meta, label)
    assert len(season.ledger.entries) == 2


def test_looking_again_assigns_nobody_twice_and_who_was_taken_out_stays_out(season: Season) -> None:
    campaign = season.sequence(settings={"autoAssign": {}})
    lead = season.lead()
    hints = news(season)
    look(season)
    season.cancel(lead)

    season.app.triggers.look_at(hints)

    assert assigned(season, campaign) == set()
    season.enroll(campaign, lead)
    assert count(season.app, CampaignLead) == 1
