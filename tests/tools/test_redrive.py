"""Failed messages are shown with their causes, and find their way back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from retention.engine.queue import Message, Work, body_of
from retention.fields import CHANNELS
from retention.jobs.queue import ArrivalHint, arrivals_body, deliveries_body
from retention.receiving.event import Event
from retention.receiving.messages import pointer, with_cause
from tests.functions.queue import new_queue, take_all
from tests.start import START
from tools.cli.__main__ import main
from tools.cli.commands.redrive import moved_back, shown
from tools.cli.output import Output
from tools.redrive.causes import causes
from tools.redrive.deployment import CHANNEL_OUTPUTS, INBOUND_OUTPUT, JOBS_OUTPUT, RESTING, Deployment
from tools.redrive.letters import address, count_at_rest
from tools.redrive.looking import NOT_TOLD
from tools.redrive.moving import Moved

STEPS, JOBS, INBOUND = RESTING
TEXT, EMAIL, CALL = (
    body_of(Message(channel, START, (Work("DirectContact", "x"),))) for channel in ("SMS", "EMAIL", "CALL")
)
JOB = json.dumps({"jobId": "01J"})
ARRIVALS = arrivals_body([ArrivalHint("lead", "lead", "r")])
DELIVERIES = deliveries_body(["d1", "d2"])
HOPELESS = with_cause(Event("keitaro", "1", {"params": {}}, START), "no rate for EUR")
LARGE = pointer("vapi/01J", "ValueError")
STRANGE = "what is this?"


@pytest.fixture
def deployment(endpoint: str, tmp_path: Path) -> Deployment:
    """A stack that has queues and logs, and nothing else."""
    outputs = {name: new_queue() for name in (*CHANNEL_OUTPUTS.values(), JOBS_OUTPUT, INBOUND_OUTPUT, *RESTING)}
    return Deployment("retention", boto3.client("sqs"), outputs, tmp_path)


def redrive(deployment: Deployment, resting: str, *, discard_strange: bool) -> Moved:
    """As the command does it."""
    return moved_back(Output(), deployment, resting, discard_strange=discard_strange)


def show(deployment: Deployment, resting: str) -> None:
    """As the command does it."""
    shown(Output(), deployment, resting)


def rest(deployment: Deployment, resting: str, *bodies: str) -> list[str]:
    """Have messages rest; returns their ids."""
    url = deployment.outputs[resting]
    return [deployment.sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in bodies]


def waiting(deployment: Deployment) -> dict[str, list[str]]:
    """What can be received from each queue that holds anything."""
    found = {name: sorted(take_all(url)) for name, url in deployment.outputs.items()}
    return {name: bodies for name, bodies in found.items() if bodies}


def test_every_message_goes_back_into_the_queue_that_it_came_from(deployment: Deployment) -> None:
    rest(deployment, STEPS, TEXT, EMAIL, CALL, TEXT)
    rest(deployment, JOBS, JOB, ARRIVALS, DELIVERIES)
    rest(deployment, INBOUND, HOPELESS, LARGE)

    assert [redrive(deployment, resting, discard_strange=False).moved for resting in RESTING] == [4, 3, 2]

    assert waiting(deployment) == {
        "SmsQueueUrl": [TEXT, TEXT],
        "EmailQueueUrl": [EMAIL],
        "CallQueueUrl": [CALL],
        "JobsQueueUrl": sorted([JOB, ARRIVALS, DELIVERIES]),
        "InboundQueueUrl": sorted([HOPELESS, LARGE]),
    }


def test_what_came_in_says_itself_why_it_could_not_be_applied(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    rest(deployment, INBOUND, HOPELESS, HOPELESS, LARGE)

    show(deployment, INBOUND)

    shown = capsys.readouterr().out
    assert "     2  came in: keitaro: no rate for EUR" in shown
    assert "     1  came in: vapi: ValueError" in shown


def test_more_than_a_handful_are_moved_each_once(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    bodies = [body_of(Message("SMS", START, (Work("DirectContact", str(number)),))) for number in range(57)]
    rest(deployment, STEPS, *bodies)

    redrive(deployment, STEPS, discard_strange=False)

    assert waiting(deployment) == {"SmsQueueUrl": sorted(bodies)}
    assert capsys.readouterr().out == "StepsDeadLetterQueue: 57 moved, 0 discarded, 0 left where they are\n"


def test_what_names_nothing_of_ours_stays_unless_it_is_to_be_discarded(deployment: Deployment) -> None:
    rest(deployment, STEPS, STRANGE, TEXT)

    moved = redrive(deployment, STEPS, discard_strange=False)
    assert (moved.moved, moved.stayed) == (1, 1)
    assert waiting(deployment) == {"SmsQueueUrl": [TEXT], STEPS: [STRANGE]}, "others can see it again"

    rest(deployment, STEPS, STRANGE)
    assert redrive(deployment, STEPS, discard_strange=True).discarded == 1
    assert waiting(deployment) == {}


def test_what_its_queue_does_not_take_stays(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    rest(deployment, STEPS, TEXT)
    monkeypatch.setattr(deployment.sqs, "send_message_batch", lambda **_: {"Failed": [{"Id": "0"}]})

    assert redrive(deployment, STEPS, discard_strange=False).stayed == 1

    assert waiting(deployment) == {STEPS: [TEXT]}


def test_showing_moves_nothing_and_tells_causes(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, strange = rest(deployment, STEPS, TEXT, TEXT, STRANGE)
    log = [
        "a line that is no JSON",
        json.dumps({"message": "message_failed", "message_id": first, "cause": "KeyError"}),
        json.dumps({"message": "message_failed", "message_id": first, "cause": "ValueError"}),
        json.dumps({"message": "message_failed", "message_id": strange, "cause": "not a message of ours"}),
        json.dumps({"message": "another", "level": "INFO"}),
    ]
    (deployment.logs / "worker.log").write_text("\n".join(log))

    show(deployment, STEPS)

    said = capsys.readouterr().out
    assert "StepsDeadLetterQueue: 3 messages" in said
    assert "1  SMS: DirectContact: ValueError" in said, "the latest cause"
    assert f"1  SMS: DirectContact: {NOT_TOLD}" in said
    assert "1  nothing of ours: not a message of ours" in said
    assert count_at_rest(deployment.sqs, deployment.outputs[STEPS]) == 3
    assert waiting(deployment) == {STEPS: sorted([TEXT, TEXT, STRANGE])}
    assert second not in said


def test_causes_are_read_from_the_log_group_of_the_function(endpoint: str) -> None:
    logs: Any = boto3.client("logs")
    group = "/aws/lambda/some-stack-worker"
    now = datetime.now(UTC)  # noqa: TID251 - the log service goes by the machine's clock
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    lines = [{"message": "message_failed", "message_id": "m", "cause": "KeyError"}, {"message": "ticked"}]
    events = [{"timestamp": int(now.timestamp() * 1000), "message": json.dumps(line)} for line in lines]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    assert causes(logs, "some-stack", "worker", now - timedelta(hours=1)) == {"m": "KeyError"}
    assert causes(logs, "no-such-stack", "worker", now) == {}


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "7", '{"jobId": 7}', '{"arrivals": []}', '{"channel": "FAX", "work": []}']
)
def test_a_strange_message_belongs_nowhere(body: str) -> None:
    assert address(body) == ("nothing of ours", None)


def test_every_channel_has_a_way_back() -> None:
    assert CHANNEL_OUTPUTS.keys() == set(CHANNELS)


def test_without_a_stack_the_tool_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "--folder", str(tmp_path)]) == 3

    assert "make run" in capsys.readouterr().err
