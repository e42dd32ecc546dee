"""Access and erasure over HTTP: what a person may ask for."""

import pytest

from retention.bootstrap import Application
from retention.leads.model import Lead
from retention.replies.model import Reply
from retention.reports.transcripts import transcript_of
from retention.table.keys import key
from tests import factories as make
from tests.api_client import ApiClient
from tests.start import START

EMAIL, PHONE = "ada@example.com", "+12025550143"
ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": EMAIL, "phone": PHONE, "notes": "likes tea"}


@pytest.fixture
def lead(api: ApiClient) -> str:
    return str(api.post("/v1/leads", ADA).json["id"])


def a_full_life(app: Application, api: ApiClient, lead: str) -> None:
    """Something in most sections of the bundle."""
    campaign = api.post("/v1/campaigns", {"name": "Spring"}).json["id"]
    api.post(f"/v1/campaigns/{campaign}/leads", {"leadIds": [lead]})
    call = {"leadId": lead, "channel": "CALL", "result": "no time", "provider": "vapi", "providerRef": "call-1"}
    attempt = api.post("/v1/contact-attempts", call).json["id"]
    app.core.store.write(transcript_of(app.core, attempt, "User: hello"))
    make.load(app, [Reply(id=f"{lead}.r", lead_id=lead, received_at=START, text="who is this", meaning="OTHER")])
    api.post("/v1/conversions", {"leadId": lead, "revenue": 9.5, "postbackData": {"who": "ada"}, "subId": "s1"})
    name = api.post("/v1/suppressions", {"address": EMAIL, "note": "by mail"}).json["id"]
    api.delete(f"/v1/suppressions/{name}", query={"reason": "asked again"})
    api.post("/v1/suppressions", {"address": PHONE})


def test_the_bundle_holds_all_that_is_known_and_says_what_is_not(app: Application, api: ApiClient, lead: str) -> None:
    a_full_life(app, api, lead)

    answer = api.get(f"/v1/leads/{lead}/export")

    found = answer.json
    assert (answer.status, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="lead.json"')
    assert {name: found["lead"][name] for name in ADA} == ADA
    assert found["contact"]["stopReason"] == "DO_NOT_CONTACT"
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    assert counts == {
        "campaigns": 1,
        "campaignContacts": 0,
        "sequences": 0,
        "steps": 0,
        "contactsByHand": 0,
        "contactAttempts": 1,
        "transcripts": 1,
        "replies": 1,
        "tests": 0,
        "charges": 0,
        "conversions": 1,
        "suppressions": 2,
    }
    assert found["contactAttempts"][0]["providerRef"] == "call-1"
    assert found["transcripts"][0]["text"] == "User: hello"
    assert found["replies"][0]["text"] == "who is this"
    assert found["conversions"][0]["postbackData"] == {"who": "ada"}
    assert {one.get("liftedBecause") for one in found["suppressions"]} == {None, "asked again"}
    assert "recordings of calls" in found["notIncluded"]
    assert "revision" not in answer.text


def test_a_bundle_that_no_answer_can_carry_is_refused_with_advice(app: Application, api: ApiClient, lead: str) -> None:
    stored = app.core.store.find(Lead, key("Lead", id=lead))
    assert stored is not None
    make.load(app, [make.an_attempt(stored, notes='"' * 9000) for _ in range(320)])

    answer = api.get(f"/v1/leads/{lead}/export")

    assert answer.status == 413
    assert '{"kind": "lead", "leadId": "..."}' in answer.json["detail"]


@pytest.mark.parametrize(
    ("scopes", "status"), [("exports:read", 403), ("leads:read", 403), ("leads:read exports:read", 200)]
)
def test_the_bundle_needs_both_scopes(app: Application, lead: str, scopes: str, status: int) -> None:
    assert ApiClient(app, scopes=scopes).get(f"/v1/leads/{lead}/export").status == status


def test_an_erasure_is_accepted_with_its_job_and_the_lead_is_gone_at_once(api: ApiClient, lead: str) -> None:
    answer = api.post(f"/v1/leads/{lead}/erase", {"reason": "letter of 3 May"}, idempotency_key="erase-1")

    job = answer.json
    assert (answer.status, answer.headers["Location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["task"], job["status"], job["target"]["reason"]) == ("erase", "queued", "letter of 3 May")
    kept = {one["id"] for one in api.get("/v1/suppressions", query={"reason": "ERASURE"}).json["data"]}
    assert set(job["target"]["suppressions"].split(",")) == kept
    assert len(kept) == 2
    for path in ("", "/export", "/timeline"):
        assert api.get(f"/v1/leads/{lead}{path}").status == 404
    assert api.post(f"/v1/leads/{lead}/erase", {}).status == 404
    again = api.post(f"/v1/leads/{lead}/erase", {"reason": "letter of 3 May"}, idempotency_key="erase-1")
    assert (again.status, again.json) == (202, job)


@pytest.mark.parametrize("reason", ["Ada Lovelace wrote", f"mail from {EMAIL.upper()}", "called from (202) 555-0143"])
def test_the_reason_must_not_name_the_person_since_it_is_kept(api: ApiClient, lead: str, reason: str) -> None:
    answer = api.post(f"/v1/leads/{lead}/erase", {"reason": reason})

    assert answer.status == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [("/reason", "names_the_person")]
    assert api.get(f"/v1/leads/{lead}").status == 200


def test_an_erasure_of_another_state_is_refused(api: ApiClient, lead: str) -> None:
    tag = api.get(f"/v1/leads/{lead}").headers["ETag"]
    api.patch(f"/v1/leads/{lead}", {"notes": "prefers coffee"})

    assert api.post(f"/v1/leads/{lead}/erase", {}, if_match=tag).status == 412
    assert api.post(f"/v1/leads/{lead}/erase", {}, if_match=api.get(f"/v1/leads/{lead}").headers["ETag"]).status == 202


def test_who_may_only_read_cannot_erase(app: Application, lead: str) -> None:
    assert ApiClient(app, scopes="leads:read exports:read").post(f"/v1/leads/{lead}/erase", {}).status == 403


def test_an_address_that_another_lead_owns_is_not_suppressed_and_the_job_says_so(
    app: Application, api: ApiClient
) -> None:
    """Leads that were moved here may share an address; one of them owns it."""
    owner = api.post("/v1/leads", ADA).json["id"]
    sharing = make.a_lead(email=EMAIL, phone="+12025550199")
    make.load(app, [sharing, make.a_contact(sharing)])

    job = api.post(f"/v1/leads/{sharing.id}/erase", {}).json

    assert job["target"]["sharedWith"] == owner
    assert api.get(f"/v1/leads/{owner}").json["contact"]["stopped"] is False
    assert api.post("/v1/leads", {"firstName": "A", "lastName": "B", "phone": "+12025550199"}).json["contact"][
        "stopped"
    ]
    # A delete of such a lead leaves the owner its address, too.
    another = make.a_lead(email=EMAIL)
    make.load(app, [another, make.a_contact(another)])
    assert api.delete(f"/v1/leads/{another.id}").status == 204
    assert api.get("/v1/leads", query={"email": EMAIL}).json["data"][0]["id"] == owner
