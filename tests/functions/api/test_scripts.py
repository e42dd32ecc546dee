"""Scripts over HTTP."""

import json
from typing import Any

import boto3
import pytest

from retention.bootstrap import Application
from retention.clock import ManualClock
from tests import factories
from tests.api_client import ApiClient

EMAIL = {"subject": "Hello {{firstName}}", "html": "<p>Hello</p>", "text": "Hello"}


def sms(**fields: object) -> dict[str, object]:
    return {"name": "Welcome", "type": "SMS", "content": "Hi {{firstName}}!", **fields}


def create(api: ApiClient, body: dict[str, object]) -> str:
    """Create a script; its path."""
    reply = api.post("/v1/scripts", body)
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def stored(app: Application, script_id: str) -> list[dict[str, Any]]:
    """The items that hold a script."""
    client, table = boto3.client("dynamodb"), app.core.settings.table_name
    keys = [("CONFIG#SCRIPT", script_id), (f"SCRIPT#{script_id}", "BODY")]
    found = [client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}).get("Item") for pk, sk in keys]
    return [item for item in found if item is not None]


def test_a_new_script_has_the_defaults_of_the_data_model(api: ApiClient) -> None:
    reply = api.post("/v1/scripts", sms())

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "name": "Welcome",
        "type": "SMS",
        "content": "Hi {{firstName}}!",
        "vapiConfig": None,
        "campaignId": None,
        "isDefault": False,
        "createdAt": "2026-02-18T12:00:00.000Z",
        "updatedAt": "2026-02-18T12:00:00.000Z",
    }
    read = api.get(reply.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Mail", "type": "EMAIL", "content": EMAIL},
        {"name": "Mail", "type": "EMAIL", "content": {"subject": "s", "html": "h", "text": None}},
        {"name": "Call", "type": "CALL", "content": "You are Alex."},
        {
            "name": "Call",
            "type": "CALL",
            "content": None,
            "vapiConfig": {
                "model": "gpt-4o",
                "temperature": 0.7,
                "firstMessage": "Hi",
                "instructions": "You are Alex.",
            },
        },
    ],
)
def test_content_that_fits_its_type_comes_back_as_it_was_given(api: ApiClient, body: dict[str, object]) -> None:
    path = create(api, body)

    assert api.get(path).json.items() >= body.items()
    assert api.get("/v1/scripts").json["data"] == [api.get(path).json]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"content": None}, "/content", "required"),
        ({"content": ""}, "/content", "blank"),
        ({"content": " \n"}, "/content", "blank"),
        ({"content": "x" * 16_001}, "/content", "too_long"),
        ({"content": 7}, "/content", "not_content"),
        ({"content": ["Hi"]}, "/content", "not_content"),
        ({"content": EMAIL}, "/content", "not_a_text"),
        ({"type": "EMAIL", "content": "Hello"}, "/content", "not_an_object"),
        ({"type": "EMAIL", "content": None}, "/content", "required"),
        ({"type": "EMAIL", "content": {"html": "x"}}, "/content/subject", "required"),
        ({"type": "EMAIL", "content": {**EMAIL, "html": ""}}, "/content/html", "too_short"),
        ({"type": "EMAIL", "content": {**EMAIL, "body": "x"}}, "/content/body", "unknown_field"),
        ({"type": "EMAIL", "content": {**EMAIL, "text": 5}}, "/content/text", "wrong_type"),
        ({"type": "EMAIL", "content": {"subject": "s", "html": "h" * 200_001}}, "/content/html", "too_long"),
        ({"type": "CALL", "content": None}, "/content", "required"),
        ({"type": "CALL", "content": None, "vapiConfig": {"model": "gpt-4o"}}, "/content", "required"),
        ({"type": "CALL", "content": EMAIL}, "/content", "not_a_text"),
        ({"type": "CALL", "vapiConfig": {"instructions": 5}}, "/vapiConfig/instructions", "not_a_text"),
        ({"type": "CALL", "vapiConfig": "x"}, "/vapiConfig", "wrong_type"),
        ({"vapiConfig": {}}, "/vapiConfig", "not_for_this_type"),
        ({"content": "Hi {{ fristName }}"}, "/content", "unknown_variable"),
        ({"content": "Hi {{ firstName | shout }}"}, "/content", "unknown_filter"),
        ({"content": "{% include 'x' %}"}, "/content", "unknown_tag"),
        ({"content": "Hi {{ firstName"}, "/content", "template_syntax"),
        ({"content": "{% for i in (1..10000000000) %}{% endfor %}"}, "/content", "template_limit"),
        ({"type": "EMAIL", "content": {**EMAIL, "subject": "{{ a }}"}}, "/content/subject", "unknown_variable"),
        ({"type": "EMAIL", "content": {**EMAIL, "html": "{{ a }}"}}, "/content/html", "unknown_variable"),
        ({"type": "EMAIL", "content": {**EMAIL, "text": "{{ a }}"}}, "/content/text", "unknown_variable"),
        ({"type": "EMAIL", "content": {**EMAIL, "html": '{"body": "x"}'}}, "/content/html", "not_html"),
        ({"type": "CALL", "content": "{{ a }}"}, "/content", "unknown_variable"),
        (
            {"type": "CALL", "vapiConfig": {"firstMessage": "{{ a }}"}},
            "/vapiConfig/firstMessage",
            "unknown_variable",
        ),
        (
            {"type": "CALL", "vapiConfig": {"instructions": "{{ a }}"}},
            "/vapiConfig/instructions",
            "unknown_variable",
        ),
        ({"type": "FAX"}, "/type", "not_allowed"),
        ({"name": ""}, "/name", "too_short"),
        ({"isDefault": "yes"}, "/isDefault", "wrong_type"),
        ({"campaignId": "nothing"}, "/campaignId", "unknown_reference"),
        ({"campaignId": "a.b"}, "/campaignId", "wrong_format"),
        ({"createdAt": "2026-02-18T12:00:00Z"}, "/createdAt", "unknown_field"),
        ({"bodyBytes": 5}, "/bodyBytes", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_by_its_pointer(
    api: ApiClient, fields: dict[str, object], pointer: str, code: str
) -> None:
    reply = api.post("/v1/scripts", sms(**fields))

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]
    assert api.get("/v1/scripts").json["data"] == []


