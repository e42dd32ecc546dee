"""The sample events are what they say: what the door makes of one is the other, which the inbound function is given."""

import json

from tests.functions.webhooks.calling import EVENT, ROOT, Outside
from tools.bench_cold.endpoint import CALLER


def test_what_the_door_makes_of_the_sample_report_is_the_sample_of_the_inbound_queue(world: Outside) -> None:
    report = json.loads(EVENT)
    values = CALLER["keys"][0]["values"]
    world.publish("twilio", values, settings=CALLER["settings"])

    answer = world.call("POST", report["rawPath"], report["body"], report["headers"], query=report["rawQueryString"])

    assert answer.status == 204
    (made,) = [json.loads(body)["events"] for body in world.messages()]
    (sample,) = json.loads((ROOT / "events/queue/inbound.json").read_text())["Records"]
    assert [one | {"received_at": ""} for one in made] == [
        one | {"received_at": ""} for one in json.loads(sample["body"])["events"]
    ]
