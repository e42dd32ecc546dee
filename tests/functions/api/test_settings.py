"""The settings of campaigns, sequences and steps over HTTP: contact hours, lateness, retries, re-entry."""

from typing import Any

import pytest

from tests.api_client import ApiClient

OFFICE = {"days": ["MON", "TUE", "WED", "THU", "FRI"], "start": "09:00", "end": "17:00"}
NIGHT = {"start": "22:00", "end": "02:00"}

CAMPAIGN = {"contactWindows": {"all": [OFFICE], "sms": [OFFICE, NIGHT]}}
SEQUENCE = {
    **CAMPAIGN,
    "lateness": {"policy": "next_window"},
    "retry": {"maxTries": 3},
    "reentry": {"policy": "after", "afterDays": 90},
}
STEP = {"contactWindows": [NIGHT], "lateness": {"limitMinutes": 5}, "retry": {"firstPauseSeconds": 10}}

WHOLE = [("campaign", CAMPAIGN), ("sequence", SEQUENCE), ("step", STEP)]


def create(api: ApiClient, kind: str, settings: Any) -> Any:
    """Create one of a kind with settings; the answer."""
    if kind == "campaign":
        return api.post("/v1/campaigns", {"name": "Spring", "settings": settings})
    if kind == "sequence":
        return api.post("/v1/sequences", {"name": "Win back", "settings": settings})
    path = api.post("/v1/sequences", {"name": "Win back"}).headers["Location"]
    return api.post(f"{path}/steps", {"channel": "SMS", "settings": settings})


def errors_of(reply: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in reply.json["errors"]}


@pytest.mark.parametrize(("kind", "settings"), WHOLE)
def test_settings_come_back_as_they_were_given(api: ApiClient, kind: str, settings: Any) -> None:
    created = create(api, kind, settings)

    assert (created.status, created.json["settings"]) == (201, settings)
    assert api.get(created.headers["Location"]).json == created.json


@pytest.mark.parametrize("kind", ["campaign", "sequence", "step"])
def test_what_is_not_set_is_not_shown(api: ApiClient, kind: str) -> None:
    assert create(api, kind, {}).json["settings"] == {}
    assert create(api, kind, {"contactWindows": None}).json["settings"] == {}


def test_inline_steps_and_lists_show_their_settings_too(api: ApiClient) -> None:
    steps = [{"channel": "SMS", "settings": STEP}, {"channel": "SMS"}]

    created = api.post("/v1/sequences", {"name": "Win back", "settings": SEQUENCE, "steps": steps})

    assert [step["settings"] for step in created.json["steps"]] == [STEP, {}]
    assert api.get("/v1/sequences").json["data"][0]["settings"] == SEQUENCE


@pytest.mark.parametrize(
    ("kind", "settings", "patch", "after"),
    [
        (
            "sequence",
            SEQUENCE,
            {"lateness": {"limitMinutes": 5}, "reentry": None, "contactWindows": {"all": None, "call": [NIGHT]}},
            {
                "contactWindows": {"sms": [OFFICE, NIGHT], "call": [NIGHT]},
                "lateness": {"policy": "next_window", "limitMinutes": 5},
                "retry": {"maxTries": 3},
            },
        ),
        (
            "step",
            STEP,
            {"contactWindows": [OFFICE], "retry": None},
            {"contactWindows": [OFFICE], "lateness": STEP["lateness"]},
        ),
        ("campaign", CAMPAIGN, {"contactWindows": {"sms": None}}, {"contactWindows": {"all": [OFFICE]}}),
    ],
)
def test_a_merge_patch_reaches_into_settings(api: ApiClient, kind: str, settings: Any, patch: Any, after: Any) -> None:
    path = create(api, kind, settings).headers["Location"]

    changed = api.patch(path, {"settings": patch})
    other = api.patch(path, {"isActive": False} if kind == "step" else {"name": "Other"})

    assert (changed.status, changed.json["settings"]) == (200, after)
    assert other.json["settings"] == after
    assert api.get(path).json["settings"] == after


