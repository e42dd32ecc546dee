"""What goes wrong on the way to the provider leaves no traces: caps, tries and places in time are as if it had not."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.campaigns.model import CampaignCreate
from retention.clock import ManualClock
from retention.scripts.model import ScriptInput
from retention.sequences.model import SequenceStepExecution
from tests.retention.engine.world import LONG, Died, World, wrong
from tests.start import START


def test_a_send_that_came_to_nothing_does_not_use_up_the_cap(app: Application, clock: ManualClock) -> None:
    """Lost at two minutes to six; when that is known the window is closed; in the morning it goes out."""
    world = World(app, clock, sms_hours="Mon-Sun 10:00-18:00", frequency_caps="SMS 1/24h")
    clock.advance((START.replace(hour=17, minute=58) - clock.now()).total_seconds())
    lead = world.lead(time_zone="UTC")
    world.enroll(world.sequence(0), lead)
    world.ledger.moods = ["lose"]
    world.work(lead)
    clock.advance(LONG)
    assert world.work(lead).outcomes["outside_window"] == 1

    clock.advance(16 * 3600)

    assert world.work(lead).outcomes["sent"] == 1


def test_a_send_that_is_repeated_keeps_to_the_cap_that_others_have_filled(app: Application, clock: ManualClock) -> None:
    world = World(app, clock, frequency_caps="SMS 1/1h")
    first, second, lead = world.sequence(0), world.sequence(0), world.lead()
    world.enroll(first, lead)
    world.ledger.moods = ["lose"]
    world.ledger.blind = True
    world.work(lead)
    clock.advance(LONG)
    world.work(lead)
    clock.advance(7200)
    world.enroll(second, lead)
    world.process(world.worker(), [work for work in world.due(lead) if second in work.id])
    assert len(world.ledger.entries) == 1
    world.ledger.blind = False

    world.heal(lead, seconds=600)

    times = [entry.at for entry in world.ledger.entries]
    assert len(times) == 2
    assert times[1] - times[0] >= timedelta(hours=1)


def test_a_provider_that_was_not_asked_for_lack_of_time_was_not_tried(app: Application, clock: ManualClock) -> None:
    world = World(app, clock)
    lead = world.lead()
    world.enroll(world.sequence(0, settings={"retry": {"maxTries": 1}}), lead)
    left = iter([57.0, 57.0, *[14.0] * 50])

    report = world.worker().process(world.due(lead), lambda: next(left))

    assert (report.outcomes["provider_busy"], world.ledger.calls) == (1, 0)
    world.heal(lead)
    assert [one.status for one in world.of(SequenceStepExecution, lead)] == ["SENT"]


def test_a_step_that_kills_every_worker_is_given_up(app: Application, clock: ManualClock) -> None:
    world = World(app, clock)
    lead = world.lead()
    world.enroll(world.sequence(0, settings={"retry": {"maxTries": 3}}), lead)

    def boundary(name: str) -> None:
        if name == "before send":
            raise Died

    for _ in range(8):
        with suppress(Died), world.watching(boundary):
            world.work(lead)
        clock.advance(LONG)

    (execution,) = world.of(SequenceStepExecution, lead)
    assert (execution.status, execution.result["reason"]) == ("FAILED", "given_up")


def test_what_is_found_to_be_sent_during_a_pause_keeps_the_distance_to_its_successor(
    app: Application, clock: ManualClock
) -> None:
    world = World(app, clock)
    lead = world.lead()
    enrollment = world.enroll(world.sequence(0, 1), lead)
    world.ledger.moods = ["accept_silently"]
    world.work(lead)
    clock.advance(200)
    app.interventions.pause(enrollment.id, if_match=None)
    clock.advance(200)
    world.work(lead)
    clock.advance(3400)

    app.interventions.resume(enrollment.id, "shift", if_match=None)

    (following,) = [one for one in world.of(SequenceStepExecution, lead) if one.is_open]
    assert following.due_at == START + timedelta(hours=1) + timedelta(seconds=3600), "an hour, and an hour of pause"


def test_a_gate_that_answers_oddly_for_one_lets_the_others_through(app: Application, clock: ManualClock) -> None:
    """Its write was carried out all the same: its own nonce stands there."""
    world = World(app, clock)
    sequence, leads = world.sequence(0), [world.lead() for _ in range(3)]
    for lead in leads:
        world.enroll(sequence, lead)
    worker, due = world.worker(), world.due(*leads)
    events: Any = app.core.store._low.client.meta.events

    def oddly(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        parsed["Responses"][0]["Error"] = {"Code": "InternalServerError", "Message": "?"}

    events.register("after-call.dynamodb.BatchExecuteStatement", oddly)
    try:
        report = world.process(worker, due)
    finally:
        events.unregister("after-call.dynamodb.BatchExecuteStatement", oddly)

    assert report.outcomes["sent"] == 3
    assert [wrong(world, lead) for lead in leads] == [[], [], []]


def test_the_hours_of_the_campaign_that_a_script_belongs_to_bind_its_steps(
    app: Application, clock: ManualClock
) -> None:
    world = World(app, clock)
    evening = {"contactWindows": {"all": [{"start": "20:00", "end": "21:00"}]}}
    campaign = app.campaigns.create(CampaignCreate.model_validate({"name": "Spring", "settings": evening}))
    world.script = app.scripts.create(ScriptInput(name="Hello", type="SMS", content="Hi", campaign_id=campaign.id)).id
    lead = world.lead(time_zone="UTC")
    world.enroll(world.sequence(0), lead)

    assert world.work(lead).outcomes["outside_window"] == 1

    clock.advance((START.replace(hour=20) - clock.now()).total_seconds())
    world.work(lead)
    assert [attempt.campaign_id for attempt in world.of(ContactAttempt, lead)] == [campaign.id]
