"""What events tell: what is listed, and nothing else."""

import json
from decimal import Decimal

import pytest

from retention.conversions.model import ConversionInput
from retention.leads.model import LeadInput
from retention.outbound.contents import DATA
from retention.outbound.model import EVENT_TYPES, EventType
from retention.outbound.postback import MACROS
from tests.house.source import ROOT
from tests.retention.outbound.team import Team

PAGE = (ROOT / "docs" / "outbound.md").read_text(encoding="utf-8")


def test_every_type_is_listed() -> None:
    assert set(DATA) == set(EVENT_TYPES)


@pytest.mark.parametrize("what", EVENT_TYPES)
def test_the_page_says_what_each_event_tells(what: EventType) -> None:
    assert f"`{what}`" in PAGE
    for name, meaning in DATA[what].items():
        assert f"| `{name}` | {meaning} |" in PAGE


def test_the_page_names_every_macro() -> None:
    assert [name for name in MACROS if f"`{{{name}}}`" not in PAGE] == []


def test_what_is_not_listed_is_not_told(team: Team) -> None:
    team.endpoint(events=["lead.created"])

    team.happens("l1", what="lead.created", leadId="l1", email="ada@example.com", source=None)

    assert json.loads(team.only().payload)["data"] == {"leadId": "l1"}


def test_leads_and_conversions_are_told_as_listed(team: Team) -> None:
    team.endpoint(events=["lead.created", "lead.stopped", "conversion.recorded"])

    lead = team.app.intake.create(LeadInput(first_name="Ada", last_name="Lovelace", external_id="crm-1")).lead
    team.app.leads.stop(lead.id, "DO_NOT_CONTACT")
    team.app.conversions.create(
        ConversionInput(lead_id=lead.id, status="customer", revenue=Decimal("129.50"), sub_id="s1", source="shop")
    )

    told = {one.type: json.loads(one.payload, parse_float=Decimal)["data"] for one in team.all()}
    assert told["lead.created"] == {"leadId": lead.id, "externalId": "crm-1", "source": "MANUAL"}
    assert told["lead.stopped"] == {
        "leadId": lead.id, "reason": "DO_NOT_CONTACT", "at": "2026-02-18T12:00:00.000Z",
    }  # fmt: skip
    conversion = told["conversion.recorded"]
    assert (conversion["leadId"], conversion["status"], conversion["revenue"], conversion["subId"]) == (
        lead.id, "customer", Decimal("129.5"), "s1",
    )  # fmt: skip
