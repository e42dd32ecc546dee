"""What a lead writes back: kept, told to the message that it answers, and acted upon at once."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import DUPLICATE, Applied, Hopeless, Ignored, Later
from retention.jobs.model import Job
from retention.leads.model import LeadInput
from retention.receiving.event import Event
from retention.replies.handling import Replies
from retention.replies.model import Reply
from retention.sequences.model import SequenceEnrollment, SequenceStepExecution
from tests.api_client import ApiClient
from tests.integrity import count, problems
from tests.retention.engine.ledger import Mood
from tests.retention.engine.stories import sends
from tests.retention.engine.world import World, wrong
from tests.retention.replies.texting import phone_of, replies_of, suppression_of, text, writes
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting


@pytest.fixture
def world(app: Application, clock: ManualClock) -> World:
    return World(app, clock)


def one_text_sent(world: World, *more: int) -> str:
    """A lead that was written to a minute ago, by a sequence with more steps after so many hours."""
    lead = world.lead()
    world.enroll(world.sequence(0, *more), lead)
    world.work(lead)
    world.clock.advance(60)
    return lead


def test_a_reply_is_kept_and_told_to_the_message_that_it_answers(world: World) -> None:
    lead = one_text_sent(world)

    assert writes(world, lead, "Yes, tomorrow please", NumMedia="2") == Applied("replied")

    (attempt,) = world.of(ContactAttempt, lead)
    (execution,) = world.of(SequenceStepExecution, lead)
    assert (attempt.status, execution.status) == ("SUCCESS", "DELIVERED")
    assert execution.result["repliedAt"] == "2026-02-18T12:01:00.000Z"
    assert world.app.leads.get(lead).status == "IN_PROGRESS"
    assert not world.app.leads.get(lead).contact.stopped
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    reply = next(entry for entry in entries if entry["type"] == "reply")
    assert (reply["at"], reply["status"], reply["channel"]) == ("2026-02-18T12:01:00.000Z", "OTHER", "SMS")
    assert reply["detail"] == {"text": "Yes, tomorrow please", "media": 2}
    assert ("report", "replied") in [(entry["type"], entry["status"]) for entry in entries]


def test_a_second_reply_is_kept_too(world: World) -> None:
    lead = one_text_sent(world)

    writes(world, lead, "Yes")
    world.clock.advance(60)
    assert writes(world, lead, "No", "SM2") == Applied("replied")

    assert replies_of(world, lead) == [("Yes", "OTHER"), ("No", "OTHER")]
    assert world.of(SequenceStepExecution, lead)[0].result["repliedAt"] == "2026-02-18T12:01:00.000Z"


def test_an_opt_out_in_any_words_stops_the_lead_and_everything_planned(world: World) -> None:
    lead = one_text_sent(world, 1)

    assert writes(world, lead, "Please stop texting me") == Applied("opted_out")

    suppression = suppression_of(world.app, phone_of(world, lead))
    assert suppression is not None
    assert suppression.reason == "OPT_OUT"
    state = world.app.leads.get(lead).contact
    assert (state.stopped, state.reason) == (True, "OPT_OUT")
    world.run_jobs()
    assert [one.status for one in world.of(SequenceEnrollment, lead)] == ["CANCELLED"]
    world.clock.advance(7200)
    world.work(lead)
    assert len(world.ledger.entries) == 1, "nothing more was sent"
    assert replies_of(world, lead) == [("Please stop texting me", "OPT_OUT")]
    entries = ApiClient(world.app).get(f"/v1/leads/{lead}/timeline").json["data"]
    stops = [(entry["reason"], entry["detail"]) for entry in entries if entry["type"] == "stop"]
    assert stops == [("OPT_OUT", {"source": "twilio-inbound"})]
    assert problems(world.app) == []


@pytest.mark.parametrize("mood", ["accept", "accept_silently", "lose", "busy"])
def test_stop_wins_at_every_boundary_of_a_send(world: World, mood: Mood) -> None:
    def stop(lead: str) -> None:
        assert writes(world, lead, "STOP", f"SM{lead}") == Applied("opted_out")
        under_way = world.flights(lead)
        world.stopped[lead] = under_way | {entry.work for entry in world.ledger.entries}
        world.ledger.resends_forbidden |= under_way

    told = 0
    for lead, passed, boundary in sends(world, world.sequence(0, 0), stop, moods=[mood]):
        world.heal(lead)
        assert wrong(world, lead) == [], f"boundary {boundary}: {passed[boundary : boundary + 1]}"
        told = boundary

    assert told >= 10, "not all of the way was gone"


@pytest.mark.parametrize("answers", [True, False], ids=["to_a_text", "to_nothing"])
@pytest.mark.parametrize("body", ["STOP", "See you then"])
def test_46_copies_over_eight_threads_are_one_reply_one_stop_one_job(world: World, body: str, answers: bool) -> None:
    lead = one_text_sent(world, 1) if answers else world.lead()
    version = world.contact(lead).version
    event = text(world.app, phone_of(world, lead), body)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: Replies(world.app.core).inbound(event), range(46)))

    assert [type(one) for one in outcomes].count(Applied) == 1
    assert set(outcomes) - {Applied("opted_out"), Applied("replied")} == {DUPLICATE}
    assert len(replies_of(world, lead)) == 1
    assert world.contact(lead).version == version + 1
    assert count(world.app, Job) == (1 if body == "STOP" else 0)
    assert count(world.app, ReceivedEvent) == 1


@pytest.mark.parametrize("answers", [True, False], ids=["to_a_text", "to_nothing"])
def test_an_opt_out_holds_though_an_older_one_is_lifted_at_the_same_moment(world: World, answers: bool) -> None:
    lead = one_text_sent(world) if answers else world.lead()
    writes(world, lead, "STOP")
    suppression = suppression_of(world.app, phone_of(world, lead))
    assert suppression is not None
    lift = partial(world.app.suppressions.lift, suppression.id, because="a mistake", by="key", if_match=None)
    world.clock.advance(60)

    with just_before_the_next_transaction(world.app, lift):
        writes(world, lead, "I said STOP", "SM2")

    assert suppression_of(world.app, phone_of(world, lead)) is not None
    assert replies_of(world, lead) == [("STOP", "OPT_OUT"), ("I said STOP", "OPT_OUT")]


@pytest.mark.parametrize("answers", [True, False], ids=["to_a_text", "to_nothing"])
def test_an_opt_out_holds_though_an_older_stop_is_lifted_at_the_same_moment(world: World, answers: bool) -> None:
    lead = one_text_sent(world) if answers else world.lead()
    world.app.leads.stop(lead, "DO_NOT_CONTACT")
    event = text(world.app, phone_of(world, lead), "STOP")

    with just_before_the_next_transaction(world.app, lambda: world.app.leads.unstop(lead, "she called")):
        Replies(world.app.core).inbound(event)

    assert world.app.leads.get(lead).contact.reason == "OPT_OUT"
    assert suppression_of(world.app, phone_of(world, lead)) is not None


def test_a_reply_that_comes_before_its_message_is_written_down_waits_for_it(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    seen = []

    def reply(boundary: str) -> None:
        if boundary == "after send":
            seen.append(writes(world, lead, "Who is this?"))

    with world.watching(reply):
        world.work(lead)
    assert seen == [Later("under_way", 5.0)]
    assert writes(world, lead, "Who is this?") == Applied("replied")

    assert world.of(SequenceStepExecution, lead)[0].result["repliedAt"] is not None


def test_a_reply_is_not_put_off_for_ever_by_a_send_whose_outcome_is_not_known(world: World) -> None:
    lead = world.lead()
    world.enroll(world.sequence(0), lead)
    world.ledger.moods = ["lose"]
    world.work(lead)

    world.clock.advance(59)
    assert writes(world, lead, "Hello?") == Later("under_way", 5.0)
    world.clock.advance(1)
    assert writes(world, lead, "Hello?") == Applied("replied")

    assert replies_of(world, lead) == [("Hello?", "OTHER")]
    (execution,) = world.of(SequenceStepExecution, lead)
    assert execution.is_open, "a reply does not prove that this message was taken"


def test_a_reply_answers_the_latest_text_before_it(world: World) -> None:
    lead = one_text_sent(world, 1)
    late = text(world.app, phone_of(world, lead), "Yes")
    world.clock.advance(3600)
    world.work(lead)

    assert Replies(world.app.core).inbound(late) == Applied("replied")

    replied = [bool(one.result.get("repliedAt")) for one in sorted_executions(world, lead)]
    assert replied == [True, False]


def sorted_executions(world: World, lead: str) -> list[SequenceStepExecution]:
    """The executions of a lead in the order in which they were carried out."""
    return sorted(world.of(SequenceStepExecution, lead), key=lambda one: str(one.executed_at))


def test_a_lead_that_was_never_written_to_writes(world: World) -> None:
    lead = world.lead()

    assert writes(world, lead, "I saw your ad") == Applied("replied")
    assert world.app.leads.get(lead).status == "IN_PROGRESS"
    assert writes(world, lead, "Stop", "SM2") == Applied("opted_out")

    assert replies_of(world, lead) == [("I saw your ad", "OTHER"), ("Stop", "OPT_OUT")]
    assert world.app.leads.get(lead).contact.reason == "OPT_OUT"
    assert count(world.app, Job) == 1


def test_help_is_kept_and_nothing_else(world: World) -> None:
    lead = one_text_sent(world)

    assert writes(world, lead, "HELP") == Applied("help")

    assert replies_of(world, lead) == [("HELP", "HELP")]
    assert len(world.ledger.entries) == 1
    assert not world.app.leads.get(lead).contact.stopped


def test_an_opt_out_of_nobody_we_know_holds_for_whoever_gets_the_number(world: World) -> None:
    replies = Replies(world.app.core)

    assert replies.inbound(text(world.app, "+12025550199", "STOP")) == Applied("suppressed")
    assert replies.inbound(text(world.app, "+12025550198", "Hello", "SM2")) == Ignored("unknown_sender")

    given = LeadInput(first_name="Grace", last_name="Hopper", phone="+12025550199")
    assert world.app.intake.create(given).lead.contact.reason == "OPT_OUT"
    assert suppression_of(world.app, "+12025550198") is None


def test_what_is_no_message_of_a_phone_writes_nothing(world: World) -> None:
    replies, now = Replies(world.app.core), world.clock.now()

    assert isinstance(replies.inbound(Event("twilio-inbound", "SM1", {"no": "params"}, now)), Hopeless)
    assert isinstance(replies.inbound(Event("twilio-inbound", "SM1", ["odd"], now)), Hopeless)
    assert replies.inbound(text(world.app, "INFO", "STOP")) == Ignored("no_number")
    assert replies.inbound(text(world.app, "a@example.com", "STOP")) == Ignored("no_number")
    assert replies.inbound(text(world.app, "", "STOP")) == Ignored("no_number")
    assert count(world.app, ReceivedEvent) == 0


def test_an_opt_out_by_whatsapp_is_one_of_the_number(world: World) -> None:
    lead = world.lead()

    Replies(world.app.core).inbound(text(world.app, f"whatsapp:{phone_of(world, lead)}", "Stop"))

    assert world.app.leads.get(lead).contact.stopped


def test_a_deleted_lead_takes_its_replies_along(world: World) -> None:
    lead = one_text_sent(world)
    writes(world, lead, "Hello")

    world.app.deletion.lead(lead)

    assert count(world.app, Reply) == 0
    assert problems(world.app) == []


def test_no_log_has_a_word_of_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="retention")
    lead = one_text_sent(world)

    for number, body in enumerate(["my secret is 4711", "STOP 4711", "START", "HELP 4711"]):
        writes(world, lead, body, f"SM{number}")

    said = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "4711" not in said
    assert phone_of(world, lead) not in said


@pytest.mark.parametrize("body", ["Yes", "STOP"])
def test_a_reply_takes_five_requests_and_a_copy_one(world: World, body: str) -> None:
    event = text(world.app, phone_of(world, one_text_sent(world)), body)

    with counting(world.app) as cost:
        Replies(world.app.core).inbound(event)
    with counting(world.app) as copy:
        Replies(world.app.core).inbound(event)

    assert cost.requests == ["BatchGetItem", "Query", "BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    assert copy.requests == ["BatchGetItem"]


def test_replied_decides_the_next_step(world: World) -> None:
    steps = [
        {"channel": "SMS", "scriptId": world.script},
        {
            "channel": "SMS",
            "scriptId": world.script,
            "delayValue": 1,
            "conditions": {"step": "previous", "outcome": "replied"},
        },
    ]
    api = ApiClient(world.app)
    sequence = api.post("/v1/sequences", {"name": "Talk", "status": "ACTIVE", "steps": steps}).json["id"]
    world.sequences.append(sequence)
    talker, silent = world.lead(), world.lead()
    for lead in (talker, silent):
        world.enroll(sequence, lead)
        world.work(lead)
    world.clock.advance(60)
    writes(world, talker, "Tell me more")

    for _ in range(2):
        world.clock.advance(3600)
        world.work(talker, silent)

    statuses = [[one.status for one in sorted_executions(world, lead)] for lead in (talker, silent)]
    assert statuses == [["DELIVERED", "SENT"], ["SENT", "SKIPPED"]]
