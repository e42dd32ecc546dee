"""A queue of a test's own in the stand-in, and what waits in it."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import boto3

_queues = count()
_EVENT = json.loads((Path(__file__).parents[2] / "events/queue/job.json").read_text())


def new_queue() -> str:
    """The address of a new queue."""
    return boto3.client("sqs").create_queue(QueueName=f"jobs-{next(_queues)}")["QueueUrl"]


def take_all(url: str) -> list[str]:
    """The bodies of all messages that can be received now; they are gone after."""
    sqs = boto3.client("sqs")
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def event_of(*bodies: str) -> dict[str, Any]:
    """The event with which SQS hands over messages; their ids are their positions."""
    record = _EVENT["Records"][0]
    return {"Records": [{**record, "messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
