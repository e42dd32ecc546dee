"""Queues and the schedule: nothing is lost silently, nothing is tried for ever, nothing travels in the clear."""

import json
from typing import Any

import pytest

from retention.engine import configuration
from retention.engine.reconcile import SKEW
from tests.infra.expansion import ROOT, properties, resources, source, text

#: A message stays hidden for six runs of its function. Source: Lambda "Creating and configuring an Amazon SQS queue".
RUNS_HIDDEN = 6

#: Longest that a provider may take to accept what it was asked, and its records may lag behind, in seconds.
#: Source: twilio-ruby issue 519 (26 seconds until the API itself gives up); the lag is an estimate.
ACCEPTANCE_SECONDS = 26
LOOK_UP_LAG_SECONDS = 20

#: Seconds in a day.
DAY = 86400

#: The queue of each channel, and what limits how many workers take from it.
STEP_QUEUES = {
    "CallQueue": "CallMaximumConcurrency",
    "SmsQueue": "SmsMaximumConcurrency",
    "EmailQueue": "EmailMaximumConcurrency",
}

#: What limits how many functions take from each queue.
LIMITS = {"JobsQueue": "JobsMaximumConcurrency", "InboundQueue": "InboundMaximumConcurrency", **STEP_QUEUES}

#: Where the failures of a queue rest.
RESTS = {
    "JobsQueue": "JobsDeadLetterQueue",
    "InboundQueue": "InboundDeadLetterQueue",
    **dict.fromkeys(STEP_QUEUES, "StepsDeadLetterQueue"),
}

DEAD_LETTER_QUEUES = {*RESTS.values(), "TicksDeadLetterQueue"}

QUEUES = [*RESTS, *sorted(DEAD_LETTER_QUEUES)]


def mappings() -> dict[str, dict[str, Any]]:
    """How queues come to their functions, by queue."""
    found = resources("AWS::Lambda::EventSourceMapping").values()
    return {mapping["EventSourceArn"]["Fn::GetAtt"][0]: mapping for mapping in found}


def test_the_queues_are_the_ones_that_these_tests_know() -> None:
    assert sorted(resources("AWS::SQS::Queue")) == sorted(QUEUES)


def test_every_working_queue_gives_up_after_some_attempts_and_keeps_what_failed() -> None:
    for name, rest in RESTS.items():
        assert text(properties(name)["RedrivePolicy"]["deadLetterTargetArn"]) == f"${{{rest}.Arn}}"
        assert properties(name)["RedrivePolicy"]["maxReceiveCount"] == 5


def test_what_failed_rests_longer_than_it_waited() -> None:
    for name, rest in RESTS.items():
        assert properties(rest)["MessageRetentionPeriod"] == 14 * DAY
        assert properties(name)["MessageRetentionPeriod"] < 14 * DAY


def test_a_dead_letter_queue_takes_from_its_own_queues_only() -> None:
    for rest in set(RESTS.values()):
        allowed = properties(rest)["RedriveAllowPolicy"]
        named = sorted(text(origin).partition("${AWS::AccountId}:")[2] for origin in allowed["sourceQueueArns"])

        assert allowed["redrivePermission"] == "byQueue"
        assert named == sorted(text(properties(name)["QueueName"]) for name in RESTS if RESTS[name] == rest)


