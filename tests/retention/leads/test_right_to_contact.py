"""What a gate goes by when it lets a send through to a lead, kept in step with the lead itself."""

from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.jobs.model import Job
from retention.jobs.queue import NoQueue
from retention.leads.contact import contact_key
from retention.leads.model import Contact
from retention.suppressions.identity import suppression_id
from tests import integrity
from tests.api_client import ApiClient
from tests.wire import just_before_the_next_transaction
from tools.bench_engine.cost import counting

LEAD = {"firstName": "Ada", "lastName": "Lovelace", "email": "Ada@example.com", "phone": "+12025550100"}


def create(api: ApiClient, **fields: object) -> str:
    """The path of a new lead."""
    reply = api.post("/v1/leads", {**LEAD, **fields})
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def contact_of(api: ApiClient, path: str) -> Contact:
    contact = api.app.core.store.find(Contact, contact_key(path.rsplit("/", 1)[-1]))
    assert contact is not None
    return contact


def names_of(contact: Contact) -> tuple[str | None, str | None]:
    return contact.email_name, contact.phone_name


class Remembering(NoQueue):
    """A queue that remembers which jobs it was to wake."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def wake(self, job_id: str, delay_seconds: int = 0) -> None:
        self.jobs.append(job_id)


@pytest.mark.parametrize("patch", [{"status": "CONVERTED"}, {"email": "no@example.com"}])
def test_a_change_that_ends_contact_has_what_is_planned_ended_at_once(app: Application, patch: dict[str, str]) -> None:
    queue = Remembering()
    api = ApiClient(build(app.core.settings, clock=app.core.clock, keyring=app.core.keyring, queue=queue))
    api.post("/v1/suppressions", {"address": "no@example.com"})
    path = create(api)

    assert api.patch(path, patch).status == 200

    (job,) = [one for one in integrity.everything(app) if isinstance(one, Job)]
    assert (job.task, queue.jobs) == ("stop", [job.id])


def test_a_new_lead_owns_its_addresses_under_the_names_by_which_they_would_be_suppressed(api: ApiClient) -> None:
    both, none = create(api), create(api, email=None, phone=None)
    bulk = api.post("/v1/leads/bulk", {"leads": [{**LEAD, "email": "grace@example.com", "phone": "2025550123"}]}).json

    suppressed = api.post("/v1/suppressions", {"address": "ADA@example.com"}).json["id"]
    keyring = api.app.core.keyring
    assert names_of(contact_of(api, both)) == (suppressed, suppression_id(keyring, "+12025550100"))
    assert names_of(contact_of(api, none)) == (None, None)
    assert contact_of(api, bulk["results"][0]["id"]).phone_name == suppression_id(keyring, "+12025550123")
    assert integrity.problems(api.app) == []


def test_the_names_follow_the_addresses_in_the_same_transaction(api: ApiClient) -> None:
    path = create(api)

    with counting(api.app) as cost:
        api.patch(path, {"email": "lovelace@example.com", "phone": None})
    moved = contact_of(api, path)
    api.patch(path, {"email": None, "phone": "(202) 555-0123"})

    keyring = api.app.core.keyring
    assert cost.requests == ["BatchGetItem", "TransactWriteItems"]
    assert names_of(moved) == (suppression_id(keyring, "lovelace@example.com"), None)
    assert names_of(contact_of(api, path)) == (None, suppression_id(keyring, "+12025550123"))
    assert integrity.problems(api.app) == []


def test_an_address_that_is_suppressed_already_stops_the_lead_and_is_named_at_once(api: ApiClient) -> None:
    path = create(api)
    suppressed = api.post("/v1/suppressions", {"address": "+12025550123", "reason": "OPT_OUT"}).json["id"]

    api.patch(path, {"phone": "+12025550123"})

    contact = contact_of(api, path)
    assert (contact.stop_reason, contact.phone_name, contact.version) == ("OPT_OUT", suppressed, 1)
    assert integrity.problems(api.app) == []


@pytest.mark.parametrize(
    ("patch", "raised"),
    [
        ({"phone": "+12025550123"}, True),
        ({"phone": None}, True),
        ({"email": "ada@EXAMPLE.com"}, True),
        ({"timeZone": "Europe/Berlin"}, True),
        ({"timeZone": None}, True),
        ({"status": "CONVERTED"}, True),
        ({"timeZone": "America/New_York", "phone": LEAD["phone"]}, False),
        ({"notes": "called back", "firstName": "Augusta", "meta": {"a": 1}}, False),
    ],
)
def test_a_gate_under_way_sees_every_change_that_it_must_see(api: ApiClient, patch: Any, raised: bool) -> None:
    path = create(api, timeZone="America/New_York")
    before = contact_of(api, path).version

    assert api.patch(path, patch).status == 200

    assert contact_of(api, path).version - before == int(raised)
    assert integrity.problems(api.app) == []


def test_a_time_zone_comes_back_and_can_be_cleared(api: ApiClient) -> None:
    path = create(api, timeZone="Pacific/Auckland")

    assert api.get(path).json["timeZone"] == "Pacific/Auckland"
    assert api.patch(path, {"timeZone": "US/Eastern"}).json["timeZone"] == "US/Eastern"
    assert api.patch(path, {"timeZone": None}).json["timeZone"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Atlantis", "europe/berlin", "Europe", "Europe/Berlin ", "+01:00", "CEST", "Factory", "localtime",
        "../../etc/passwd", "/etc/localtime", "posix/Europe/Berlin", "tzdata.zi", "America/New_York\x00",
    ],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused_in_words(api: ApiClient, name: str) -> None:
    path = create(api)

    for reply in (api.post("/v1/leads", {**LEAD, "timeZone": name}), api.patch(path, {"timeZone": name})):
        assert reply.status == 422
        (error,) = reply.json["errors"]
        assert (error["pointer"], error["code"]) == ("/timeZone", "unknown_time_zone")
        assert "America/New_York" in error["detail"]
    row = api.post("/v1/leads/bulk", {"leads": [{**LEAD, "timeZone": name}]}).json["results"][0]
    assert (row["status"], row["errors"][0]["pointer"]) == ("rejected", "/timeZone")


def test_who_is_stopped_at_that_moment_keeps_the_first_reason_and_is_stopped_once(api: ApiClient) -> None:
    path = create(api)

    with just_before_the_next_transaction(
        api.app, lambda: api.post("/v1/suppressions", {"address": LEAD["email"], "reason": "COMPLAINT"})
    ):
        reply = api.post(f"{path}/stop", {"reason": "DO_NOT_CONTACT"})

    assert (reply.status, reply.json["contact"]["reason"]) == (200, "COMPLAINT")
    assert contact_of(api, path).stop_reason == "COMPLAINT"
    assert integrity.count(api.app, Job) == 1


def test_who_is_deleted_at_that_moment_is_not_there(api: ApiClient) -> None:
    path = create(api)

    with just_before_the_next_transaction(api.app, lambda: api.delete(path)):
        assert api.post(f"{path}/stop", {"reason": "OPT_OUT"}).status == 404
