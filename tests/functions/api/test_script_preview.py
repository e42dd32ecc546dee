"""Looking at a script before it is sent."""

from typing import Any

import pytest

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.config import Settings
from retention.keyring import Keyring
from retention.templates.links import Click, url_of, verify
from tests import factories
from tests.api_client import ApiClient, Reply

BASE = "https://r.example"
LEAD = {"firstName": "Ada", "lastName": "Lovelace", "phone": "+15551234567", "email": "ada@example.com"}


@pytest.fixture
def api(app: Application, clock: ManualClock) -> ApiClient:
    """The API of a stack that has a public address."""
    settings = Settings(table_name=app.core.settings.table_name, public_base_url=BASE)
    return ApiClient(build(settings, clock=clock, keyring=Keyring(lambda: "root secret of the tests")))


def script(api: ApiClient, content: Any, kind: str = "SMS", **more: Any) -> str:
    """A new script; its path."""
    reply = api.post("/v1/scripts", {"name": "Welcome", "type": kind, "content": content, **more})
    assert reply.status == 201, reply.text
    return reply.headers["Location"]


def preview(api: ApiClient, path: str, **body: Any) -> Reply:
    """What a script becomes, for a lead by hand unless another is given."""
    return api.post(f"{path}/preview", {"sample": LEAD} if not {"leadId", "sample"} & set(body) else body)


def codes(reply: Reply) -> list[str]:
    """The warnings of a preview."""
    assert reply.status == 200, reply.text
    return [warning["code"] for warning in reply.json["warnings"]]


def test_a_text_message_is_shown_with_what_it_costs(api: ApiClient) -> None:
    reply = preview(api, script(api, 'Hi {{ firstName }}, {{ meta.note | default: "bye" }}'))

    assert reply.json == {
        "type": "SMS",
        "body": "Hi Ada, bye",
        "segments": 1,
        "encoding": "GSM-7",
        "subject": None,
        "html": None,
        "text": None,
        "instructions": None,
        "firstMessage": None,
        "variables": None,
        "links": [],
        "warnings": [],
    }


def test_an_email_is_shown_in_all_its_parts(api: ApiClient) -> None:
    reply = preview(api, script(api, {"subject": "For {{ firstName }}", "html": "<p>Hi {{ firstName }}</p>"}, "EMAIL"))

    (link,) = reply.json["links"]
    assert (link["target"], link["sample"]) == (None, True)
    assert reply.json["subject"] == "For Ada"
    assert reply.json["html"].startswith("<p>Hi Ada</p>")
    assert link["url"] in reply.json["html"]
    assert reply.json["text"] == f"Hi Ada\n\n--\nUnsubscribe: {link['url']}"
    assert codes(reply) == ["unsubscribe_added"]


def test_a_call_is_shown_with_the_values_that_vapi_gets(api: ApiClient) -> None:
    reply = preview(api, script(api, "Call {{ firstName }}.", "CALL", vapiConfig={"firstMessage": "Hi {{ fullName }}"}))

    assert (reply.json["instructions"], reply.json["firstMessage"]) == ("Call Ada.", "Hi Ada Lovelace")
    assert reply.json["variables"]["lastName"] == "Lovelace"


def test_it_is_for_a_lead_and_a_campaign_that_there_are(api: ApiClient) -> None:
    lead, campaign, other = (
        factories.a_lead(first_name="Grace"),
        factories.a_campaign(),
        factories.a_campaign(name="Fall"),
    )
    factories.load(api.app, [lead, campaign, other])
    path = script(api, "{{ firstName }} {{ campaign.name }}", campaignId=campaign.id)

    assert preview(api, path, leadId=lead.id).json["body"] == "Grace Spring"
    assert preview(api, path, leadId=lead.id, campaignId=other.id).json["body"] == "Grace Fall"
    assert codes(preview(api, path, leadId=lead.id)) == ["no_address"]