def test_the_words_of_an_error_say_where_in_the_template_it_is(api: ApiClient) -> None:
    reply = api.post("/v1/scripts", sms(content="Hi\n{{ fristName }} and {{ lastName | nope }}"))

    assert reply.json["errors"][0]["detail"] == ("Line 2: There is no variable `fristName`; did you mean `firstName`?")
    assert len(reply.json["errors"]) == 2


def test_what_vapi_reads_itself_is_not_checked(api: ApiClient) -> None:
    settings = {"voicemailMessage": "Hi {{ customer.name }}", "instructions": "{% raw %}{{ now }}{% endraw %}"}

    assert (
        api.patch(create(api, {"name": "Call", "type": "CALL", "content": "x"}), {"vapiConfig": settings}).status == 200
    )


def test_content_must_still_fit_after_a_patch(api: ApiClient) -> None:
    path = create(api, sms())

    assert api.patch(path, {"type": "EMAIL"}).json["errors"][0]["pointer"] == "/content"
    assert api.patch(path, {"content": None}).json["errors"][0]["code"] == "required"
    assert api.patch(path, {"content": {"subject": "x"}}).json["errors"][0]["pointer"] == "/content/html"
    assert api.patch(path, {"type": "EMAIL", "content": EMAIL}).json["content"] == EMAIL
    assert api.patch(path, {"content": {"text": None, "subject": "New"}}).json["content"] == {
        "subject": "New",
        "html": "<p>Hello</p>",
        "text": None,
    }