def test_settings_are_emptied_by_clearing_their_members_and_cannot_be_null(api: ApiClient) -> None:
    path = create(api, "campaign", CAMPAIGN).headers["Location"]

    refused = api.patch(path, {"settings": None})
    emptied = api.patch(path, {"settings": {"contactWindows": None}})

    assert (refused.status, errors_of(refused)) == (422, {"/settings": "not_nullable"})
    assert emptied.json["settings"] == {}


@pytest.mark.parametrize(
    ("kind", "settings", "errors"),
    [
        ("campaign", {"lateness": {}}, {"/lateness": "unknown_field"}),
        ("step", {"reentry": {}}, {"/reentry": "unknown_field"}),
        ("step", {"contactWindows": {"all": [NIGHT]}}, {"/contactWindows": "wrong_type"}),
        ("sequence", {"contactWindows": {"fax": [NIGHT]}}, {"/contactWindows/fax": "unknown_field"}),
        ("sequence", {"contactWindows": {"all": []}}, {"/contactWindows/all": "too_short"}),
        ("sequence", {"lateness": {"policy": "never"}}, {"/lateness/policy": "not_allowed"}),
        ("sequence", {"lateness": {"limitMinutes": 0}}, {"/lateness/limitMinutes": "too_small"}),
        ("sequence", {"retry": {"maxTries": 21}}, {"/retry/maxTries": "too_large"}),
        ("sequence", {"reentry": {"afterDays": "7"}}, {"/reentry/afterDays": "wrong_type"}),
    ],
)
def test_what_is_no_setting_is_named_by_its_pointer(api: ApiClient, kind: str, settings: Any, errors: Any) -> None:
    created = create(api, kind, settings)
    patched = api.patch(create(api, kind, {}).headers["Location"], {"settings": settings})

    expected = {f"/settings{pointer}": code for pointer, code in errors.items()}
    assert (created.status, errors_of(created)) == (422, expected)
    assert (patched.status, errors_of(patched)) == (422, expected)


@pytest.mark.parametrize(
    ("window", "errors"),
    [
        ({"start": "9:00", "end": "17:00"}, {"/start": "wrong_format"}),
        ({"start": "24:00", "end": "02:00"}, {"/start": "wrong_format"}),
        ({"start": "09:00", "end": "24:01"}, {"/end": "wrong_format"}),
        ({"start": "09:60", "end": "\u0660\u0669:\u0660\u0660"}, {"/start": "wrong_format", "/end": "wrong_format"}),
        ({"start": "09:00\n", "end": 17}, {"/start": "wrong_format", "/end": "wrong_type"}),
        ({"start": "09:00"}, {"/end": "required"}),
        ({**OFFICE, "days": []}, {"/days": "too_short"}),
        ({**OFFICE, "days": ["MON", "TUE", "MON"]}, {"/days": "duplicate_item"}),
        ({**OFFICE, "days": ["mon"]}, {"/days/0": "not_allowed"}),
        ({**OFFICE, "zone": "UTC"}, {"/zone": "unknown_field"}),
    ],
)
def test_a_window_is_checked_when_it_is_saved(api: ApiClient, window: Any, errors: Any) -> None:
    refused = create(api, "step", {"contactWindows": [NIGHT, window]})

    assert (refused.status, errors_of(refused)) == (
        422,
        {f"/settings/contactWindows/1{pointer}": code for pointer, code in errors.items()},
    )


def test_a_window_may_end_at_midnight_and_begin_where_it_ends(api: ApiClient) -> None:
    windows = [{"start": "18:00", "end": "24:00"}, {"days": ["SUN"], "start": "10:00", "end": "10:00"}]

    assert create(api, "step", {"contactWindows": windows}).json["settings"] == {"contactWindows": windows}
