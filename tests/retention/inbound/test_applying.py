"""What becomes of the events of a message: each on its own, and none is let go before it is done."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from retention.clock import ManualClock
from retention.config import Settings
from retention.ids import Ids
from retention.inbound.applying import MOST_FAILURES, MOST_LATER, Applier, Summary
from retention.inbound.outcome import Applied, Hopeless, Ignored, Later, Outcome
from retention.inbound.queue import InboundQueue
from retention.receiving.event import Event
from retention.receiving.messages import MOST_EVENTS, events_in, key_in, object_of, packed, pointer
from tests.functions.queue import new_queue, take_all
from tests.start import START

_buckets = count()


class Desk:
    """Queues, a bucket, and an applier whose sources come to the outcomes that a test wants."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.s3: Any = boto3.client("s3")
        self.bucket = f"inbox-{next(_buckets)}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.settings = Settings(
            inbound_queue_url=new_queue(), inbound_dead_letter_queue_url=new_queue(), inbox_bucket=self.bucket
        )
        self.seen: list[str] = []
        self.summary = Summary()
        self.applier = Applier(
            InboundQueue(self.settings, Ids(ManualClock(START))),
            {"sendgrid": self.handle, "vapi": self.handle},
            pool,
        )

    def handle(self, event: Event) -> Outcome:
        """Does what the event says."""
        self.seen.append(event.id)
        match event.content["do"]:
            case "apply":
                return Applied("delivered")
            case "ignore":
                return Ignored("duplicate")
            case "later":
                return Later("under_way", event.content.get("seconds"))
            case "hopeless":
                return Hopeless("no rate for EUR")
        raise ArithmeticError("poison")

    def apply(self, body: str, *, time_left: float = 60.0) -> None:
        """Apply a message."""
        self.applier.apply(body, self.summary, lambda: time_left)

    def again(self) -> list[Event]:
        """What comes again at once."""
        return [one for body in take_all(self.settings.inbound_queue_url) for one in events_in(body, self.fetch)]

    def waiting(self) -> int:
        """How many messages wait for their time."""
        asked = boto3.client("sqs").get_queue_attributes(
            QueueUrl=self.settings.inbound_queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    def buried(self) -> list[dict[str, Any]]:
        """What rests."""
        return [json.loads(body) for body in take_all(self.settings.inbound_dead_letter_queue_url)]

    def fetch(self, key: str) -> bytes:
        """An object of the bucket."""
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def objects(self) -> list[str]:
        """What lies in the bucket."""
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]


@pytest.fixture
def desk(endpoint: str) -> Iterator[Desk]:
    with ThreadPoolExecutor(4) as pool:
        yield Desk(pool)


def event(number: int, do: str, *, tries: int = 0, **more: Any) -> Event:
    return Event("sendgrid", f"event-{number}", {"do": do, **more}, START, tries)


def message(*events: Event) -> str:
    (body,) = packed(events)
    assert isinstance(body, str)
    return body


def test_a_poisonous_event_in_a_thousand_harms_no_other(desk: Desk) -> None:
    events = [event(number, "poison" if number == 500 else "apply") for number in range(1000)]
    bodies = [body for body in packed(events) if isinstance(body, str)]
    assert len(bodies) == 1000 / MOST_EVENTS

    for body in bodies:
        desk.apply(body)

    assert sorted(desk.seen) == sorted(one.id for one in events)
    assert desk.summary.of("applied") == 999
    assert desk.summary.of("failed") == 1
    assert desk.waiting() == 1, "it comes again, alone"
    assert desk.buried() == []


def test_what_cannot_be_applied_yet_comes_again_and_remembers_how_often(desk: Desk) -> None:
    desk.apply(message(event(1, "later", tries=3, seconds=0), event(2, "apply"), event(3, "ignore")))

    (again,) = desk.again()
    assert (again.id, again.tries) == ("event-1", 4)
    assert again.received_at == START


def test_what_still_cannot_be_applied_after_a_day_rests_with_its_cause(desk: Desk) -> None:
    desk.apply(message(event(1, "later", tries=MOST_LATER)))

    (letter,) = desk.buried()
    assert letter["cause"] == "still not: under_way"
    assert desk.waiting() == 0


def test_what_keeps_failing_rests_with_the_name_of_the_failure(desk: Desk) -> None:
    desk.apply(message(event(1, "poison", tries=MOST_FAILURES)))

    (letter,) = desk.buried()
    assert letter["cause"] == "ArithmeticError"


def test_the_hopeless_rests_at_once_and_a_replay_of_it_begins_anew(desk: Desk) -> None:
    desk.apply(message(event(1, "hopeless", tries=2)))

    (body,) = take_all(desk.settings.inbound_dead_letter_queue_url)
    assert json.loads(body)["cause"] == "no rate for EUR"
    (replayed,) = events_in(body, desk.fetch)
    assert replayed == event(1, "hopeless")
    desk.apply(body)
    assert desk.seen == ["event-1", "event-1"]


def test_nothing_is_begun_that_could_not_be_finished(desk: Desk) -> None:
    desk.apply(message(event(1, "apply", tries=7), event(2, "apply")), time_left=3.0)

    assert desk.seen == []
    assert {(one.id, one.tries) for one in desk.again()} == {("event-1", 7), ("event-2", 0)}, "that was no try"


def test_an_event_that_no_queue_takes_travels_through_the_bucket_and_leaves_nothing_behind(desk: Desk) -> None:
    large = Event("vapi", "call:report", {"do": "apply", "text": "x" * 300_000}, START)
    assert list(packed([large])) == [large]
    desk.s3.put_object(Bucket=desk.bucket, Key="vapi/1", Body=object_of(large))

    desk.apply(pointer("vapi/1"))

    assert desk.seen == ["call:report"]
    assert desk.objects() == []


@pytest.mark.parametrize("do", ["later", "hopeless"])
def test_a_large_event_that_waits_or_rests_keeps_its_object(desk: Desk, do: str) -> None:
    large = Event("vapi", "call:report", {"do": do, "seconds": 0, "text": "x" * 300_000}, START)
    desk.s3.put_object(Bucket=desk.bucket, Key="vapi/1", Body=object_of(large))

    desk.apply(pointer("vapi/1"))

    settings = desk.settings
    queue = settings.inbound_queue_url if do == "later" else settings.inbound_dead_letter_queue_url
    (body,) = take_all(queue)
    (found,) = events_in(body, desk.fetch)
    assert found == large._replace(tries=1 if do == "later" else 0)
    assert desk.objects() == [key_in(body)], "the earlier object is gone, this one is there"


def test_a_large_event_that_the_queue_delivers_twice_is_done_the_second_time(desk: Desk) -> None:
    desk.s3.put_object(Bucket=desk.bucket, Key="vapi/1", Body=object_of(Event("vapi", "1", {"do": "apply"}, START)))

    for _ in range(2):
        desk.apply(pointer("vapi/1"))

    assert desk.seen == ["1"]
    assert (desk.again(), desk.buried()) == ([], [])


@pytest.mark.parametrize("body", ["what is this?", "[]", '{"events": []}', '{"events": [1]}'])
def test_what_is_no_message_of_ours_is_refused_as_a_whole(desk: Desk, body: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        desk.apply(body)


def test_a_message_whose_events_cannot_wait_anywhere_comes_again_as_it_is(desk: Desk) -> None:
    gone = desk.settings.inbound_queue_url
    boto3.client("sqs").delete_queue(QueueUrl=gone)

    with pytest.raises(ClientError, match="does not exist"):
        desk.apply(message(event(1, "later"), event(2, "apply")))
