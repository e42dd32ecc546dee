"""A campaign's contact is sent once or not at all, whatever happens at any boundary of its way: as a step is."""

from collections.abc import Callable
from functools import partial

import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests.integrity import problems
from tests.retention.campaigns.season import Season, amiss
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import sends
from tests.retention.engine.world import LONG, Died


def another_worker(season: Season, lead: str) -> None:
    season.process(season.worker(), season.due(lead))


def frozen(season: Season, lead: str) -> None:
    """The worker stands still until its send counts as lost, and another one takes over."""
    season.ledger.accept_late()
    season.clock.advance(LONG)
    season.work(lead)
    if season.ledger.is_sending:
        raise Died


def the_worker_dies(season: Season, lead: str) -> None:
    raise Died


def the_lead_opts_out(season: Season, lead: str) -> None:
    season.stop(lead)


def it_is_paused_and_resumed(season: Season, lead: str) -> None:
    campaign = season.campaigns[0]
    season.app.campaign_lifecycle.pause(campaign, if_match=None)
    season.clock.advance(60)
    season.run_jobs()
    season.app.campaign_lifecycle.resume(campaign, "shift", if_match=None)


def the_lead_is_taken_out(season: Season, lead: str) -> None:
    season.cancel(lead)


def the_lead_is_deleted(season: Season, lead: str) -> None:
    season.app.deletion.lead(lead)


EVENTS = [
    another_worker,
    frozen,
    the_worker_dies,
    the_lead_opts_out,
    it_is_paused_and_resumed,
    the_lead_is_taken_out,
    the_lead_is_deleted,
]


@pytest.mark.parametrize("mood", ["accept", "accept_silently", "busy"])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_nothing_is_sent_twice_and_nothing_is_lost(
    app: Application, clock: ManualClock, event: Callable[[Season, str], None], mood: Mood
) -> None:
    season, told = Season(app, clock), 0
    campaign = season.sequence()

    for lead, passed, boundary in sends(season, campaign, partial(event, season), moods=[mood]):
        season.heal(lead)
        assert amiss(season, lead) == [], f"{event.__name__} {passed[boundary : boundary + 1]}, boundary {boundary}"
        told = boundary

    assert told >= 10, "not all of the way was gone"
    assert problems(app) == []
