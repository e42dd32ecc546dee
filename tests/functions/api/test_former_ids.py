"""What was imported is found by the id that it had in the system before this one."""

import pytest

from retention.bootstrap import Application
from retention.moving.former import FormerId, note_of
from retention.table.keys import key
from retention.table.writes import Create
from tests import factories
from tests.api_client import ApiClient

OLD = "clx000000000000000000000"


@pytest.fixture
def now(app: Application) -> dict[str, str]:
    """Items of a lead, and the ids that they have here by the kind."""
    lead, campaign, sequence = factories.a_lead(), factories.a_campaign(), factories.a_sequence()
    step = factories.a_step(sequence)
    enrollment = factories.an_enrollment(lead, sequence)
    execution = factories.an_execution(enrollment, step)
    attempt, test = factories.an_attempt(lead), factories.a_test(campaign)
    conversion = factories.a_conversion()
    items = [lead, factories.a_contact(lead), campaign, sequence, step, enrollment, execution, attempt, test]
    factories.load(app, [*items, *conversion])
    named = {
        "SequenceEnrollment": enrollment.id,
        "SequenceStepExecution": execution.id,
        "ContactAttempt": attempt.id,
        "ABTest": test.id,
        "Conversion": str(vars(conversion[0])["id"]),
    }
    for kind, identifier in named.items():
        former = FormerId(former=OLD, of=kind, now=identifier)
        note = note_of(former)
        app.core.store.write(Create(former), *([] if note is None else [Create(note)]))
    return {**named, "Lead": lead.id}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("enrollments", "SequenceEnrollment"),
        ("executions", "SequenceStepExecution"),
        ("contact-attempts", "ContactAttempt"),
        ("ab-tests", "ABTest"),
        ("conversions", "Conversion"),
    ],
)
def test_an_item_is_found_by_its_former_id_and_says_its_own(
    api: ApiClient, now: dict[str, str], path: str, kind: str
) -> None:
    answer = api("GET", f"/v1/{path}/{OLD}")

    assert answer.status == 200
    assert answer.json["id"] == now[kind]
    assert api("GET", f"/v1/{path}/{OLD}x").status == 404


def test_what_hangs_on_an_item_is_found_too(api: ApiClient, now: dict[str, str]) -> None:
    listed = api("GET", f"/v1/enrollments/{OLD}/executions").json["data"]
    filtered = api("GET", f"/v1/executions?enrollmentId={OLD}").json["data"]
    noted = api("PATCH", f"/v1/contact-attempts/{OLD}", {"notes": "as before"})

    assert [one["id"] for one in listed] == [one["id"] for one in filtered] == [now["SequenceStepExecution"]]
    assert (noted.status, noted.json["id"]) == (200, now["ContactAttempt"])


def test_a_reference_in_a_body_may_be_a_former_id(api: ApiClient, now: dict[str, str]) -> None:
    made = api("POST", "/v1/conversions", {"subId": "s", "source": "shop", "contactAttemptId": OLD})

    assert made.json["contactAttemptId"] == now["ContactAttempt"]


def test_an_id_of_ours_is_not_looked_up(app: Application, api: ApiClient, now: dict[str, str]) -> None:
    own = now["ContactAttempt"]
    app.core.store.write(Create(FormerId(former=own, of="ContactAttempt", now="some.thing-else")))

    assert api("GET", f"/v1/contact-attempts/{own}").json["id"] == own


def test_deleting_the_lead_takes_the_former_ids_of_what_it_had_with_it(
    app: Application, api: ApiClient, now: dict[str, str]
) -> None:
    api("DELETE", f"/v1/leads/{now['Lead']}")

    for kind in ("SequenceEnrollment", "SequenceStepExecution", "ContactAttempt"):
        assert app.core.store.find(FormerId, key("FormerId", former=OLD, of=kind)) is None, kind
    assert api("GET", f"/v1/contact-attempts/{OLD}").status == 404


def test_an_integration_is_found_by_the_id_that_it_had(app: Application, api: ApiClient) -> None:
    config = {"accountSid": "AC" + "0" * 32, "authToken": "t" * 32, "fromNumber": "+15559990000"}
    api("PUT", "/v1/integrations/twilio", {"config": config})
    app.core.store.write(Create(FormerId(former=OLD, of="IntegrationConfig", now="twilio")))

    assert api("GET", f"/v1/integrations/{OLD}").json["provider"] == "twilio"
