"""Alarms and the dashboard: every way to fail is seen, within what is free."""

import json
import re
from typing import Any

import pytest

from tests.infra.expansion import ROOT, expanded, resources, text

#: Metrics under alarm that cost nothing in an account. Source: Amazon CloudWatch pricing, free tier.
FREE_ALARM_METRICS = 10

#: The metrics of our own that the dashboard shows, and the files that write them.
METRICS = (
    *("Sends", "Skips", "Deferrals", "Failures", "OutcomeUnknown", "Lateness", "OldestOverdueSeconds"),
    *("EventsApplied", "EventsIgnored", "EventsPutOff", "EventsFailed", "EventsHopeless", "WebhooksRefused"),
)
METRICS_IN = ("worker/measures.py", "dispatcher/app.py", "inbound/app.py", "webhooks/app.py")


def metrics(alarm: dict[str, Any]) -> int:
    """How many metrics an alarm is billed for."""
    return len([metric for metric in alarm.get("Metrics", [{"MetricStat": {}}]) if "MetricStat" in metric])


def watched() -> set[tuple[str, str]]:
    """What is under alarm: metric and the resource that it is of."""
    return {
        (alarm["MetricName"], re.sub(r"[${}]", "", text(alarm["Dimensions"][0]["Value"])))
        for alarm in resources("AWS::CloudWatch::Alarm").values()
    }


def test_the_default_alarms_are_free() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")

    assert sum(map(metrics, alarms.values())) <= FREE_ALARM_METRICS
    assert [name for name in alarms if "Condition" in expanded()["Resources"][name]] == []


@pytest.mark.parametrize("kind", ["Jobs", "Steps", "Inbound"])
def test_a_message_that_failed_for_good_is_seen_at_once(kind: str) -> None:
    alarm = resources("AWS::CloudWatch::Alarm")[f"{kind}DeadLetterAlarm"]

    assert ("ApproximateNumberOfMessagesVisible", f"{kind}DeadLetterQueue.QueueName") in watched()
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 1)


@pytest.mark.parametrize(
    ("name", "metric", "function", "written_by"),
    [
        ("JobsGivenUpAlarm", "JobsGivenUp", "JobsFunction", "jobs/app.py"),
        ("OutcomeUnknownAlarm", "OutcomeUnknown", "WorkerFunction", "worker/measures.py"),
        ("DelayAlarm", "OldestOverdueSeconds", "DispatcherFunction", "dispatcher/app.py"),
    ],
)
def test_an_alarm_of_ours_watches_a_metric_that_a_function_writes(
    name: str, metric: str, function: str, written_by: str
) -> None:
    alarm = resources("AWS::CloudWatch::Alarm")[name]
    written_to = resources("AWS::Lambda::Function")[function]["Environment"]["Variables"]

    assert alarm["Namespace"] == written_to["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": written_to["POWERTOOLS_SERVICE_NAME"]}]
    assert alarm["MetricName"] == metric
    assert f'"{metric}"' in (ROOT / "functions" / written_by).read_text(encoding="utf-8")


def test_one_job_and_one_send_is_enough_for_an_alarm() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")

    assert [alarms[name]["Threshold"] for name in ("JobsGivenUpAlarm", "OutcomeUnknownAlarm")] == [0, 0]


def test_work_that_waits_too_long_is_seen() -> None:
    assert ("OldestOverdueSeconds", "dispatcher") in watched(), "of every queue, and of what never reached one"


def test_failures_of_every_function_are_seen() -> None:
    # A caller sees them as 5xx; a queue is not emptied, and keeps what failed.
    behind_the_gateway = (
        {"ApiFunction", "AuthorizerFunction", "WebhooksFunction"} if ("5xx", "HttpApi") in watched() else set()
    )
    behind_a_queue = {
        mapping["FunctionName"]["Ref"]
        for mapping in resources("AWS::Lambda::EventSourceMapping").values()
        if ("ApproximateNumberOfMessagesVisible", f"{rest_of(mapping)}.QueueName") in watched()
    }

    seen = {name for metric, name in watched() if metric == "Errors"} | behind_the_gateway | behind_a_queue

    assert seen == resources("AWS::Lambda::Function").keys()


def rest_of(mapping: dict[str, Any]) -> str:
    """The queue in which failures of a mapping's queue rest."""
    queue = resources("AWS::SQS::Queue")[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
    return str(queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0])


def test_a_schedule_that_stopped_is_seen_by_its_silence() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["DispatcherSilentAlarm"]

    assert ("Invocations", "DispatcherFunction") in watched()
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")


def test_missing_capacity_is_seen() -> None:
    assert ("Throttles", "ApiFunction") in watched()


def test_only_the_silent_schedule_counts_missing_data_as_trouble() -> None:
    breaching = [
        name
        for name, alarm in resources("AWS::CloudWatch::Alarm").items()
        if alarm["TreatMissingData"] != "notBreaching"
    ]

    assert breaching == ["DispatcherSilentAlarm"]


def test_every_alarm_tells_the_same_topic_when_it_starts_and_when_it_ends() -> None:
    told = [
        {
            "Fn::If": [
                "HasAlarmTopic",
                {"Ref": "AlarmTopicArn"},
                {"Fn::If": ["OwnsAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]},
            ]
        }
    ]

    for alarm in resources("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == told


def test_operations_says_what_to_do_for_exactly_the_alarms_that_exist() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = operations.partition("\n## Alarms\n")[2].partition("\n## ")[0]

    assert set(re.findall(r"`(\w+Alarm)`", section)) == resources("AWS::CloudWatch::Alarm").keys()


def test_the_dashboard_shows_every_function_the_api_the_queues_and_the_table() -> None:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]["Fn::Sub"]

    shown = [widget["properties"]["title"] for widget in json.loads(body)["widgets"] if widget["type"] == "metric"]

    assert len(set(shown)) == len(shown), "every chart has a title of its own"
    queues = [f"{name}.QueueName" for name in resources("AWS::SQS::Queue") if name != "TicksDeadLetterQueue"]
    for name in [*resources("AWS::Lambda::Function"), "HttpApi", "Table", *queues]:
        assert f"${{{name}}}" in body
    for metric in ("Latency", "4xx", "5xx", "ConsumedWriteCapacityUnits", "WriteThrottleEvents"):
        assert f'"{metric}"' in body
    written = "".join((ROOT / "functions" / name).read_text() for name in METRICS_IN)
    for metric in METRICS:
        assert f'"{metric}"' in body
        assert f'"{metric}"' in written
