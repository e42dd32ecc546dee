"""Everything that a stack keeps, as text, read past the service: what is left of a person is found in it."""

from collections.abc import Iterator
from typing import Any

import boto3

from retention.bootstrap import Application
from retention.table.layout import INDEXES
from tests.integrity import scan


def haystack(app: Application) -> Iterator[tuple[str, str]]:
    """Each thing that is kept: where it is, and what it says, in lower case."""
    for index in (None, *INDEXES):
        for item in scan(app, index):
            yield f"{index or 'table'} {item['pk']['S']} {item['sk']['S']}", str(item).lower()
    settings = app.core.settings
    for bucket in filter(None, (settings.inbox_bucket, settings.transfer_bucket)):
        for key, content in objects(bucket).items():
            yield f"{bucket} {key}", f"{key} {content.decode('utf-8', 'replace')}".lower()
    for queue in filter(None, (settings.inbound_queue_url, settings.inbound_dead_letter_queue_url)):
        for body in letters(queue):
            yield queue, body.lower()
    for secret in boto3.client("ssm").describe_parameters()["Parameters"]:
        value = boto3.client("ssm").get_parameter(Name=secret["Name"], WithDecryption=True)["Parameter"]["Value"]
        yield secret["Name"], value.lower()


def hits(app: Application, *needles: str) -> list[str]:
    """Where any of some texts is found."""
    wanted = [needle.lower() for needle in needles]
    return [where for where, text in haystack(app) if any(needle in f"{where.lower()} {text}" for needle in wanted)]


def objects(bucket: str) -> dict[str, bytes]:
    """What lies in a bucket."""
    s3: Any = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed}


def letters(queue: str) -> list[str]:
    """What waits or rests in a queue; it stays there."""
    sqs: Any = boto3.client("sqs")
    found: dict[str, str] = {}
    receipts = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=30).get("Messages"):
        found |= {one["MessageId"]: one["Body"] for one in messages}
        receipts += [one["ReceiptHandle"] for one in messages]
    for receipt in receipts:
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0)
    return list(found.values())