def test_no_other_queue_rests_its_failures_in_ours() -> None:
    for name in set(QUEUES) - set(RESTS.values()):
        assert properties(name)["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


def test_every_queue_of_work_comes_to_one_function() -> None:
    functions = {name: mapping["FunctionName"]["Ref"] for name, mapping in mappings().items()}

    assert functions == {
        "JobsQueue": "JobsFunction",
        "InboundQueue": "InboundFunction",
        **dict.fromkeys(STEP_QUEUES, "WorkerFunction"),
    }


@pytest.mark.parametrize("name", RESTS)
def test_a_message_stays_hidden_for_six_runs_of_its_function(name: str) -> None:
    timeout = properties(mappings()[name]["FunctionName"]["Ref"])["Timeout"]

    assert properties(name)["VisibilityTimeout"] >= RUNS_HIDDEN * timeout


@pytest.mark.parametrize("name", RESTS)
def test_a_failed_message_is_returned_without_its_neighbours(name: str) -> None:
    assert mappings()[name]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_what_runs_at_once_is_limited_by_the_queue(name: str, limit: str) -> None:
    assert mappings()[name]["ScalingConfig"] == {"MaximumConcurrency": {"Ref": limit}}
    assert source()["Parameters"][limit]["MinValue"] == 2, "the least that Lambda accepts"


@pytest.mark.parametrize("name", [*STEP_QUEUES, "InboundQueue"])
def test_a_message_that_is_due_does_not_wait_for_others(name: str) -> None:
    assert mappings()[name].get("MaximumBatchingWindowInSeconds", 0) == 0
    assert mappings()[name]["BatchSize"] <= 10, "more need a batching window"


@pytest.mark.parametrize("channel", ["Call", "Sms", "Email"])
def test_nobody_asks_about_a_send_while_the_worker_that_sent_it_may_still_run(channel: str) -> None:
    runs, takes = properties("WorkerFunction")["Timeout"], ACCEPTANCE_SECONDS + LOOK_UP_LAG_SECONDS + 2 * SKEW
    settle = source()["Parameters"][f"{channel}SettleSeconds"]

    assert settle["MinValue"] > runs + takes
    assert settle["Default"] >= settle["MinValue"]


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_refuses_what_is_not_encrypted_on_its_way(name: str) -> None:
    (policy,) = [
        policy for policy in resources("AWS::SQS::QueuePolicy").values() if policy["Queues"] == [{"Ref": name}]
    ]

    (deny,) = [part for part in policy["PolicyDocument"]["Statement"] if part["Effect"] == "Deny"]

    assert deny["Principal"] == "*"
    assert deny["Action"] == "sqs:*"
    assert text(deny["Resource"]) == f"${{{name}.Arn}}"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nobody_but_the_schedule_is_let_into_a_queue_from_outside() -> None:
    allowed = [
        part
        for policy in resources("AWS::SQS::QueuePolicy").values()
        for part in policy["PolicyDocument"]["Statement"]
        if part["Effect"] == "Allow"
    ]

    (tick,) = allowed
    assert tick["Principal"] == {"Service": "events.amazonaws.com"}
    assert tick["Action"] == "sqs:SendMessage"
    (rule,) = resources("AWS::Events::Rule")
    assert tick["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted_with_either_key(name: str) -> None:
    nothing = {"Ref": "AWS::NoValue"}

    assert properties(name)["SqsManagedSseEnabled"] == {"Fn::If": ["WithCmk", nothing, True]}
    assert properties(name)["KmsMasterKeyId"] == {"Fn::If": ["WithCmk", {"Ref": "Key"}, nothing]}


def test_the_dispatcher_ticks_every_minute_and_a_tick_ends_before_the_next() -> None:
    (rule,) = resources("AWS::Events::Rule").values()

    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert rule.get("State", "ENABLED") == "ENABLED"
    assert properties("DispatcherFunction")["Timeout"] < 60


def test_a_failed_tick_leaves_evidence_and_is_not_repeated() -> None:
    (rule,) = resources("AWS::Events::Rule").values()
    (target,) = rule["Targets"]
    (asynchronous,) = resources("AWS::Lambda::EventInvokeConfig").values()

    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert text(target["DeadLetterConfig"]["Arn"]) == "${TicksDeadLetterQueue.Arn}"
    assert asynchronous["MaximumRetryAttempts"] == 0
    assert asynchronous["MaximumEventAgeInSeconds"] == 60
    assert text(asynchronous["DestinationConfig"]["OnFailure"]["Destination"]) == "${TicksDeadLetterQueue.Arn}"


@pytest.mark.parametrize(("sample", "members"), [("job", ["jobId"]), ("steps", ["channel", "work"])])
def test_the_sample_messages_are_what_the_queues_deliver(sample: str, members: list[str]) -> None:
    event = json.loads((ROOT / "events" / "queue" / f"{sample}.json").read_text(encoding="utf-8"))

    for record in event["Records"]:
        assert record["eventSource"] == "aws:sqs"
        assert list(json.loads(record["body"])) == members


def test_what_comes_late_is_looked_for_when_no_worker_can_remember_how_it_was() -> None:
    """A worker keeps a sequence for seconds, and lives no longer than its time-out."""
    settle = source()["Parameters"]["DeleteSettleSeconds"]["Default"]

    assert settle > configuration.KEPT + properties("WorkerFunction")["Timeout"]
