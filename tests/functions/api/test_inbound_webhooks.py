"""Inbound webhooks over HTTP."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.integrations.secrets import caller_documents
from retention.jobs.model import Job
from retention.keyring import Keyring
from retention.receiving.callers import Caller, form_caller
from retention.table.keys import key
from tests import factories
from tests.api_client import ApiClient
from tests.integrity import everything, scan
from tests.retention.intake.arriving import forms, submission

FORM = {"name": "Landing page", "slug": "landing"}


@pytest.fixture
def app(app: Application, clock: ManualClock) -> Application:
    """The application with a place of its own for what the door knows."""
    own = replace(app.core.settings, webhook_keys_prefix=f"/{app.core.settings.table_name}/webhooks")
    return build(own, clock=clock, keyring=Keyring(lambda: "root secret of the tests"))


def live(app: Application, slug: str = "landing") -> list[str]:
    """The secrets that the door takes from a form now, the newest first."""
    text = caller_documents(app.core.settings).read(form_caller(slug))
    return [] if text is None else [values["secret"] for values in Caller.of(text).live(app.core.now())]


def create(api: ApiClient, **fields: Any) -> Any:
    """Set up a form; what the answer says."""
    reply = api.post("/v1/inbound-webhooks", {**FORM, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def path(form: Any) -> str:
    return f"/v1/inbound-webhooks/{form['id']}"


def test_a_form_is_set_up_and_the_door_knows_it_at_once(api: ApiClient) -> None:
    reply = api.post("/v1/inbound-webhooks", FORM)

    form = reply.json
    assert reply.status == 201
    assert form == {
        "id": form["id"],
        **FORM,
        "sourceLabel": None,
        "mapping": {},
        "defaults": {},
        "target": {},
        "testMode": False,
        "isActive": True,
        "secret": form["secret"],
        "createdAt": "2026-02-18T12:00:00.000Z",
        "updatedAt": "2026-02-18T12:00:00.000Z",
    }
    assert form["secret"].startswith("whsec_")
    assert live(api.app) == [form["secret"]]
    read = api.get(reply.headers["Location"])
    del form["secret"]
    assert (read.json, read.headers["ETag"]) == (form, reply.headers["ETag"])


def test_the_secret_is_shown_once_and_kept_nowhere_in_the_table(api: ApiClient) -> None:
    form = api.post("/v1/inbound-webhooks", FORM, idempotency_key="one").json
    again = api.post("/v1/inbound-webhooks", FORM, idempotency_key="one")
    rotated = api.post(f"{path(form)}/rotate-secret", {}, idempotency_key="two").json
    rotated_again = api.post(f"{path(form)}/rotate-secret", {}, idempotency_key="two")

    assert (again.status, again.json["secret"], rotated_again.json["secret"]) == (201, None, None)
    assert "secret" not in api.get(path(form)).json
    assert "secret" not in api.get("/v1/inbound-webhooks").json["data"][0]
    table = str(list(scan(api.app)))
    assert form["secret"].removeprefix("whsec_") not in table
    assert rotated["secret"].removeprefix("whsec_") not in table


def test_every_form_has_a_secret_of_its_own(api: ApiClient) -> None:
    secrets = {create(api, slug=f"form-{number}")["secret"] for number in range(3)}

    assert len(secrets) == 3


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"slug": "Landing Page"}, "/slug", "wrong_format"),
        ({"slug": "-x"}, "/slug", "wrong_format"),
        ({"slug": "../x"}, "/slug", "wrong_format"),
        ({"slug": ""}, "/slug", "too_short"),
        ({"name": " "}, "/name", "blank"),
        ({"mapping": {"email": "a..b"}}, "/mapping/email", "invalid_path"),
        ({"mapping": {"surname": "a"}}, "/mapping/surname", "unknown_field"),
        ({"mapping": {"meta": {"consent": "a"}}}, "/mapping/meta", "reserved_name"),
        ({"defaults": {"meta": {"intake": 1}}}, "/defaults/meta", "reserved_name"),
        ({"defaults": {"timeZone": "Mars"}}, "/defaults/timeZone", "unknown_time_zone"),
        ({"target": {"campaignId": "x", "sequenceId": "y"}}, "/target", "two_targets"),
        ({"target": {"campaignId": "x"}}, "/target/campaignId", "unknown_reference"),
        ({"target": {"sequenceId": "x"}}, "/target/sequenceId", "unknown_reference"),
        ({"secret": "mine"}, "/secret", "unknown_field"),
    ],
)
def test_what_cannot_be_meant_is_refused(api: ApiClient, fields: Any, pointer: str, code: str) -> None:
    reply = api.post("/v1/inbound-webhooks", {**FORM, **fields})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert live(api.app) == []


def test_an_address_belongs_to_one_form_however_many_ask_at_once(api: ApiClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: api.post("/v1/inbound-webhooks", FORM), range(8)))

    (winner,) = [reply.json for reply in replies if reply.status == 201]
    refused = [reply.json for reply in replies if reply.status != 201]
    assert {(one["status"], one["existingId"]) for one in refused} == {(409, winner["id"])}
    assert live(api.app) == [winner["secret"]]
    assert len(api.get("/v1/inbound-webhooks").json["data"]) == 1


def test_a_form_is_changed_by_a_merge_patch(api: ApiClient) -> None:
    campaign = factories.a_campaign()
    factories.load(api.app, [campaign])
    form = create(api, mapping={"email": "mail", "meta": {"size": "s"}}, defaults={"firstName": "friend"})

    patch = {"mapping": {"phone": "tel"}, "defaults": {"firstName": None}, "target": {"campaignId": campaign.id}}
    reply = api.patch(path(form), patch)

    assert reply.status == 200
    assert reply.json["mapping"] == {"email": "mail", "phone": "tel", "meta": {"size": "s"}}
    assert reply.json["defaults"] == {}
    assert reply.json["target"] == {"campaignId": campaign.id}
    assert live(api.app) == [form["secret"]]


@pytest.mark.parametrize(
    ("patch", "pointer", "code"),
    [
        ({"slug": "other"}, "/slug", "read_only"),
        ({"id": "other"}, "/id", "read_only"),
        ({"name": None}, "/name", "not_nullable"),
        ({"target": {"sequenceId": "x"}}, "/target/sequenceId", "unknown_reference"),
    ],
)
def test_what_cannot_be_changed_is_refused(api: ApiClient, patch: Any, pointer: str, code: str) -> None:
    reply = api.patch(path(create(api)), patch)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]


def test_a_target_that_went_does_not_stand_in_the_way_of_other_changes(api: ApiClient) -> None:
    campaign = factories.a_campaign()
    factories.load(api.app, [campaign])
    form = create(api, target={"campaignId": campaign.id})
    api.delete(f"/v1/campaigns/{campaign.id}")

    assert api.patch(path(form), {"name": "Other"}).status == 200


def test_a_change_of_another_state_is_refused(api: ApiClient) -> None:
    form = create(api)

    assert api.patch(path(form), {"name": "x"}, if_match='"other"').status == 412
    assert api.post(f"{path(form)}/rotate-secret", {}, if_match='"other"').status == 412
    assert api.delete(path(form), if_match='"other"').status == 412


# --- who may come in -------------------------------------------------------------------------------------------


def test_two_secrets_are_good_for_48_hours_after_a_rotation(api: ApiClient, clock: ManualClock) -> None:
    form = create(api)

    reply = api.post(f"{path(form)}/rotate-secret", {})

    assert reply.status == 200
    assert live(api.app) == [reply.json["secret"], form["secret"]]
    clock.advance(48 * 3600 - 1)
    assert live(api.app) == [reply.json["secret"], form["secret"]]
    clock.advance(1)
    assert live(api.app) == [reply.json["secret"]]


def test_a_secret_that_leaked_is_shut_out_at_once(api: ApiClient) -> None:
    form = create(api)
    api.post(f"{path(form)}/rotate-secret", {})

    reply = api.post(f"{path(form)}/rotate-secret", {"revokeOld": True})
    assert live(api.app) == [reply.json["secret"]]
    after = api.post(f"{path(form)}/rotate-secret", {})

    assert live(api.app) == [after.json["secret"], reply.json["secret"]]


def test_a_form_that_is_switched_off_is_closed_and_opens_again(api: ApiClient) -> None:
    form = create(api)

    api.patch(path(form), {"isActive": False})
    closed = live(api.app)
    api.patch(path(form), {"isActive": True})

    assert (closed, live(api.app)) == ([], [form["secret"]])


def test_a_form_that_is_deleted_is_closed_and_its_address_is_free(api: ApiClient) -> None:
    form = create(api)

    assert api.delete(path(form)).status == 204

    assert (api.get(path(form)).status, live(api.app)) == (404, [])
    assert live(api.app) == []
    again = create(api)
    assert again["id"] != form["id"]
    assert live(api.app) == [again["secret"]]


class Died(BaseException):
    """The process is killed."""


def die() -> None:
    raise Died


@contextmanager
def just_before(app: Application, call: str, act: Callable[[], object]) -> Iterator[None]:
    """Let something happen before the next request of a kind to the store of secrets, at the wire, once."""
    store: Any = caller_documents(app.core.settings)._store
    events, pending = store._ssm.meta.events, [act]

    def before(**_: Any) -> None:
        if pending:
            pending.pop()()

    events.register(f"before-call.ssm.{call}", before)
    try:
        yield
    finally:
        events.unregister(f"before-call.ssm.{call}", before)
    assert not pending


def test_a_death_before_the_door_was_told_is_made_up_for(api: ApiClient) -> None:
    with just_before(api.app, "PutParameter", die), pytest.raises(Died):
        api.post("/v1/inbound-webhooks", FORM)
    assert live(api.app) == []

    work_off(api.app)

    (form,) = api.get("/v1/inbound-webhooks").json["data"]
    assert len(live(api.app)) == 1
    rotated = api.post(f"{path(form)}/rotate-secret", {}).json
    assert live(api.app)[0] == rotated["secret"]


def test_a_late_job_of_a_form_that_went_leaves_the_next_one_at_its_address_alone(api: ApiClient) -> None:
    form = create(api)
    with just_before(api.app, "DeleteParameter", die), pytest.raises(Died):
        api.delete(path(form))
    again = create(api)

    work_off(api.app)

    assert live(api.app) == [again["secret"]]


def test_of_two_changes_at_once_the_later_state_is_what_the_door_knows(api: ApiClient) -> None:
    form, later = create(api), []

    def another() -> None:
        later.append(api.post(f"{path(form)}/rotate-secret", {"revokeOld": True}).json["secret"])

    # The first is about to write what is old by then.
    with just_before(api.app, "PutParameter", another):
        api.post(f"{path(form)}/rotate-secret", {})

    assert live(api.app) == later


def work_off(app: Application) -> None:
    """Run every job that is left, once its lease has ended."""
    clock: Any = app.core.clock
    clock.advance(120)
    for job in [one for one in everything(app) if isinstance(one, Job) and one.status != "succeeded"]:
        app.runner.run(job.id, lambda: True)
        done = app.core.store.find(Job, key("Job", id=job.id))
        assert done is not None
        assert done.status == "succeeded"


# --- trying it out ---------------------------------------------------------------------------------------------


def test_a_mapping_can_be_tried_out_and_nothing_is_written(api: ApiClient) -> None:
    form = create(api, mapping={"fullName": "who", "email": "mail", "phone": "tel"}, sourceLabel="FAIR")
    before = len(list(scan(api.app)))

    reply = api.post(f"{path(form)}/test", {"payload": {"who": "Ada Lovelace", "mail": "ada@", "tel": "2025550100"}})

    assert reply.status == 200
    assert reply.json["lead"]["firstName"] == "Ada"
    assert reply.json["lead"]["phone"] == "+12025550100"
    assert reply.json["lead"]["meta"] == {"sourceLabel": "FAIR", "intake": {"mail": "ada@"}}
    assert reply.json["fields"] == ["phone", "firstName", "lastName"]
    assert reply.json["errors"] == [
        {"pointer": "/email", "code": "invalid_email", "detail": "This cannot be used as it was given."}
    ]
    assert len(list(scan(api.app))) == before


@pytest.mark.parametrize("payload", [None, [], "x", 1, {"nobody": "here"}])
def test_a_payload_that_names_nobody_is_told(api: ApiClient, payload: Any) -> None:
    reply = api.post(f"{path(create(api))}/test", {"payload": payload})

    assert (reply.status, reply.json["lead"]) == (200, None)
    assert [error["code"] for error in reply.json["errors"]] == ["nobody"]


def test_a_batch_is_tried_out_one_by_one(api: ApiClient) -> None:
    reply = api.post(f"{path(create(api))}/test", {"payload": [{"email": "a@example.com"}, {"email": "b@example.com"}]})

    assert (reply.status, reply.json["errors"][0]["code"]) == (422, "several")


def test_what_is_not_there_is_not_found(api: ApiClient) -> None:
    for call in (
        api.get("/v1/inbound-webhooks/none"),
        api.patch("/v1/inbound-webhooks/none", {"name": "x"}),
        api.delete("/v1/inbound-webhooks/none"),
        api.post("/v1/inbound-webhooks/none/test", {"payload": {}}),
        api.post("/v1/inbound-webhooks/none/rotate-secret", {}),
        api.get("/v1/inbound-webhooks/none/activity"),
    ):
        assert call.status == 404, call.text


def test_the_log_is_paged_newest_first_and_ends_after_30_days(api: ApiClient, clock: ManualClock) -> None:
    form, apply = create(api, testMode=True), forms(api.app).apply
    for number in range(5):
        apply(submission(api.app, {"email": f"a{number}@example.com"}))
        clock.advance(1)

    first = api.get(f"{path(form)}/activity?limit=3").json
    rest = api.get(f"{path(form)}/activity", query={"limit": 3, "cursor": first["nextCursor"]}).json

    times = [one["receivedAt"] for one in first["data"] + rest["data"]]
    assert (len(times), times) == (5, sorted(times, reverse=True))
    assert rest["nextCursor"] is None
    clock.advance(30 * 24 * 3600)
    assert api.get(f"{path(form)}/activity").json["data"] == []
