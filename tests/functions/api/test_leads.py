"""Leads over HTTP."""

from tests import factories
from tests.api_client import ApiClient
from tests.wire import just_before_the_next_transaction


def a_lead(**fields: object) -> dict[str, object]:
    return {"firstName": "Ada", "lastName": "Lovelace", **fields}


def test_a_new_lead_has_the_defaults_of_the_data_model(api: ApiClient) -> None:
    reply = api.post("/v1/leads", a_lead())

    assert reply.status == 201
    lead = reply.json
    assert reply.headers["Location"] == f"/v1/leads/{lead['id']}"
    assert (lead["status"], lead["source"], lead["meta"], lead["email"]) == ("NEW", "MANUAL", None, None)
    assert lead["contact"] == {"stopped": False, "reason": None, "since": None}
    assert lead["deduplicated"] is False
    assert api.get(reply.headers["Location"]).json.items() <= lead.items()


def test_a_person_known_by_email_is_answered_with_200_whatever_the_case(api: ApiClient) -> None:
    first = api.post("/v1/leads", a_lead(email="Ada@Example.com"))

    second = api.post("/v1/leads", a_lead(firstName="Someone", email="ada@example.COM"))

    assert (second.status, second.json["deduplicated"]) == (200, True)
    assert second.json["id"] == first.json["id"]
    assert second.json["firstName"] == "Ada"


def test_a_person_known_by_phone_is_recognised_in_another_notation(api: ApiClient) -> None:
    first = api.post("/v1/leads", a_lead(phone="+1 (555) 123-4567"))

    second = api.post("/v1/leads", a_lead(phone="555.123.4567"))

    assert first.json["phone"] == "+15551234567"
    assert (second.status, second.json["id"]) == (200, first.json["id"])


def test_every_wrong_field_is_named_by_its_pointer(api: ApiClient) -> None:
    reply = api.post("/v1/leads", {"firstName": 7, "email": "nobody", "status": "HOT", "colour": "red", "id": "x"})

    assert reply.status == 422
    assert reply.headers["Content-Type"] == "application/problem+json"
    found = {error["pointer"]: error["code"] for error in reply.json["errors"]}
    assert found == {
        "/firstName": "wrong_type",
        "/lastName": "required",
        "/email": "invalid_email",
        "/status": "not_allowed",
        "/colour": "unknown_field",
        "/id": "unknown_field",
    }


def test_a_stale_if_match_writes_nothing(api: ApiClient) -> None:
    created = api.post("/v1/leads", a_lead())
    path = created.headers["Location"]
    tag = created.headers["ETag"]
    assert api.patch(path, {"notes": "first"}, if_match=tag).status == 200

    stale = api.patch(path, {"notes": "second"}, if_match=tag)

    assert stale.status == 412
    assert api.get(path).json["notes"] == "first"


def test_null_clears_an_optional_field_and_is_refused_for_a_required_one(api: ApiClient) -> None:
    path = api.post("/v1/leads", a_lead(notes="x", meta={"a": 1, "b": {"c": 2}})).headers["Location"]

    cleared = api.patch(path, {"notes": None, "meta": {"a": None, "b": {"d": 3}}})
    refused = api.patch(path, {"firstName": None})

    assert (cleared.json["notes"], cleared.json["meta"]) == (None, {"b": {"c": 2, "d": 3}})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/firstName")


def test_an_address_of_another_lead_is_refused_with_that_leads_id(api: ApiClient) -> None:
    owner = api.post("/v1/leads", a_lead(email="ada@example.com")).json["id"]
    path = api.post("/v1/leads", a_lead(email="other@example.com")).headers["Location"]

    reply = api.patch(path, {"email": "ADA@example.com"})

    assert (reply.status, reply.json["existingId"]) == (409, owner)


def test_the_same_idempotency_key_has_one_effect_and_one_answer(api: ApiClient) -> None:
    first = api.post("/v1/leads", a_lead(), idempotency_key="one")
    again = api.post("/v1/leads", a_lead(), idempotency_key="one")
    other = api.post("/v1/leads", a_lead(firstName="Grace"), idempotency_key="one")

    assert (again.status, again.json) == (first.status, first.json)
    assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")
    assert len(api.get("/v1/leads").json["data"]) == 1


def test_a_list_is_walked_by_cursor_without_gaps_or_repeats(api: ApiClient) -> None:
    rows = [a_lead(email=f"lead{number}@example.com") for number in range(23)]
    created = {row["id"] for row in api.post("/v1/leads/bulk", {"leads": rows}).json["results"]}

    seen: list[str] = []
    page = api.get("/v1/leads?limit=5").json
    seen += [lead["id"] for lead in page["data"]]
    while page["nextCursor"]:
        page = api.get("/v1/leads", query={"limit": 5, "cursor": page["nextCursor"]}).json
        seen += [lead["id"] for lead in page["data"]]

    assert len(seen) == len(created)
    assert set(seen) == created
    assert seen == sorted(seen, reverse=True)


def test_a_cursor_is_good_for_its_own_list_only(api: ApiClient) -> None:
    api.post("/v1/leads/bulk", {"leads": [a_lead(), a_lead()]})
    cursor = api.get("/v1/leads?limit=1").json["nextCursor"]

    other_filter = api.get("/v1/leads", query={"status": "NEW", "cursor": cursor})
    other_caller = ApiClient(api.app, key_id="somebody").get("/v1/leads", query={"cursor": cursor})

    assert (other_filter.status, other_filter.json["code"]) == (400, "malformed_input")
    assert other_caller.status == 400