def test_the_type_of_a_script_in_use_stays(api: ApiClient, app: Application) -> None:
    campaign, sequence = factories.a_campaign(), factories.a_sequence()
    of_step, of_test, other = (factories.a_script() for _ in range(3))
    step = factories.a_step(sequence, script_id=of_step.id)
    factories.load(app, [of_step, of_test, other, sequence, step, campaign])
    factories.load(app, [factories.a_test(campaign, variant_a=other.id, variant_b=of_test.id)])

    for script in (of_step, of_test):
        assert api.patch(f"/v1/scripts/{script.id}", {"type": "CALL"}).status == 409
        assert api.patch(f"/v1/scripts/{script.id}", {"content": "Bye"}).status == 200


def test_a_patch_merges_and_is_refused_for_what_the_server_owns(api: ApiClient, clock: ManualClock) -> None:
    path = create(api, {"name": "Call", "type": "CALL", "content": "x", "vapiConfig": {"model": "m", "voice": "alloy"}})
    clock.advance(1)

    merged = api.patch(path, {"content": None, "vapiConfig": {"voice": None, "instructions": "Be kind."}})
    read_only = api.patch(path, {"createdAt": "2026-01-01T00:00:00Z"})
    unknown = api.patch(path, {"hasBody": True})

    assert merged.json["vapiConfig"] == {"model": "m", "instructions": "Be kind."}
    assert (merged.json["content"], merged.json["updatedAt"]) == (None, "2026-02-18T12:00:01.000Z")
    assert [reply.json["errors"][0]["code"] for reply in (read_only, unknown)] == ["read_only", "unknown_field"]


def test_a_stale_if_match_writes_nothing(api: ApiClient) -> None:
    path = create(api, sms())
    tag = api.get(path).headers["ETag"]
    assert api.patch(path, {"content": "x" * 10_000}, if_match=tag).status == 200

    assert api.patch(path, {"content": "y" * 10_000}, if_match=tag).status == 412

    assert api.get(path).json["content"] == "x" * 10_000


def test_the_list_is_newest_first_and_filtered(api: ApiClient, app: Application, clock: ManualClock) -> None:
    campaign = factories.a_campaign()
    factories.load(app, [campaign])
    rows: list[dict[str, object]] = [
        {"name": "a"},
        {"name": "b", "campaignId": campaign.id, "isDefault": True},
        {"name": "c", "campaignId": campaign.id, "type": "CALL"},
    ]
    for row in rows:
        create(api, sms(**row))
        clock.advance(1)

    def names(query: str) -> str:
        return "".join(script["name"] for script in api.get(f"/v1/scripts{query}").json["data"])

    assert names("") == "cba"
    assert (names("?type=SMS"), names(f"?campaignId={campaign.id}"), names("?isDefault=true")) == ("ba", "cb", "b")
    assert (names("?isDefault=false"), names(f"?type=CALL&campaignId={campaign.id}"), names("?type=EMAIL")) == (
        "ca",
        "c",
        "",
    )
    assert api.get("/v1/scripts?isDefault=maybe").json["errors"][0]["pointer"] == "/query/isDefault"


def test_a_long_content_lives_apart_and_is_shown_all_the_same(api: ApiClient, app: Application) -> None:
    long = {**EMAIL, "html": "<p>\u00e9\u4e2d\U0001f600</p>" * 5_000}
    short_path = create(api, sms())
    path = create(api, {"name": "Long", "type": "EMAIL", "content": long})
    script_id = path.rsplit("/", 1)[1]

    item, body = stored(app, script_id)
    shown = {script["id"]: script["content"] for script in api.get("/v1/scripts").json["data"]}

    assert (len(str(item)) < 1_000, len(str(body)) > 20_000) == (True, True)
    assert shown == {script_id: long, short_path.rsplit("/", 1)[1]: "Hi {{firstName}}!"}
    assert api.get(path).json["content"] == long


def test_content_may_grow_long_change_and_shrink_again(api: ApiClient, app: Application) -> None:
    path = create(api, sms())
    script_id = path.rsplit("/", 1)[1]

    for content, items in [("x" * 5_000, 2), ("y" * 6_000, 2), ("z", 1), ("x" * 5_000, 2)]:
        assert api.patch(path, {"content": content}).json["content"] == content
        assert api.patch(path, {"isDefault": True}).json["content"] == content
        assert api.get(path).json["content"] == content
        assert len(stored(app, script_id)) == items


