"""Queues and the schedule: nothing is lost silently, nothing is tried for ever, nothing travels in the clear."""

import json
from typing import Any

import pytest

from tests.infra.expansion import ROOT, properties, resources, source, text

#: A message stays hidden for six runs of its function. Source: Lambda "Creating and configuring an Amazon SQS queue".
RUNS_HIDDEN = 6

#: Seconds in a day.
DAY = 86400

QUEUES = ["JobsQueue", "JobsDeadLetterQueue", "TicksDeadLetterQueue"]

DEAD_LETTER_QUEUES = {"JobsDeadLetterQueue", "TicksDeadLetterQueue"}


def mapping() -> dict[str, Any]:
    (only,) = resources("AWS::Lambda::EventSourceMapping").values()
    return only


def test_the_queues_are_the_ones_that_these_tests_know() -> None:
    assert sorted(resources("AWS::SQS::Queue")) == sorted(QUEUES)


def test_every_working_queue_gives_up_after_some_attempts_and_keeps_what_failed() -> None:
    for name in set(QUEUES) - DEAD_LETTER_QUEUES:
        redrive = properties(name)["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"]["Fn::GetAtt"][0] in DEAD_LETTER_QUEUES
        assert 2 <= redrive["maxReceiveCount"] <= 10


def test_a_failed_job_rests_longer_than_a_job_waits() -> None:
    assert properties("JobsDeadLetterQueue")["MessageRetentionPeriod"] == 14 * DAY
    assert properties("JobsQueue")["MessageRetentionPeriod"] < 14 * DAY


def test_only_the_jobs_queue_moves_messages_into_its_dead_letter_queue() -> None:
    allowed = properties("JobsDeadLetterQueue")["RedriveAllowPolicy"]

    assert allowed["redrivePermission"] == "byQueue"
    (origin,) = allowed["sourceQueueArns"]
    assert text(origin).endswith(":" + text(properties("JobsQueue")["QueueName"]))


def test_no_other_queue_rests_its_failures_in_ours() -> None:
    for name in set(QUEUES) - {"JobsDeadLetterQueue"}:
        assert properties(name)["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


def test_a_message_stays_hidden_for_six_runs_of_its_function() -> None:
    timeout = properties(mapping()["FunctionName"]["Ref"])["Timeout"]
    queue = properties(mapping()["EventSourceArn"]["Fn::GetAtt"][0])

    assert queue["VisibilityTimeout"] >= RUNS_HIDDEN * timeout


def test_a_failed_message_is_returned_without_its_neighbours() -> None:
    assert mapping()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_running_jobs_are_limited_by_the_queue() -> None:
    assert mapping()["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "JobsMaximumConcurrency"}}
    assert source()["Parameters"]["JobsMaximumConcurrency"]["MinValue"] == 2, "the least that Lambda accepts"


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


def test_the_sample_message_is_what_the_jobs_queue_delivers() -> None:
    sample = json.loads((ROOT / "events" / "queue" / "job.json").read_text(encoding="utf-8"))

    for record in sample["Records"]:
        assert record["eventSource"] == "aws:sqs"
        assert list(json.loads(record["body"])) == ["jobId"]
