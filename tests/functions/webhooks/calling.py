"""The door as callers meet it: requests through its real entry, and what then waits on the queue and in the bucket."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3

from retention.clock import Clock
from retention.config import Settings
from retention.integrations.secrets import caller_documents
from retention.keyring import Keyring
from retention.receiving.callers import Caller, CallerKey
from retention.receiving.event import Event
from retention.receiving.messages import events_in
from tests.door import Context
from tests.functions.queue import new_queue, take_all
from webhooks.app import lambda_handler
from webhooks.door import Door, build, install

ROOT = Path(__file__).parents[3]
EVENT = (ROOT / "events/webhooks/twilio_status.json").read_text()
BASE = "https://api.example.com"
KEYRING = Keyring(lambda: "root secret of the tests")
FORM = "application/x-www-form-urlencoded"
_stacks = count()


@dataclass(frozen=True)
class Answer:
    """What the gateway is given."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Outside:
    """Whoever calls the door of one stack."""

    door: Door
    bucket: str

    def call(
        self,
        method: str,
        path: str,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
        ip: str = "192.0.2.1",
    ) -> Answer:
        """One request through the function's entry."""
        install(self.door)
        event = json.loads(EVENT)
        event |= {"rawPath": path, "rawQueryString": query, "headers": dict(headers or {})}
        event["requestContext"]["http"] |= {"method": method, "path": path, "sourceIp": ip}
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        event["isBase64Encoded"] = isinstance(body, bytes)
        given = lambda_handler(event, Context())  # type: ignore[arg-type]
        return Answer(given["statusCode"], given["headers"], given["body"])

    def publish(
        self,
        name: str,
        *keys: Mapping[str, str] | CallerKey,
        settings: Mapping[str, Any] | None = None,
        version: str = "1",
    ) -> None:
        """What the API publishes of a caller: its keys, the newest first."""
        known = tuple(key if isinstance(key, CallerKey) else CallerKey(key) for key in keys)
        caller_documents(self.door.settings).write(name, Caller(version, settings or {}, known).as_text())

    def kept(self) -> list[Event]:
        """The events that are on their way, in the order of the queue's messages; they are gone after."""
        return [event for body in self.messages() for event in events_in(body, self.fetch)]

    def messages(self) -> list[str]:
        """The bodies of the messages that are on their way; they are gone after."""
        return take_all(self.door.settings.inbound_queue_url)

    def objects(self) -> list[str]:
        """What lies in the bucket."""
        return [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def fetch(self, key: str) -> bytes:
        return bytes(boto3.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())


def outside(clock: Clock, **settings: Any) -> Outside:
    """The door of a new stack in the stand-in, with a queue, a bucket and a secret store of its own."""
    number = next(_stacks)
    bucket = f"inbox-{number}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    given = {
        "inbound_queue_url": new_queue(),
        "inbox_bucket": bucket,
        "webhook_keys_prefix": f"/stack-{number}/webhooks",
        "public_base_url": BASE,
        **settings,
    }
    return Outside(build(Settings(**given), clock=clock, keyring=KEYRING), bucket)