def test_a_deleted_script_takes_its_long_content_with_it(api: ApiClient, app: Application, clock: ManualClock) -> None:
    path = create(api, sms(content="x" * 5_000))

    assert api.delete(path).status in (202, 204)
    assert (api.get(path).status, api.delete(path).status, api.get("/v1/scripts").json["data"]) == (404, 404, [])

    clock.advance(60)
    for row in app.core.store.query("JOB#0", index="listing"):
        app.runner.run(row["pk"]["S"].removeprefix("JOB#"), lambda: True)
    assert stored(app, path.rsplit("/", 1)[1]) == []


def test_content_that_no_item_could_hold_is_refused_also_when_it_comes_in_parts(api: ApiClient) -> None:
    half = "\u4e2d" * 60_000
    body = {"name": "Long", "type": "EMAIL", "content": {"subject": "s", "html": half}}
    path = api.post("/v1/scripts", raw=json.dumps(body, ensure_ascii=False)).headers["Location"]

    reply = api.patch(path, raw=json.dumps({"content": {"text": half}}, ensure_ascii=False))

    assert (reply.status, reply.json["errors"][0]["code"]) == (422, "too_large")
    assert api.get(path).json["content"]["text"] is None


def test_a_page_of_very_long_scripts_is_short_and_goes_on_with_its_cursor(api: ApiClient, clock: ManualClock) -> None:
    made = []
    for number in range(9):
        content = {"subject": f"{number}", "html": "x" * 199_000, "text": "y" * 40_000}
        made.append(create(api, {"name": f"{number}", "type": "EMAIL", "content": content}).rsplit("/", 1)[1])
        clock.advance(1)

    first = api.get("/v1/scripts?limit=100").json
    second = api.get("/v1/scripts", query={"limit": 100, "cursor": first["nextCursor"]}).json

    assert 1 < len(first["data"]) < 9
    assert [script["id"] for script in first["data"] + second["data"]] == list(reversed(made))
    assert second["nextCursor"] is None


def test_a_duplicate_has_the_words_and_a_name_of_its_own(api: ApiClient, app: Application) -> None:
    campaign = factories.a_campaign()
    factories.load(app, [campaign])
    path = create(api, sms(content="x" * 5_000, campaignId=campaign.id, isDefault=True))

    reply = api.post(f"{path}/duplicate")

    assert reply.status == 201
    assert reply.headers["Location"] == f"/v1/scripts/{reply.json['id']}" != path
    copy = api.get(reply.headers["Location"]).json
    assert (copy["name"], copy["isDefault"], copy["content"]) == ("Welcome (copy)", False, "x" * 5_000)
    assert copy["campaignId"] == campaign.id
    api.patch(path, {"content": "changed"})
    assert api.get(reply.headers["Location"]).json["content"] == "x" * 5_000


def test_the_longest_name_can_be_duplicated_again_and_again(api: ApiClient) -> None:
    path = create(api, sms(name="n" * 200))

    copy = api.post(f"{path}/duplicate")
    copy = api.post(f"{copy.headers['Location']}/duplicate")

    assert copy.json["name"] == "n" * 193 + " (copy)"


def test_the_same_idempotency_key_duplicates_once(api: ApiClient) -> None:
    path = create(api, sms())

    first = api.post(f"{path}/duplicate", idempotency_key="copy")
    again = api.post(f"{path}/duplicate", idempotency_key="copy")

    assert (again.status, again.json) == (201, first.json)
    assert len(api.get("/v1/scripts").json["data"]) == 2


def test_what_is_unknown_is_not_found(api: ApiClient) -> None:
    assert api.post("/v1/scripts/nothing/duplicate").status == 404
    assert api.get("/v1/scripts/nothing").status == 404
    assert api.patch("/v1/scripts/nothing", {"name": "x"}).status == 404