def test_its_links_are_samples_as_long_as_the_real_ones(api: ApiClient) -> None:
    reply = preview(api, script(api, 'Look {{ "https://shop.example/a" | tracked }}'))

    (link,) = reply.json["links"]
    found = verify(api.app.core.keyring, link["url"].removeprefix(f"{BASE}/r/"), Click)
    assert reply.json["body"] == f"Look {link['url']}"
    assert (link["target"], link["sample"]) == ("https://shop.example/a", True)
    assert found is not None
    assert found.preview
    ulid = api.app.core.ids.new()
    real = Click(f"{ulid}.{ulid}.1.{ulid}", "https://shop.example/a")

    assert len(url_of(BASE, api.app.core.keyring, real)) == len(link["url"])


def test_what_somebody_may_want_to_change_is_told(api: ApiClient) -> None:
    missing = preview(
        api, script(api, "Hi {{ firstName }} {{ meta.plan }}{{ meta.plan }}"), sample={"phone": "+15551234567"}
    )
    assert [one["detail"] for one in missing.json["warnings"]] == [
        "`firstName` has no value for this lead and is left out: give it a `default`.",
        "`meta.plan` has no value for this lead and is left out: give it a `default`.",
    ]

    dear = preview(api, script(api, "“Hi” " * 50))
    assert (dear.json["segments"], dear.json["encoding"]) == (4, "UCS-2")
    assert codes(dear) == ["not_gsm", "many_segments"]
    assert dear.json["warnings"][0]["detail"].startswith("Because of “ ” a segment has 70 characters")

    html = "<p>" + "x" * 102_000 + "</p>{{ unsubscribeUrl }}"
    assert codes(preview(api, script(api, {"subject": "s", "html": html}, "EMAIL"))) == ["html_too_long"]
    assert codes(preview(api, script(api, "Hi"), sample={"email": "ada@example.com"})) == ["no_address"]


def test_what_cannot_be_filled_in_says_why(api: ApiClient) -> None:
    reply = preview(api, script(api, "Look: {{ link }}"))

    assert (reply.status, reply.json["code"]) == (422, "not_filled_in")
    assert reply.json["detail"] == "Text: There is no `link` in the free data (meta) of the campaign or the lead."


def test_nothing_is_filled_in_for_a_stack_that_nobody_could_reach(app: Application) -> None:
    api = ApiClient(app)

    reply = preview(api, script(api, {"subject": "s", "html": "<p>Hi</p>"}, "EMAIL"))

    assert (reply.status, reply.json["code"]) == (422, "not_filled_in")
    assert "PublicBaseUrl" in reply.json["detail"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "", "exactly_one"),
        ({"leadId": "x", "sample": {}}, "", "exactly_one"),
        ({"leadId": "nothing"}, "/leadId", "unknown_reference"),
        ({"sample": {}, "campaignId": "nothing"}, "/campaignId", "unknown_reference"),
        ({"sample": {"email": "ada"}}, "/sample/email", "invalid_email"),
        ({"sample": {"notes": "x"}}, "/sample/notes", "unknown_field"),
        ({"sample": "Ada"}, "/sample", "wrong_type"),
    ],
)
def test_a_bad_request_is_named(api: ApiClient, body: dict[str, Any], pointer: str, code: str) -> None:
    reply = api.post(f"{script(api, 'Hi')}/preview", body)

    assert reply.status == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]


def test_who_may_not_read_leads_sees_none(api: ApiClient) -> None:
    lead = factories.a_lead()
    factories.load(api.app, [lead])
    path = script(api, "Hi {{ firstName }}")
    writer = ApiClient(api.app, scopes="scripts:write")

    assert preview(writer, path).status == 200
    assert (preview(writer, path, leadId=lead.id).status, preview(writer, path, leadId="nothing").status) == (403, 403)
    assert preview(ApiClient(api.app, scopes="scripts:write leads:read"), path, leadId=lead.id).status == 200


def test_a_preview_writes_nothing_and_an_unknown_script_is_not_found(api: ApiClient) -> None:
    path = script(api, "Hi {{ firstName }}")
    tag = api.get(path).headers["ETag"]

    assert preview(api, path).status == 200

    assert api.get(path).headers["ETag"] == tag
    assert preview(api, "/v1/scripts/nothing").status == 404