def test_a_deleted_lead_is_gone_and_its_address_is_free(api: ApiClient) -> None:
    created = api.post("/v1/leads", a_lead(email="ada@example.com", externalId="crm-1"))

    reply = api.delete(created.headers["Location"])

    assert reply.status == 204
    assert api.get(created.headers["Location"]).status == 404
    assert api.delete(created.headers["Location"]).status == 404
    assert api.get("/v1/leads").json["data"] == []
    assert api.post("/v1/leads", a_lead(email="ada@example.com")).status == 201


def test_a_method_that_is_not_there_is_refused_with_those_that_are(api: ApiClient) -> None:
    reply = api.put("/v1/leads", {})

    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


def test_without_an_accepted_key_nothing_is_answered(api: ApiClient) -> None:
    nobody = ApiClient(api.app, failure="This key has expired.")
    reader = ApiClient(api.app, scopes="leads:read")

    assert (nobody.get("/v1/leads").status, nobody.get("/v1/nothing").status) == (401, 401)
    assert reader.get("/v1/leads").status == 200
    assert reader.post("/v1/leads", a_lead()).status == 403


def test_a_lead_with_a_suppressed_address_is_stopped_from_the_start(api: ApiClient) -> None:
    api.post("/v1/suppressions", {"address": "Ada@example.com", "reason": "OPT_OUT"})

    created = api.post("/v1/leads", a_lead(email="ada@EXAMPLE.com"))
    other = api.post("/v1/leads", a_lead(email="free@example.com")).headers["Location"]
    moved = api.patch(other, {"phone": "+12025550100"})
    api.post("/v1/suppressions", {"address": "+12025550111", "reason": "COMPLAINT"})
    stopped = api.patch(other, {"phone": "(202) 555-0111"})

    assert (created.json["contact"]["stopped"], created.json["contact"]["reason"]) == (True, "OPT_OUT")
    assert moved.json["contact"]["stopped"] is False
    assert (stopped.json["contact"]["stopped"], stopped.json["contact"]["reason"]) == (True, "COMPLAINT")
    assert api.get(other).json["contact"] == stopped.json["contact"]


def test_a_patch_that_changes_nothing_leaves_the_tag_as_it_was(api: ApiClient) -> None:
    created = api.post("/v1/leads", a_lead(notes="x"))

    same = api.patch(created.headers["Location"], {"notes": "x"})

    assert (same.status, same.headers["ETag"]) == (200, created.headers["ETag"])


def test_a_thousand_rows_for_one_person_are_one_new_lead_and_many_known_ones(api: ApiClient) -> None:
    rows = [a_lead(email="ada@example.com") for _ in range(1000)]

    results = api.post("/v1/leads/bulk", {"leads": rows}).json["results"]

    assert [row["status"] for row in results] == ["created"] + ["existing"] * 999


def test_a_page_of_the_largest_leads_ends_before_the_answer_is_too_large_for_lambda(api: ApiClient) -> None:
    heavy = {"notes": "\u0001" * 10_000, "meta": {"a": "\u0001" * 2_700}}
    leads = [factories.a_lead(**heavy) for _ in range(90)]
    factories.load(api.app, [*leads, *(factories.a_contact(lead) for lead in leads)])

    first = api.get("/v1/leads?limit=100")
    second = api.get("/v1/leads", query={"limit": 100, "cursor": first.json["nextCursor"]})

    assert len(first.text.encode()) < 6_000_000
    assert len(first.json["data"]) < 90
    assert len(first.json["data"]) + len(second.json["data"]) == 90


def test_a_suppression_that_comes_while_contact_is_allowed_again_wins(api: ApiClient) -> None:
    path = api.post("/v1/leads", a_lead(email="ada@example.com")).headers["Location"]
    api.post(f"{path}/stop", {"reason": "DO_NOT_CONTACT"})
    opt_out = {"address": "ada@example.com", "reason": "OPT_OUT"}

    with just_before_the_next_transaction(api.app, lambda: api.post("/v1/suppressions", opt_out)):
        refused = api.post(f"{path}/unstop", {"reason": "asked for it"})

    assert refused.status == 409
    assert api.get(path).json["contact"]["stopped"] is True


def test_contact_is_not_allowed_again_on_the_strength_of_an_address_that_changes_meanwhile(api: ApiClient) -> None:
    path = api.post("/v1/leads", a_lead(email="ada@example.com")).headers["Location"]
    api.post(f"{path}/stop", {"reason": "DO_NOT_CONTACT"})
    api.post("/v1/suppressions", {"address": "other@example.com"})

    with just_before_the_next_transaction(api.app, lambda: api.patch(path, {"email": "other@example.com"})):
        refused = api.post(f"{path}/unstop", {"reason": "asked for it"})

    assert refused.status == 409
    assert api.get(path).json["contact"]["stopped"] is True


def test_contact_is_allowed_again_with_a_reason_once_nothing_stands_against_it(api: ApiClient) -> None:
    path = api.post("/v1/leads", a_lead(email="ada@example.com")).headers["Location"]
    api.post(f"{path}/stop")

    without = api.post(f"{path}/unstop", {})
    allowed = api.post(f"{path}/unstop", {"reason": "asked for it"})

    assert (without.status, without.json["errors"][0]["pointer"]) == (422, "/reason")
    assert allowed.json["contact"] == {"stopped": False, "reason": None, "since": None}
    assert api.get(path).json["contact"] == allowed.json["contact"]
