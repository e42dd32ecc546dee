"""Start, pause, resume, complete: each answers at once, is followed through to every lead, and happens once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from retention.bootstrap import Application
from retention.campaigns.cases import FEW
from retention.campaigns.model import CampaignContact, CampaignCreate, CampaignLead
from retention.clock import ManualClock
from retention.engine.assembly import build_worker
from retention.jobs.model import Job
from retention.jobs.queue import NoQueue
from retention.scripts.model import ScriptInput
from retention.table.writes import Replace
from tests.api_client import ApiClient
from tests.figures import untrue
from tests.integrity import count, everything, problems, scan
from tests.retention.campaigns.season import Season, all_leads, amiss
from tests.retention.deletion.test_rules import KilledError, dying
from tools.bench_engine.cost import counting

HOUR = 3600


@pytest.fixture
def season(app: Application, clock: ManualClock) -> Season:
    return Season(app, clock, frequency_caps="none")


def jobs(season: Season, task: str) -> list[Job]:
    return [item for item in everything(season.app) if isinstance(item, Job) and item.task == task]


def test_two_clicks_at_once_start_it_once(season: Season) -> None:
    campaign, leads = season.draft(), [season.lead() for _ in range(3)]
    for lead in leads:
        season.enroll(campaign, lead)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: season.start(campaign), range(2)))
    season.start(campaign)

    assert len(jobs(season, "start")) == 1
    assert count(season.app, CampaignContact) == 3
    season.work(*leads)
    assert len(season.ledger.entries) == 3


class Woken(NoQueue):
    """Remembers which jobs were to begin at once."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        """Remember it."""
        assert delay_seconds == 0
        self.jobs.append(job_id)


def test_the_start_of_many_leads_answers_before_any_is_planned_and_happens_once(season: Season) -> None:
    campaign, leads = season.draft(), [season.lead() for _ in range(FEW + 1)]
    for lead in leads:
        season.enroll(campaign, lead)
    queue = Woken()
    lifecycle = replace(season.app.campaign_lifecycle, core=replace(season.app.core, jobs_queue=queue))

    with counting(season.app) as cost:
        moved = lifecycle.start(campaign, if_match=None)
    again = lifecycle.start(campaign, if_match=None)

    assert (moved.campaign.status, moved.job_id, again.job_id) == ("ACTIVE", queue.jobs[0], None)
    assert cost.count("TransactWriteItems") == 1
    assert (len(queue.jobs), len(jobs(season, "start"))) == (1, 1)
    assert count(season.app, CampaignContact) == 0
    season.run_jobs()
    assert count(season.app, CampaignContact) == FEW + 1
    season.work(*leads)
    assert sorted(season.accepted(lead) for lead in leads) == [["SMS"]] * (FEW + 1)


def test_what_is_missing_is_said_and_nothing_is_changed(season: Season, api: ApiClient) -> None:
    bare = season.app.campaigns.create(CampaignCreate(name="No channels")).id
    mute = season.app.campaigns.create(CampaignCreate(name="No words", channels=["SMS", "EMAIL"])).id
    season.app.scripts.create(ScriptInput(name="Its own", type="SMS", content="Hi", campaign_id=mute))

    refusals = [api.post(f"/v1/campaigns/{one}/start") for one in (bare, mute)]

    assert [one.status for one in refusals] == [409, 409]
    assert "no channels" in refusals[0].json["detail"]
    assert "EMAIL" in refusals[1].json["detail"]
    assert "SMS" not in refusals[1].json["detail"]
    assert [season.campaign(one).status for one in (bare, mute)] == ["DRAFT", "DRAFT"]


def test_the_verbs_over_http(season: Season, api: ApiClient) -> None:
    campaign, lead = season.draft("SMS", "EMAIL"), season.lead()
    season.enroll(campaign, lead)
    path = f"/v1/campaigns/{campaign}"

    forecast = api.post(f"{path}/start?dryRun=true").json
    assert forecast == {"leads": 1, "firstContacts": {"SMS": 1, "EMAIL": 1}, "held": 0, "atLeast": False}
    answer = api.post(f"{path}/start")
    assert (answer.status, answer.json["status"]) == (200, "ACTIVE")
    assert "/v1/jobs/" in answer.headers["Link"]
    assert api.post(f"{path}/start").json["status"] == "ACTIVE"
    assert api.post(f"{path}/resume").json["status"] == "ACTIVE", "it is what it was asked to be"
    assert api.post(f"{path}/pause").json["status"] == "PAUSED"
    assert api.post(f"{path}/resume?dryRun=true").json["held"] == 2
    assert api.post(f"{path}/start").status == 409
    assert api.post(f"{path}/complete").json["status"] == "COMPLETED"
    assert api.post(f"{path}/pause").status == 409
    assert api.post(f"{path}/leads", {"leadId": season.lead()}).status == 409
    told = api.get(f"{path}/leads/{lead}").json
    assert [(one["channel"], one["state"], one["reason"]) for one in told["contacts"]] == [
        ("EMAIL", "skipped", "campaign_over"),
        ("SMS", "skipped", "campaign_over"),
    ]
    assert told["status"] == "FAILED"
    entries = api.get(f"/v1/leads/{lead}/timeline").json["data"]
    assert {(one["type"], one["reason"]) for one in entries if one["type"] == "contact"} == {
        ("contact", "campaign_over")
    }


def test_starting_survives_death_at_every_request(season: Season, clock: ManualClock) -> None:
    deaths, at = 0, 1
    while True:
        campaign, leads = season.draft("SMS", "EMAIL"), [season.lead() for _ in range(3)]
        for lead in leads:
            season.enroll(campaign, lead)
        finished = False
        try:
            with dying(season.app, at, "after"):
                season.start(campaign)
                finished = True
        except KilledError:
            deaths += 1
        clock.advance(120)
        season.run_jobs()
        is_active = season.campaign(campaign).status == "ACTIVE"
        assert [len(season.told(lead)) for lead in leads] == ([2] * 3 if is_active else [0] * 3)
        if finished:
            assert is_active
            break
        at += 1
    assert deaths >= 5
    assert problems(season.app) == []


def test_nothing_goes_out_before_the_start_date_or_after_the_end_date(season: Season, clock: ManualClock) -> None:
    start, end = clock.now() + timedelta(hours=5), clock.now() + timedelta(hours=30)
    settings = {"order": "in_order", "channelDelayHours": 24, "autoAssign": {"sources": ["nowhere"]}}
    campaign = season.draft("SMS", "EMAIL", "CALL", settings=settings, start_date=start, end_date=end)
    lead = season.lead()
    season.enroll(campaign, lead)
    season.start(campaign)

    assert season.due(lead) == []
    clock.advance(5 * HOUR)
    season.work(lead)
    clock.advance(24 * HOUR)
    season.work(lead)
    clock.advance(24 * HOUR)
    season.work(lead)

    assert season.accepted(lead) == ["SMS", "EMAIL"]
    assert ("CALL-1", "SKIPPED", "campaign_over") in season.told(lead)
    assert season.assignment(campaign, lead).status == "COMPLETED"
    season.run_jobs()
    assert season.campaign(campaign).status == "COMPLETED", "it is past its end date"


def test_a_pause_holds_and_a_resumption_shifts_or_catches_up(season: Season, clock: ManualClock) -> None:
    shifted, kept = (
        season.draft("SMS", "EMAIL", settings={"order": "in_order", "channelDelayHours": 24}) for _ in range(2)
    )
    lead = season.lead()
    for campaign in (shifted, kept):
        season.start(campaign)
        season.enroll(campaign, lead)
    season.work(lead)
    assert season.accepted(lead) == ["SMS", "SMS"]
    due = clock.now() + timedelta(hours=24)

    for campaign in (shifted, kept):
        season.app.campaign_lifecycle.pause(campaign, if_match=None)
    assert {one.due_at for one in season.of(CampaignContact, lead)} == {None}
    clock.advance(48 * HOUR)
    season.work(lead)
    season.app.campaign_lifecycle.resume(shifted, "shift", if_match=None)
    season.app.campaign_lifecycle.resume(kept, "catch_up", if_match=None)

    found = {one.campaign_id: one.due_at for one in season.of(CampaignContact, lead) if one.is_open}
    assert found == {shifted: due + timedelta(hours=48), kept: due}
    assert season.accepted(lead) == ["SMS", "SMS"]


def test_a_worker_that_knows_of_the_pause_parks_what_the_job_has_not_seen(season: Season) -> None:
    campaign, lead = season.sequence(), season.lead()
    season.enroll(campaign, lead)
    paused = season.app.core.changed(season.campaign(campaign), status="PAUSED", paused_at=season.clock.now())
    season.app.core.store.write(Replace(paused, before=season.campaign(campaign)))

    report = season.work(lead)

    assert report.outcomes["campaign_paused"] == 1
    assert season.told(lead) == [("SMS-1", "PENDING", None)]


def test_leads_that_are_assigned_while_it_is_paused_are_contacted_when_it_goes_on(season: Season) -> None:
    campaign = season.sequence()
    season.app.campaign_lifecycle.pause(campaign, if_match=None)
    lead = season.lead()
    season.enroll(campaign, lead)
    season.clock.advance(HOUR)
    season.work(lead)
    assert season.accepted(lead) == []

    season.app.campaign_lifecycle.resume(campaign, "shift", if_match=None)
    season.work(lead)

    assert season.accepted(lead) == ["SMS"]


def test_it_completes_by_itself_once_when_it_is_done_with_every_lead(season: Season, clock: ManualClock) -> None:
    campaign, leads = season.draft(), [season.lead(), season.lead(phone=None)]
    season.start(campaign)
    clock.advance(60)
    season.run_jobs()
    assert season.campaign(campaign).status == "ACTIVE", "there is nobody in it yet"
    for lead in leads:
        season.enroll(campaign, lead)
    clock.advance(60)
    season.run_jobs()
    assert season.campaign(campaign).status == "ACTIVE", "somebody is left"

    season.work(*leads)
    for _ in range(3):
        clock.advance(60)
        season.run_jobs()

    assert season.campaign(campaign).status == "COMPLETED"
    assert len(jobs(season, "complete")) == 1
    assert sorted(one.status for one in all_leads(season, campaign)) == ["COMPLETED", "FAILED"]


def test_300_leads_over_mixed_channels_caps_and_hours_are_all_contacted(app: Application, clock: ManualClock) -> None:
    """Also: a worker takes everybody's contacts in chunks; contacts that were put off do not use up a cap."""
    caps = "SMS 1/24h; EMAIL 1/24h; ANY 2/24h"
    season = Season(app, clock, sms_hours="09:00-17:00", email_hours="always", frequency_caps=caps)
    rows = [{"phone": f"+1{area}555{n:04d}"} for n, area in zip(range(300), (212, 310, 808) * 100, strict=True)]
    leads = [season.lead(**row) for row in rows]
    campaigns = [
        season.draft("SMS", "EMAIL", settings={"maxPerDay": 1}),
        season.draft("EMAIL", "SMS", settings={"order": "in_order", "channelDelayHours": 6}),
    ]
    for number, lead in enumerate(leads):
        season.enroll(campaigns[number % 2], lead)
    for campaign in campaigns:
        season.start(campaign)
    season.run_jobs()
    worker = build_worker(season.core, season.ledger)

    for _ in range(60):
        due = season.due_everywhere()
        if due:
            season.process(worker, due)
        clock.advance(3 * HOUR)

    found = [item for item in everything(app) if isinstance(item, CampaignLead)]
    assert {one.status for one in found} == {"COMPLETED"}
    sends = [(entry.work, entry.channel) for entry in season.ledger.entries]
    assert len(sends) == len(set(sends)) == 600
    assert all(entry.at.hour >= 13 or entry.at.hour < 4 for entry in season.ledger.entries if entry.channel == "SMS")
    assert [problem for lead in leads[::30] for problem in amiss(season, lead)] == []
    assert list(untrue(list(scan(app)))) == []


def test_a_campaign_that_is_deleted_takes_what_is_planned_along(season: Season) -> None:
    campaign, lead, other = season.sequence(), season.lead(), season.lead()
    for one in (lead, other):
        season.enroll(campaign, one)

    def watch(moment: str) -> None:
        if moment == "before send":
            season.ledger.watch = lambda _: None
            season.app.deletion.campaign(campaign)
            assert season.told(other) == []
            assert season.told(lead) == [("SMS-1", "SCHEDULED", None)], "what is being sent is never removed"

    season.ledger.watch = watch
    season.work(lead)
    season.clock.advance(HOUR)
    season.run_jobs()
    season.clock.advance(HOUR)
    season.run_jobs()

    assert season.accepted(lead) == ["SMS"]
    assert (count(season.app, CampaignContact), count(season.app, CampaignLead)) == (0, 0)
    assert problems(season.app) == []
