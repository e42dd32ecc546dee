"""The steps of a sequence over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from retention.bootstrap import Application
from retention.errors import ConflictError
from retention.sequences.model import StepInput
from tests import factories
from tests.api_client import ApiClient


@pytest.fixture
def path(api: ApiClient) -> str:
    """A sequence of three steps, which are called by their delays 0, 1 and 2."""
    steps = [{"channel": "SMS", "delayValue": number} for number in range(3)]
    return api.post("/v1/sequences", {"name": "Win back", "steps": steps}).headers["Location"]


def delays(reply: Any) -> list[int]:
    """The steps of an answer, as they are called."""
    return [step["delayValue"] for step in reply.json.get("steps", reply.json.get("data"))]


def step_ids(api: ApiClient, path: str) -> list[str]:
    return [step["id"] for step in api.get(path).json["steps"]]


def errors_of(reply: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in reply.json["errors"]}


def test_a_new_step_comes_last_unless_its_place_is_given(api: ApiClient, path: str) -> None:
    last = api.post(f"{path}/steps", {"channel": "CALL", "delayValue": 7})
    between = api.post(f"{path}/steps", {"channel": "CALL", "delayValue": 8, "stepOrder": 1})

    assert (last.status, last.json["stepOrder"]) == (201, 3)
    assert last.headers["Location"] == f"{path}/steps/{last.json['id']}"
    read = api.get(last.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (last.json, last.headers["ETag"])
    assert between.json["stepOrder"] == 1
    assert delays(api.get(path)) == [0, 1, 8, 2, 7]


def test_an_unacceptable_new_step_is_refused_with_the_pointers(api: ApiClient, path: str, app: Application) -> None:
    script = factories.a_script(type="EMAIL")
    factories.load(app, [script])

    unfit = api.post(
        f"{path}/steps", {"channel": "SMS", "scriptId": script.id, "delayValue": 522, "delayUnit": "WEEKS"}
    )
    unknown = api.post(f"{path}/steps", {"channel": "SMS", "scriptId": "nothing"})
    malformed = api.post(f"{path}/steps", {"stepOrder": -1, "sequenceId": "x"})

    assert errors_of(unfit) == {"/scriptId": "wrong_channel", "/delayValue": "delay_too_long"}
    assert errors_of(unknown) == {"/scriptId": "unknown_reference"}
    assert errors_of(malformed) == {
        "/channel": "required",
        "/stepOrder": "too_small",
        "/sequenceId": "unknown_field",
    }
    assert delays(api.get(path)) == [0, 1, 2]


def test_steps_are_listed_in_their_order_page_by_page(api: ApiClient, path: str) -> None:
    first = api.get(f"{path}/steps?limit=2")
    rest = api.get(f"{path}/steps", query={"limit": 2, "cursor": first.json["nextCursor"]})

    assert (delays(first), delays(rest), rest.json["nextCursor"]) == ([0, 1], [2], None)
    assert delays(api.get(f"{path}/steps")) == [0, 1, 2]


def test_a_step_is_changed_by_a_merge_patch(api: ApiClient, path: str, app: Application) -> None:
    script = factories.a_script(type="EMAIL")
    factories.load(app, [script])
    step = f"{path}/steps/{step_ids(api, path)[0]}"

    conditions = {"field": "meta.plan", "equals": "gold"}
    changed = api.patch(step, {"channel": "EMAIL", "scriptId": script.id, "conditions": conditions, "stepOrder": 9})
    cleared = api.patch(step, {"scriptId": None, "conditions": {"equals": None, "exists": False}})

    assert (changed.status, changed.json["scriptId"], changed.json["stepOrder"]) == (200, script.id, 9)
    assert (cleared.json["scriptId"], cleared.json["conditions"]) == (
        None,
        {"field": "meta.plan", "exists": False},
    )
    assert delays(api.get(path)) == [1, 2, 0]


@pytest.mark.parametrize(
    ("patch", "errors"),
    [
        ({"stepOrder": None}, {"/stepOrder": "not_nullable"}),
        ({"channel": None, "delayUnit": None}, {"/channel": "not_nullable", "/delayUnit": "not_nullable"}),
        ({"delayValue": 87_601}, {"/delayValue": "too_large"}),
        ({"delayValue": 3_651, "delayUnit": "DAYS"}, {"/delayValue": "delay_too_long"}),
        ({"scriptId": "nothing"}, {"/scriptId": "unknown_reference"}),
        ({"sequenceId": "x", "id": "y"}, {"/sequenceId": "read_only", "/id": "read_only"}),
        ({"colour": "red"}, {"/colour": "unknown_field"}),
        ({"conditions": {"text": "x" * 9000}}, {"/conditions": "too_large"}),
        ({"conditions": {"any": [{"clicked": True}]}}, {"/conditions/any/0": "not_a_condition"}),
        ({"conditions": {"step": "gone", "outcome": "sent"}}, {"/conditions/step": "unknown_reference"}),
    ],
)
def test_an_unacceptable_patch_names_the_field_and_changes_nothing(
    api: ApiClient, path: str, patch: Any, errors: dict[str, str]
) -> None:
    step = f"{path}/steps/{step_ids(api, path)[0]}"
    before = api.get(step).json

    reply = api.patch(step, patch)

    assert (reply.status, errors_of(reply)) == (422, errors)
    assert api.get(step).json == before


def test_conditions_may_name_the_steps_of_the_sequence_and_keep_a_name_that_is_gone(api: ApiClient, path: str) -> None:
    first, second, third = step_ids(api, path)
    asked = {"step": first, "outcome": "opened"}

    named = api.patch(f"{path}/steps/{second}", {"conditions": asked})
    added = api.post(f"{path}/steps", {"channel": "SMS", "conditions": {"not": asked}})
    both = api.patch(f"{path}/steps/{second}", {"conditions": {"converted": False}})
    api.delete(f"{path}/steps/{first}")
    let_be = api.patch(f"{path}/steps/{second}", {"delayValue": 9})
    refused = api.patch(f"{path}/steps/{third}", {"conditions": asked})

    assert (named.status, named.json["conditions"], added.status) == (200, asked, 201)
    assert errors_of(both) == {"/conditions": "not_a_condition"}
    assert "converted and step" in both.text
    assert (let_be.status, let_be.json["conditions"]) == (200, asked)
    assert errors_of(refused) == {"/conditions/step": "unknown_reference"}


def test_the_channel_of_a_step_cannot_leave_its_script_behind(api: ApiClient, path: str, app: Application) -> None:
    script = factories.a_script(type="SMS")
    factories.load(app, [script])
    step = f"{path}/steps/{step_ids(api, path)[0]}"
    assert api.patch(step, {"scriptId": script.id}).status == 200

    reply = api.patch(step, {"channel": "CALL"})

    assert errors_of(reply) == {"/scriptId": "wrong_channel"}


def test_a_stale_if_match_changes_and_deletes_nothing(api: ApiClient, path: str) -> None:
    step = f"{path}/steps/{step_ids(api, path)[0]}"
    tag = api.get(step).headers["ETag"]
    api.patch(step, {"isActive": False}, if_match=tag)

    assert api.patch(step, {"isActive": True}, if_match=tag).status == 412
    assert api.delete(step, if_match=tag).status == 412
    assert api.get(step).json["isActive"] is False


def test_a_deleted_step_is_gone_and_the_others_stay(api: ApiClient, path: str) -> None:
    step = f"{path}/steps/{step_ids(api, path)[1]}"

    assert api.delete(step).status == 204
    assert [api.get(step).status, api.delete(step).status, api.patch(step, {}).status] == [404, 404, 404]
    assert delays(api.get(path)) == [0, 2]


def test_steps_are_put_in_order_all_at_once(api: ApiClient, path: str) -> None:
    first, second, third = step_ids(api, path)

    reply = api.put(f"{path}/steps/order", {"stepIds": [third, first, second]})

    assert (reply.status, delays(reply)) == (200, [2, 0, 1])
    assert [step["stepOrder"] for step in reply.json["steps"]] == [0, 1, 2]
    read = api.get(path)
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])


def test_an_order_must_name_every_step_exactly_once(api: ApiClient, path: str) -> None:
    first, second, third = step_ids(api, path)

    reply = api.put(f"{path}/steps/order", {"stepIds": [first, "nothing", first, third]})

    assert reply.status == 422
    assert errors_of(reply) == {
        "/stepIds": "incomplete",
        "/stepIds/1": "unknown_reference",
        "/stepIds/2": "duplicate_item",
    }
    assert second in reply.text
    assert delays(api.get(path)) == [0, 1, 2]


def test_an_order_for_a_state_that_is_no_more_is_refused(api: ApiClient, path: str) -> None:
    tag, ids = api.get(path).headers["ETag"], step_ids(api, path)
    api.patch(f"{path}/steps/{ids[0]}", {"isActive": False})

    stale = api.put(f"{path}/steps/order", {"stepIds": ids[::-1]}, if_match=tag)
    fresh = api.put(f"{path}/steps/order", {"stepIds": ids[::-1]}, if_match=api.get(path).headers["ETag"])

    assert (stale.status, fresh.status) == (412, 200)


def test_a_hundred_steps_are_the_most_and_still_put_in_order_at_once(api: ApiClient, app: Application) -> None:
    sequence = factories.a_sequence()
    steps = [factories.a_step(sequence, id=f"step-{place:03d}", step_order=place) for place in range(100)]
    factories.load(app, [sequence, *steps])
    path = f"/v1/sequences/{sequence.id}"

    refused = api.post(f"{path}/steps", {"channel": "SMS"})
    order = {"stepIds": [step.id for step in reversed(steps)]}
    reply = api.put(f"{path}/steps/order", order, idempotency_key="reverse")
    again = api.put(f"{path}/steps/order", order, idempotency_key="reverse")

    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert (reply.status, step_ids(api, path)) == (200, order["stepIds"])
    assert (again.status, again.json) == (200, reply.json)


def test_steps_added_at_the_same_time_get_places_of_their_own_and_never_exceed_the_limit(
    app: Application, api: ApiClient
) -> None:
    sequence = factories.a_sequence()
    factories.load(app, [sequence, *(factories.a_step(sequence, step_order=place) for place in range(97))])

    def add(_: int) -> int | None:
        try:
            return app.steps.create(sequence.id, StepInput(channel="SMS")).step_order
        except ConflictError:
            return None

    with ThreadPoolExecutor(6) as pool:
        places = list(pool.map(add, range(6)))

    assert sorted(place for place in places if place is not None) == [97, 98, 99]
    assert len(api.get(f"/v1/sequences/{sequence.id}").json["steps"]) == 100


def test_a_step_of_another_sequence_is_not_found_here(api: ApiClient, path: str) -> None:
    other = api.post("/v1/sequences", {"name": "Other"}).headers["Location"]

    assert api.get(f"{other}/steps/{step_ids(api, path)[0]}").status == 404
    assert api.post("/v1/sequences/nothing/steps", {"channel": "SMS"}).status == 404
    assert api.put("/v1/sequences/nothing/steps/order", {"stepIds": []}).status == 404
