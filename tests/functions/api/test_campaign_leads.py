"""The leads of a campaign over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from retention.bootstrap import Application
from retention.campaigns.model import CampaignLead
from retention.clock import ManualClock
from retention.errors import AlreadyExistsError
from retention.leads.model import Lead
from tests import factories
from tests.api_client import ApiClient


@pytest.fixture
def leads(app: Application) -> list[Lead]:
    """Five leads."""
    made = [factories.a_lead() for _ in range(5)]
    factories.load(app, [*made, *(factories.a_contact(lead) for lead in made)])
    return made


@pytest.fixture
def path(api: ApiClient) -> str:
    """The leads of a new campaign."""
    return api.post("/v1/campaigns", {"name": "Spring"}).headers["Location"] + "/leads"


def test_an_assigned_lead_is_pending_and_can_be_read_where_the_answer_says(
    api: ApiClient, path: str, leads: list[Lead]
) -> None:
    reply = api.post(path, {"leadId": leads[0].id})

    campaign_id = path.split("/")[3]
    assert reply.status == 201
    assert reply.json == {
        "id": f"{leads[0].id}.{campaign_id}",
        "campaignId": campaign_id,
        "leadId": leads[0].id,
        "status": "PENDING",
        "assignedAt": "2026-02-18T12:00:00.000Z",
        "completedAt": None,
    }
    assert reply.headers["Location"] == f"{path}/{leads[0].id}"
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == ({**reply.json, "contacts": []}, reply.headers["ETag"])


def test_a_lead_is_assigned_once(api: ApiClient, path: str, leads: list[Lead]) -> None:
    first = api.post(path, {"leadId": leads[0].id})

    again = api.post(path, {"leadId": leads[0].id})

    assert (again.status, again.json["existingId"]) == (409, first.json["id"])
    assert len(api.get(path).json["data"]) == 1


def test_an_unknown_lead_is_named_by_its_pointer(api: ApiClient, path: str) -> None:
    reply = api.post(path, {"leadId": "nobody"})

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [("/leadId", "unknown_reference")]


def test_a_deleted_lead_is_unknown_and_leaves_the_list(api: ApiClient, path: str, leads: list[Lead]) -> None:
    api.post(path, {"leadIds": [lead.id for lead in leads[:2]]})

    assert api.delete(f"/v1/leads/{leads[0].id}").status == 204

    assert [row["leadId"] for row in api.get(path).json["data"]] == [leads[1].id]
    assert api.post(path, {"leadId": leads[0].id}).status == 422


def test_many_leads_get_a_result_each_in_order_and_a_bad_one_harms_no_other(
    api: ApiClient, path: str, leads: list[Lead]
) -> None:
    known = api.post(path, {"leadId": leads[0].id}).json["id"]
    asked = [leads[1].id, "nobody", leads[0].id, leads[1].id, "nobody", "odd # ~ \u00e9", leads[2].id]

    reply = api.post(path, {"leadIds": asked})

    rows = reply.json["results"]
    assert reply.status == 200
    assert [(row["index"], row["leadId"]) for row in rows] == list(enumerate(asked))
    statuses = ["created", "rejected", "existing", "existing", "rejected", "rejected", "created"]
    assert [row["status"] for row in rows] == statuses
    assert rows[2]["id"] == known
    assert rows[3]["id"] == rows[0]["id"]
    assert (rows[1]["id"], rows[0]["errors"]) == (None, None)
    assert [row["errors"][0]["pointer"] for row in rows if row["errors"]] == ["/leadIds/1", "/leadIds/4", "/leadIds/5"]
    assert len(api.get(path).json["data"]) == 3


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "", "exactly_one"),
        ({"leadId": "a", "leadIds": ["b"]}, "", "exactly_one"),
        ({"leadId": None}, "", "exactly_one"),
        ({"leadIds": []}, "/leadIds", "too_short"),
        ({"leadIds": ["a"] * 1001}, "/leadIds", "too_long"),
        ({"leadIds": ["a", 7]}, "/leadIds/1", "wrong_type"),
        ({"leadIds": ["a", ""]}, "/leadIds/1", "too_short"),
        ({"leadId": 7}, "/leadId", "wrong_type"),
        ({"leadId": "a", "status": "COMPLETED"}, "/status", "unknown_field"),
    ],
)
def test_a_wrong_request_is_refused_whole(api: ApiClient, path: str, body: object, pointer: str, code: str) -> None:
    reply = api.post(path, body)

    assert reply.status == 422
    assert (reply.json["errors"][0]["pointer"], reply.json["errors"][0]["code"]) == (pointer, code)


def test_a_thousand_leads_fit_one_request(api: ApiClient, app: Application, path: str) -> None:
    made = [factories.a_lead() for _ in range(1000)]
    factories.load(app, [factories.a_contact(lead) for lead in made])

    reply = api.post(path, {"leadIds": [lead.id for lead in made]})

    assert {row["status"] for row in reply.json["results"]} == {"created"}
    assert len({row["id"] for row in reply.json["results"]}) == 1000


def test_the_list_is_newest_first_and_filtered_by_status(
    api: ApiClient, app: Application, path: str, leads: list[Lead], clock: ManualClock
) -> None:
    for lead in leads:
        api.post(path, {"leadId": lead.id})
        clock.advance(1)
    done = CampaignLead(**{**vars(app.assignments.get(path.split("/")[3], leads[1].id)), "status": "COMPLETED"})
    factories.load(app, [done])

    first = api.get(path, query={"limit": 3}).json
    rest = api.get(path, query={"limit": 3, "cursor": first["nextCursor"]}).json

    assert [row["leadId"] for row in first["data"] + rest["data"]] == [lead.id for lead in reversed(leads)]
    assert rest["nextCursor"] is None
    assert [row["leadId"] for row in api.get(f"{path}?status=COMPLETED").json["data"]] == [leads[1].id]
    assert len(api.get(f"{path}?status=PENDING").json["data"]) == 4
    assert api.get(f"{path}?status=ACTIVE").status == 400


def test_a_lead_that_was_taken_out_may_be_assigned_again(api: ApiClient, path: str, leads: list[Lead]) -> None:
    location = api.post(path, {"leadId": leads[0].id}).headers["Location"]

    assert api.delete(location, if_match='"stale"').status == 412
    assert api.delete(location).status == 204

    assert (api.get(location).status, api.delete(location).status) == (404, 404)
    assert api.get(path).json["data"] == []
    assert api.post(path, {"leadId": leads[0].id}).status == 201


def test_the_same_idempotency_key_assigns_and_removes_once(api: ApiClient, path: str, leads: list[Lead]) -> None:
    first = api.post(path, {"leadId": leads[0].id}, idempotency_key="assign")
    again = api.post(path, {"leadId": leads[0].id}, idempotency_key="assign")
    many = api.post(path, {"leadIds": [lead.id for lead in leads]}, idempotency_key="many")
    many_again = api.post(path, {"leadIds": [lead.id for lead in leads]}, idempotency_key="many")
    removed = [api.delete(first.headers["Location"], idempotency_key="remove").status for _ in range(2)]

    assert (again.status, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert (many_again.status, many_again.json) == (200, many.json)
    assert removed == [204, 204]


def test_of_many_at_once_one_assigns_the_lead(app: Application, path: str, leads: list[Lead]) -> None:
    campaign_id = path.split("/")[3]

    def attempt(_: int) -> str:
        try:
            return app.assignments.create(campaign_id, leads[0].id).id
        except AlreadyExistsError as error:
            return f"existing {error.existing_id}"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(attempt, range(32)))

    identity = f"{leads[0].id}.{campaign_id}"
    assert sorted(outcomes) == sorted([identity, *[f"existing {identity}"] * 31])
