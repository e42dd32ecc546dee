"""From what Meta's Graph API tells to a lead."""

from typing import Any

from retention.intake.leadforms import lead_of

TOLD: dict[str, Any] = {
    "id": "444444444444444",
    "created_time": "2026-02-18T11:59:00+0000",
    "ad_id": "23850000000000001",
    "form_id": "55555",
    "campaign_id": "777",
    "platform": "fb",
    "is_organic": False,
    "field_data": [
        {"name": "full_name", "values": ["Ada Lovelace"]},
        {"name": "email", "values": ["Ada@Example.com"]},
        {"name": "phone_number", "values": ["+12025550100"]},
        {"name": "which_size?", "values": ["M", "L"]},
        {"name": "city", "values": ["London"]},
    ],
    "custom_disclaimer_responses": [
        {"checkbox_key": "newsletter", "is_checked": "1"},
        {"checkbox_key": "calls", "is_checked": ""},
    ],
}


def test_standard_questions_need_no_mapping() -> None:
    made = lead_of(TOLD, "999", None, region="US")

    lead = made.lead
    assert (lead.first_name, lead.last_name, lead.email, lead.phone) == (
        "Ada", "Lovelace", "Ada@example.com", "+12025550100",
    )  # fmt: skip
    assert (lead.source, lead.external_id) == ("META", "444444444444444")
    assert lead.meta == {
        "ad": {
            "leadgenId": "444444444444444",
            "createdTime": "2026-02-18T11:59:00+0000",
            "adId": "23850000000000001",
            "campaignId": "777",
            "formId": "55555",
            "isOrganic": False,
            "platform": "fb",
            "pageId": "999",
        },
        "consent": {"newsletter": True, "calls": False},
        "intake": {"which_size?": ["M", "L"], "city": "London"},
    }
    assert made.problems == ()


def test_a_team_says_what_its_own_questions_are() -> None:
    told = {**TOLD, "field_data": [{"name": "dein_name", "values": ["Grace Hopper"]}, *TOLD["field_data"][3:]]}
    mapping = {"dein_name": "fullName", "which_size?": "meta.sizes", "city": "consent.city"}

    lead = lead_of(told, None, mapping, region="US").lead

    assert (lead.first_name, lead.last_name) == ("Grace", "Hopper")
    assert lead.meta is not None
    assert lead.meta["sizes"] == ["M", "L"]
    assert lead.meta["consent"] == {"city": "London", "newsletter": True, "calls": False}
    assert "intake" not in lead.meta


def test_a_lead_that_cannot_be_contacted_is_kept() -> None:
    made = lead_of({"id": "444444444444444", "field_data": "none"}, None, None, region="US")

    assert (made.lead.first_name, made.lead.last_name) == ("Lead 4444", "-")
    assert (made.lead.email, made.lead.phone, made.lead.external_id) == (None, None, "444444444444444")


def test_metas_own_test_lead_is_taken_in() -> None:
    fields = ("full_name", "phone_number")
    dummies = [{"name": name, "values": [f"<test lead: dummy data for {name}>"]} for name in fields]

    made = lead_of(
        {"id": "1", "field_data": [*dummies, {"name": "email", "values": ["test@meta.com"]}]}, None, None, region="US"
    )

    assert made.lead.email == "test@meta.com"
    assert [one.pointer for one in made.problems] == ["/phone"]
