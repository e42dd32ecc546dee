"""What a campaign plans for a lead: at once, one after the other, until the lead is reached, and never too much."""

from datetime import timedelta
from itertools import pairwise

import pytest

from retention.attempts.model import ContactAttempt
from retention.attempts.resolving import Resolution
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine.queue import Work
from retention.receiving.event import Event
from retention.reports.applying import Reporter
from retention.reports.evidence import Evidence, Report, What
from tests.retention.campaigns.season import Season, amiss

HOUR = 3600


@pytest.fixture
def season(app: Application, clock: ManualClock) -> Season:
    return Season(app, clock, frequency_caps="none")


def tell(season: Season, lead: str, name: str, what: What) -> None:
    """A provider reports what became of a contact."""
    (attempt,) = [one for one in season.of(ContactAttempt, lead) if one.id.endswith(f".{name}")]
    work, now = Work("CampaignContact", attempt.id), season.clock.now()
    report = Report(work, attempt.channel, attempt.provider_ref, (Evidence(what, now, {}),))
    Reporter(season.core).apply(Event("twilio-status", f"{name}:{what}", {}, now), report)


def test_in_parallel_each_channel_is_contacted_at_once(season: Season) -> None:
    campaign, lead = season.draft("SMS", "EMAIL", "CALL"), season.lead()
    season.enroll(campaign, lead)
    assert season.told(lead) == [], "nothing is planned before the start"
    season.start(campaign)

    season.work(lead)

    assert sorted(season.accepted(lead)) == ["CALL", "EMAIL", "SMS"]
    assert (season.assignment(campaign, lead).status, amiss(season, lead)) == ("COMPLETED", [])
    assert season.assignment(campaign, lead).completed_at == season.clock.now()


