"""The running stack as this process sees it: an application with the worker's own settings, its ticks, its queue."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from retention.bootstrap import Application, build
from retention.clock import SystemClock
from retention.config import Settings
from retention.engine.queue import NoWorkQueue
from retention.integrations.providers import HOSTS, allowed_urls
from retention.providers.connection import Deadline
from retention.providers.destination import Destinations
from retention.providers.http import HttpClient, Reply
from tools.stack.aws import client
from tools.stack.record import Record

#: Seconds between two looks at the queue.
LOOK: Final = 0.25
#: What tells how many messages a queue holds: they can be received, are with a worker, or wait for their time.
HELD: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class CountingClient(HttpClient):
    """The HTTP client of the providers, which counts what it is asked."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(SystemClock(), Destinations(HOSTS, allowed_urls(settings)))
        #: A list, since many threads ask.
        self.asked: list[str] = []

    def exchange(self, method: str, url: str, deadline: Deadline, **more: object) -> Reply:
        """As ever, and counted."""
        self.asked.append(url)
        return super().exchange(method, url, deadline, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Deployed:
    """The application over the table of a running stack, in this process."""

    app: Application
    providers: CountingClient
    endpoint: str


def worker_settings(endpoint: str) -> Settings:
    """What the deployed worker is told.

    Raises:
        LookupError: there is no such function.
    """
    for function in client("lambda", endpoint).list_functions()["Functions"]:
        environment = function.get("Environment", {}).get("Variables", {})
        if environment.get("POWERTOOLS_SERVICE_NAME") == "worker":
            return Settings.told_by(environment)
    raise LookupError("the stack has no function that is the worker")


@contextmanager
def deployed(running: Record) -> Iterator[Deployed]:
    """An application in this process, told what the deployed worker is, for as long as the block runs.

    It queues nothing, and names no address for reports: what they cost is the business of whoever receives them.
    """
    before = os.environ.get("AWS_ENDPOINT_URL")
    os.environ["AWS_ENDPOINT_URL"] = running.awsEndpoint
    try:
        settings = replace(worker_settings(running.awsEndpoint), public_base_url="", public_url_parameter="")
        providers = CountingClient(settings)
        yield Deployed(build(settings, work_queue=NoWorkQueue(), http=providers), providers, running.awsEndpoint)
        providers.close()
    finally:
        if before is None:
            del os.environ["AWS_ENDPOINT_URL"]
        else:
            os.environ["AWS_ENDPOINT_URL"] = before


@contextmanager
def ticks_held(endpoint: str) -> Iterator[None]:
    """Nothing is dispatched while the block runs: what is due is left to this process."""
    events = client("events", endpoint)
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if rule.get("State") == "ENABLED"]
    for name in rules:
        events.disable_rule(Name=name)
    try:
        yield
    finally:
        for name in rules:
            events.enable_rule(Name=name)


@dataclass
class Messages:
    """How many messages came into a queue, as somebody saw who looked again and again."""

    count: int = 0


@contextmanager
def messages_counted(endpoint: str, queue_url: str) -> Iterator[Messages]:
    """Count what comes into a queue while the block runs. A message that comes and goes between two looks is missed."""
    seen, stop, sqs = Messages(), Event(), client("sqs", endpoint)

    def held() -> int:
        attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(HELD))["Attributes"]
        return sum(int(attributes[name]) for name in HELD)

    def look() -> None:
        before = held()
        while not stop.wait(LOOK):
            try:
                now = held()
            except (BotoCoreError, ClientError):
                continue
            seen.count += max(0, now - before)
            before = now

    thread = Thread(target=look, daemon=True, name="queue")
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