def test_in_order_the_next_channel_comes_after_the_delay(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("EMAIL", "SMS", settings={"order": "in_order", "channelDelayHours": 24})
    season.start(campaign)
    season.enroll(campaign, lead)

    season.work(lead)
    assert season.told(lead) == [("EMAIL-1", "SENT", None), ("SMS-1", "SCHEDULED", None)]
    assert season.assignment(campaign, lead).status == "IN_PROGRESS"
    season.clock.advance(24 * HOUR - 1)
    season.work(lead)
    assert season.accepted(lead) == ["EMAIL"]
    season.clock.advance(1)
    season.work(lead)

    assert season.accepted(lead) == ["EMAIL", "SMS"]
    assert season.assignment(campaign, lead).status == "COMPLETED"


def test_a_channel_that_cannot_be_used_costs_no_time(season: Season) -> None:
    lead = season.lead(email=None)
    campaign = season.draft("EMAIL", "SMS", settings={"order": "in_order"})
    season.start(campaign)
    season.enroll(campaign, lead)

    season.work(lead)
    assert season.told(lead) == [("EMAIL-1", "SKIPPED", "no_address"), ("SMS-1", "SCHEDULED", None)]
    season.work(lead)

    assert season.accepted(lead) == ["SMS"]
    assert season.assignment(campaign, lead).status == "COMPLETED"


@pytest.mark.parametrize(
    ("what", "then"),
    [("delivered", ["SMS"]), ("undelivered", ["SMS", "EMAIL"]), (None, ["SMS"])],
    ids=["it arrived", "it did not", "nothing was told"],
)
def test_until_reached_later_channels_are_for_those_who_were_not(
    season: Season, what: What | None, then: list[str]
) -> None:
    lead = season.lead()
    campaign = season.draft("SMS", "EMAIL", settings={"order": "in_order", "until": "reached"})
    season.start(campaign)
    season.enroll(campaign, lead)
    season.work(lead)
    if what is not None:
        tell(season, lead, "SMS-1", what)

    season.clock.advance(24 * HOUR)
    season.work(lead)

    assert season.accepted(lead) == then
    if then == ["SMS"]:
        assert season.told(lead)[0] == ("EMAIL-1", "SKIPPED", "not_needed")
    assert amiss(season, lead) == []


def test_until_reached_counts_a_contact_that_proves_to_have_been_sent_after_all(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("SMS", "EMAIL", settings={"order": "in_order", "until": "reached"})
    season.start(campaign)
    season.enroll(campaign, lead)
    season.ledger.moods, season.ledger.blind = ["lose"], True
    while len(told := season.told(lead)) == 1:
        season.work(lead)
        season.clock.advance(HOUR)
    assert sorted(told) == [("EMAIL-1", "SCHEDULED", None), ("SMS-1", "FAILED", "outcome_unknown")]
    (lost,) = [one.id for one in season.of(ContactAttempt, lead)]

    season.app.resolving.attempt(lost, Resolution(outcome="sent"), by="somebody")

    assignment = season.assignment(campaign, lead)
    assert (assignment.status, assignment.completed_at) == ("IN_PROGRESS", None)
    season.work(lead)
    assert season.told(lead)[0] == ("EMAIL-1", "SKIPPED", "not_needed")
    assert season.assignment(campaign, lead).status == "COMPLETED"


def test_a_call_that_nobody_took_is_placed_again_and_no_more_often_than_was_asked(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("CALL", settings={"tries": 3, "retryAfterHours": 2})
    season.start(campaign)
    season.enroll(campaign, lead)

    for number in range(1, 4):
        season.work(lead)
        tell(season, lead, f"CALL-{number}", "unanswered")
        assert season.assignment(campaign, lead).status == ("IN_PROGRESS" if number < 3 else "COMPLETED")
        season.clock.advance(2 * HOUR)
    season.work(lead)

    assert season.accepted(lead) == ["CALL"] * 3


def test_a_call_that_was_taken_is_not_placed_again(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("CALL", settings={"tries": 3})
    season.start(campaign)
    season.enroll(campaign, lead)
    season.work(lead)
    tell(season, lead, "CALL-1", "answered")

    season.clock.advance(24 * HOUR)
    season.work(lead)

    assert season.accepted(lead) == ["CALL"]
    assert season.told(lead)[1] == ("CALL-2", "SKIPPED", "not_needed")
    assert season.assignment(campaign, lead).status == "COMPLETED"


def test_the_limit_of_a_lead_holds_for_all_channels_together(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("SMS", "EMAIL", "CALL", settings={"maxPerLead": 2})
    season.start(campaign)
    season.enroll(campaign, lead)

    season.work(lead)

    assert len(season.accepted(lead)) == 2
    assert [reason for _, status, reason in season.told(lead) if status == "SKIPPED"] == ["campaign_limit"]
    assert amiss(season, lead) == []


def test_the_limit_waits_for_what_may_have_been_sent(season: Season) -> None:
    lead = season.lead()
    campaign = season.draft("SMS", "EMAIL", settings={"maxPerLead": 1})
    season.start(campaign)
    season.enroll(campaign, lead)
    season.ledger.moods = ["accept_silently"]

    season.work(lead)
    assert len(season.ledger.entries) == 1, "the other waits for the outcome of the first"
    season.heal(lead)

    assert len(season.ledger.entries) == 1
    assert amiss(season, lead) == []


def test_one_a_day_is_one_a_day_over_all_channels_and_nothing_is_lost(season: Season) -> None:
    """What the predecessor ignored when all channels were fired at once; what was put off used up its cap."""
    lead = season.lead()
    campaign = season.draft("SMS", "EMAIL", "CALL", settings={"maxPerDay": 1})
    season.start(campaign)
    season.enroll(campaign, lead)

    accepted = []
    for _ in range(24 * 4):
        season.work(lead)
        accepted.append(len(season.accepted(lead)))
        season.clock.advance(HOUR)

    assert (accepted[0], accepted[22], accepted[25], accepted[-1]) == (1, 1, 2, 3)
    assert season.assignment(campaign, lead).status == "COMPLETED"
    times = sorted(entry.at for entry in season.ledger.entries)
    assert all(later - earlier >= timedelta(hours=24) for earlier, later in pairwise(times))


def test_what_others_send_counts_for_one_a_day(season: Season) -> None:
    lead, other = season.lead(), season.draft("SMS")
    season.start(other)
    season.enroll(other, lead)
    season.work(lead)
    capped = season.draft("EMAIL", settings={"maxPerDay": 1})
    season.start(capped)
    season.enroll(capped, lead)

    season.work(lead)
    assert season.accepted(lead) == ["SMS"]
    season.clock.advance(24 * HOUR + 1)
    season.work(lead)

    assert season.accepted(lead) == ["SMS", "EMAIL"]


def test_when_every_channel_is_unusable_it_failed(season: Season) -> None:
    lead = season.lead(phone=None, email=None)
    campaign = season.draft("SMS", "EMAIL")
    season.start(campaign)
    season.enroll(campaign, lead)

    season.work(lead)

    assert [reason for _, _, reason in season.told(lead)] == ["no_address", "no_address"]
    assert season.assignment(campaign, lead).status == "FAILED"


def test_a_lead_that_asks_to_be_left_alone_is_and_the_status_follows(season: Season) -> None:
    left_alone, reached = season.lead(), season.lead()
    campaign = season.draft("SMS", "EMAIL", settings={"order": "in_order"})
    season.start(campaign)
    for lead in (left_alone, reached):
        season.enroll(campaign, lead)
    season.work(reached)

    for lead in (left_alone, reached):
        season.app.leads.stop(lead, "OPT_OUT")
    season.run_jobs()

    assert season.told(left_alone) == [("SMS-1", "SKIPPED", "lead_stopped")]
    assert season.told(reached) == [("EMAIL-1", "SKIPPED", "lead_stopped"), ("SMS-1", "SENT", None)]
    assert [season.assignment(campaign, lead).status for lead in (left_alone, reached)] == ["FAILED", "COMPLETED"]


def test_a_lead_that_was_taken_out_may_come_again_and_no_identity_is_used_twice(season: Season) -> None:
    lead, campaign = season.lead(), season.sequence()
    season.enroll(campaign, lead)
    season.work(lead)
    season.cancel(lead)
    assert season.told(lead) == []

    season.enroll(campaign, lead)
    season.work(lead)

    assert season.told(lead) == [("SMS-2", "SENT", None)]
    season.cancel(lead)
    season.clock.advance(24 * HOUR)
    season.app.assignments.create_many(campaign, [lead])
    season.work(lead)
    assert season.told(lead) == [("SMS-3", "SENT", None)]
    assert len(season.of(ContactAttempt, lead)) == 3
    assert amiss(season, lead) == []


def test_a_worker_that_knows_the_scripts_of_before_finds_the_one_of_a_campaign_just_started(season: Season) -> None:
    first, second = season.lead(), season.lead()
    season.enroll(season.sequence(), first)
    worker = season.worker()
    season.process(worker, season.due(first))
    season.clock.advance(1)
    season.enroll(season.sequence(), second)

    season.process(worker, season.due(second))

    assert season.told(second) == [("SMS-1", "SENT", None)]
