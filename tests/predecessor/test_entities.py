"""What becomes of each entity, by the words of docs/predecessor.md."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retention.conversions.identity import Visitor
from retention.sequences import grammar
from tests.predecessor.converted import Converted
from tests.predecessor.files import DAY, Rows, database, sound, zoo
from tools.predecessor import words
from tools.stack.places import ROOT

LEAD: Rows = {"Lead": [{"id": "l1"}]}


def convert(tmp_path: Path, rows: Any, **columns: str) -> Converted:
    return Converted(database(tmp_path / "dev.db", rows, columns=columns))


# --- ids -------------------------------------------------------------------------------------------------------


def test_old_ids_stay_or_are_pointed_from(tmp_path: Path) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    for table in ("Lead", "Campaign", "Script", "RetentionSequence", "SequenceStep", "ConversionRule"):
        assert set(converted.records(table)) == {
            one["id"] for one in converted.records(table).values() if len(one["id"]) == 2
        }
    pointers = {former: (one["of"], one["now"]) for former, one in converted.records("FormerId").items()}
    assert pointers == {
        "a1": ("CampaignLead", "l1.c1"),
        "a2": ("CampaignLead", "l2.c1"),
        "b1": ("ABTest", "c1.b1"),
        "e1": ("SequenceEnrollment", "l1.s1"),
        "i1": ("IntegrationConfig", "vapi"),
        "i2": ("IntegrationConfig", "twilio"),
        "k1": ("ContactAttempt", "l1.s1.1.t1"),
        "k2": ("ContactAttempt", "l1.k2"),
        "v1": ("Conversion", Visitor("keitaro", "sub", "sub-1").first_id()),
        "x1": ("SequenceStepExecution", "l1.s1.1.t1"),
        "x2": ("SequenceStepExecution", "l1.s1.1.t2"),
    }


def test_an_id_with_odd_characters_gets_another_and_is_pointed_from(tmp_path: Path) -> None:
    converted = convert(tmp_path, {"Lead": [{"id": "a/b #1"}], "ContactAttempt": [{"id": "k.1", "leadId": "a/b #1"}]})
    (lead,) = converted.records("Lead").values()
    (attempt,) = converted.records("ContactAttempt").values()
    assert attempt["leadId"] == lead["id"]
    assert attempt["id"].startswith(lead["id"] + ".")
    assert converted.records("FormerId")["a/b #1"]["now"] == lead["id"]


# --- people ------------------------------------------------------------------------------------------------------


def test_whoever_is_not_to_be_contacted_is_stopped_with_all_that_share_an_address(tmp_path: Path) -> None:
    converted = convert(
        tmp_path,
        {
            "Lead": [
                {"id": "l1", "phone": "+12125550101"},
                {
                    "id": "l2",
                    "phone": "(212) 555-0101",
                    "status": "do-not-contact",
                    "updatedAt": "2026-03-01T00:00:00Z",
                },
                {"id": "l3", "status": "REJECTED"},
                {"id": "l4", "meta": '{"optedOut": true}'},
                {"id": "l5", "doNotContact": 1},
                {"id": "l6", "doNotContact": 0},
            ]
        },
        Lead="doNotContact INTEGER",
    )
    stopped = {lead: one["internal"].get("stopReason") if "internal" in one else None
               for lead, one in converted.records("Contact").items()}  # fmt: skip
    reasons = {lead: one.get("stopReason", stopped[lead]) for lead, one in converted.records("Contact").items()}
    assert reasons == {
        "l1": "DO_NOT_CONTACT", "l2": "DO_NOT_CONTACT", "l3": None, "l4": "OPT_OUT", "l5": "DO_NOT_CONTACT", "l6": None,
    }  # fmt: skip
    assert converted.records("Contact")["l2"]["stoppedAt"] == "2026-03-01T00:00:00.000Z"
    assert {lead: one["status"] for lead, one in converted.records("Lead").items()} == {
        "l1": "NEW", "l2": "LOST", "l3": "LOST", "l4": "NEW", "l5": "NEW", "l6": "NEW",
    }  # fmt: skip


def test_all_leads_come_and_an_address_belongs_to_the_first(tmp_path: Path) -> None:
    rows = {"Lead": [{"id": "l1", "email": "ADA@example.com"}, {"id": "l2", "email": "ada@Example.COM "}]}
    converted = convert(tmp_path, rows)
    assert {one["email"].lower() for one in converted.records("Lead").values()} == {"ada@example.com"}
    owners = {lead: one.get("internal", {}).get("owns") for lead, one in converted.records("Contact").items()}
    assert owners == {"l1": ["email"], "l2": None}
    assert converted.records("EmailClaim")["ada@example.com"]["leadId"] == "l1"
    assert ("l2", "owner", "normalised", "shared_email") in converted.listed("Lead")


def test_what_has_no_place_is_kept_in_free_data(tmp_path: Path) -> None:
    rows = {"Lead": [{"id": "l1", "phone": "call me", "source": "Landing Page", "meta": '{"a": 1}', "vip": 1}]}
    lead = convert(tmp_path, rows, Lead="vip INTEGER").records("Lead")["l1"]
    assert lead["source"] == "API"
    assert lead["meta"] == {"a": 1, "sourceLabel": "Landing Page", "predecessor": {"phone": "call me", "vip": 1}}


def test_recent_contacts_count_for_frequency_caps(tmp_path: Path) -> None:
    rows = {
        **LEAD,
        "ContactAttempt": [{"id": "k1"}, {"id": "k2", "status": "FAILED", "startedAt": "2026-03-01T00:00:00Z"}],
    }
    contact = convert(tmp_path, rows).records("Contact")["l1"]
    assert contact["lastContactedAt"] == "2026-02-10T10:00:00.000Z"
    assert contact["recent"] == {"SMS": [1770717600]}


# --- campaigns -----------------------------------------------------------------------------------------------------


def test_who_was_contacted_for_a_campaign_is_not_begun_anew(tmp_path: Path) -> None:
    converted = convert(
        tmp_path,
        {
            "Lead": [{"id": "l1"}, {"id": "l2"}, {"id": "l3"}],
            "Campaign": [{"id": "c1", "status": "ACTIVE"}],
            "CampaignLead": [
                {"id": "a1"}, {"id": "a2", "leadId": "l2"}, {"id": "a3", "leadId": "l3", "status": "IN_PROGRESS"},
                {"id": "a4", "leadId": "l3"},
            ],
            "ContactAttempt": [{"id": "k1", "campaignId": "c1"}],
        },
    )  # fmt: skip
    progress = {
        one["leadId"]: one.get("internal", {}).get("progress") for one in converted.records("CampaignLead").values()
    }
    day = "2026-02-10T10:00:00.000Z"
    assert progress == {"l1": {"SMS": {"n": 0, "open": False, "sent": day}}, "l2": None, "l3": {}}
    assert ("a4", None, "refused", "duplicate") in converted.listed("CampaignLead")


# --- scripts and tests -----------------------------------------------------------------------------------------------


def test_scripts(tmp_path: Path) -> None:
    records = Converted(zoo(tmp_path / "dev.db")).records("Script")
    assert records["p2"]["content"] == {"subject": "Hi", "html": "<p>Hi</p>", "text": None}
    assert records["p3"]["content"] == "Just words"
    assert "p4" not in records


def test_a_long_script_has_its_words_apart(tmp_path: Path) -> None:
    converted = Converted(sound(tmp_path / "dev.db"))
    assert "content" not in converted.records("Script")["p2"]
    assert converted.records("ScriptBody")["p2"]["content"].startswith("Dear {{firstName}}")


def test_a_large_email_keeps_its_parts(tmp_path: Path) -> None:
    html = "<p>ü</p>" * 20_000
    scripts = [
        {"id": "p1", "type": "EMAIL", "content": json.dumps({"subject": "Hi", "body": html})},
        {"id": "p2", "type": "EMAIL", "content": json.dumps({"subject": "Hi", "html": html * 3, "text": "t" * 90_000})},
    ]
    converted = convert(tmp_path, {"Script": scripts})
    bodies = converted.records("ScriptBody")
    assert bodies["p1"]["content"]["html"] == html
    kept = bodies["p2"]["content"]["html"]
    assert (html * 3).startswith(kept)
    assert len(kept) > 150_000
    assert ("p2", "content", "normalised", "too_long") in converted.listed("Script")
    assert converted.compared().examples == []


def test_variants_that_are_words_become_scripts(tmp_path: Path) -> None:
    converted = Converted(zoo(tmp_path / "dev.db"))
    test = converted.records("ABTest")["c1.b1"]
    assert (test["status"], test["winnerId"], test["variantA"]) == ("RUNNING", "B", "p1")
    assert converted.records("Script")[test["variantB"]]["content"] == "Words, no script"
    assert converted.records("ABTest")["c1.b2"]["status"] == "PAUSED"
    assert [one["testId"] for one in converted.records("RunningABTest").values()] == ["c1.b1"]


# --- sequences -------------------------------------------------------------------------------------------------------


def test_steps_are_numbered_from_zero_and_unreadable_conditions_never_hold(tmp_path: Path) -> None:
    records = Converted(zoo(tmp_path / "dev.db")).records("SequenceStep")
    assert [records[f"t{n}"]["stepOrder"] for n in (1, 2, 3)] == [0, 1, 2]
    assert (records["t2"]["delayValue"], records["t2"]["delayUnit"]) == (2, "HOURS")
    for step in ("t3", "t5"):
        with pytest.raises(grammar.UnreadableError):
            grammar.read(records[step]["conditions"])


def test_a_trigger_keeps_what_means_something(tmp_path: Path) -> None:
    records = Converted(zoo(tmp_path / "dev.db")).records("RetentionSequence")
    assert records["s1"]["triggerType"] == "manual"
    assert records["s2"]["triggerConfig"] == {"minDaysSinceLastContact": 7, "excludeStatus": ["LOST"]}
    assert records["s2"]["settings"] == {"lateness": {"policy": "skip", "limitMinutes": 1440}}


def test_an_enrollment_waits_for_its_first_open_step_only(tmp_path: Path) -> None:
    steps = [{"id": f"t{n}", "stepOrder": n} for n in range(4)]
    later = {"status": "SCHEDULED", "executedAt": None}
    converted = convert(
        tmp_path,
        {
            "Lead": [{"id": "l1"}, {"id": "l2"}],
            "RetentionSequence": [{"id": "s1"}],
            "SequenceStep": steps,
            "SequenceEnrollment": [{"id": "e1", "currentStep": 3}, {"id": "e2", "leadId": "l2", "status": "CANCELLED"}],
            "SequenceStepExecution": [
                {"id": "x0", "stepId": "t0"},
                {"id": "x2", "stepId": "t2", **later, "scheduledAt": "2026-02-14T10:00:00Z"},
                {"id": "x1", "stepId": "t1", **later, "scheduledAt": "2026-02-12T10:00:00Z"},
                {"id": "x3", "stepId": "t0", "enrollmentId": "e2", **later, "scheduledAt": DAY},
            ],
        },
    )
    enrollments = converted.records("SequenceEnrollment")
    assert (enrollments["l1.s1"]["currentStep"], enrollments["l1.s1"]["internal"]["waitingFor"]) == (1, "t1")
    executions = converted.records("SequenceStepExecution")
    assert set(executions) == {"l1.s1.1.t0", "l1.s1.1.t1", "l2.s1.1.t0"}
    assert executions["l1.s1.1.t1"]["internal"]["dueAt"] == executions["l1.s1.1.t1"]["scheduledAt"]
    assert executions["l2.s1.1.t0"]["status"] == "SKIPPED"
    assert "dueAt" not in executions["l2.s1.1.t0"]["internal"]
    assert ("x2", None, "refused", "planned_later") in converted.listed("SequenceStepExecution")
    assert converted.made.owed.steps == 1


def test_the_attempt_of_a_step_has_the_id_of_its_execution(tmp_path: Path) -> None:
    made, later = {"contactAttemptId": "k1"}, {"status": "SCHEDULED", "executedAt": None, "scheduledAt": DAY}
    converted = convert(
        tmp_path,
        {
            "Lead": [{"id": "l1"}, {"id": "l2"}],
            "RetentionSequence": [{"id": "s1"}, {"id": "s2"}],
            "SequenceStep": [{"id": "t1"}, {"id": "t2", "stepOrder": 1}, {"id": "t3", "sequenceId": "s2"}],
            "SequenceEnrollment": [{"id": "e1"}, {"id": "e2", "leadId": "l2"}],
            "ContactAttempt": [{"id": f"k{n}"} for n in range(1, 6)],
            "SequenceStepExecution": [
                {"id": "x1", **made},
                # A second one for the same step, one that is still to come, of another lead, of another sequence.
                {"id": "x2", "contactAttemptId": "k2"},
                {"id": "x3", "contactAttemptId": "k3", "stepId": "t2", **later},
                {"id": "x4", "contactAttemptId": "k4", "enrollmentId": "e2"},
                {"id": "x5", "contactAttemptId": "k5", "stepId": "t3"},
            ],
            "Conversion": [{"id": "v1", "leadId": "l1", **made}],
        },
    )
    assert set(converted.records("ContactAttempt")) == {"l1.s1.1.t1", "l1.k2", "l1.k3", "l1.k4", "l1.k5"}
    assert converted.records("SequenceStepExecution")["l1.s1.1.t1"]["contactAttemptId"] == "l1.s1.1.t1"
    assert converted.records("Conversion")["v1"]["contactAttemptId"] == "l1.s1.1.t1"
    assert converted.records("FormerId")["k1"]["now"] == "l1.s1.1.t1"
    assert converted.compared().examples == []


# --- money ---------------------------------------------------------------------------------------------------------


def test_conversions_are_found_by_a_later_report(tmp_path: Path) -> None:
    rows = [
        {"id": "v1", "status": "sale", "subId": "u1", "revenue": 10.1},
        {
            "id": "v2",
            "status": "reject",
            "subId": "u1",
            "revenue": 50,
            "postbackData": '{"tid": 7, "status": "reject"}',
        },
        {"id": "v3", "status": "trial_started", "revenue": -5},
        {"id": "v4", "subId": "u1"},
    ]
    converted = convert(tmp_path, {"Conversion": rows})
    visitor = Visitor("keitaro", "sub", "u1")
    here = {former: one["now"] for former, one in converted.records("FormerId").items()}
    assert here == {"v1": visitor.first_id(), "v2": visitor.id_of("7")}
    records = converted.records("Conversion")
    told = {name: (one["status"], Decimal(str(one["revenue"]))) for name, one in records.items()}
    assert told == {
        visitor.first_id(): ("customer", Decimal("10.1")),
        visitor.id_of("7"): ("churn", Decimal(0)),
        "v3": ("lead", Decimal(0)),
        "v4": ("lead", Decimal(0)),
    }
    assert records[visitor.id_of("7")]["postbackData"]["predecessor"] == {"status": "reject", "revenue": "50"}
    assert records["v3"]["postbackData"]["predecessor"] == {"status": "trial_started", "revenue": "-5"}


def test_percentages_become_shares(tmp_path: Path) -> None:
    rules = [{"id": "r1", "conversionRate": 12.5}, {"id": "r2", "value": "hi", "conversionRate": 0.5}]
    records = convert(tmp_path, {"ConversionRule": rules}).records("ConversionRule")
    assert [str(records[one]["conversionRate"]) for one in ("r1", "r2")] == ["0.125", "0.005"]


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "known"), words.ALL.items())
def test_every_word_becomes_one_of_ours(column: str, known: words.Words) -> None:
    for said, meant in known.others.items():
        assert meant in known.own, (column, said)
        assert known.meaning(said.lower().replace("_", " ")) == meant
    assert known.meaning("never heard of") is None
    assert known.unknown is None or known.unknown in known.own


def test_the_documentation_has_every_word() -> None:
    page = (ROOT / "docs/predecessor.md").read_text(encoding="utf-8")
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if line.count("|") == 5}
    for column, known in words.ALL.items():
        assert set(known.others) | set(known.own) <= set(re.findall(r"[\w-]+", lines[column])), column


@pytest.mark.parametrize(
    ("said", "status", "rejected"),
    [("lead", "lead", False), ("sale", "customer", False), ("Rebill", "customer", False), ("reject", "churn", True),
     ("approved", "customer", False), ("hold", "lead", False), ("churn", "churn", False),
     ("qualified", "qualified", False), ("odd", "lead", False)],
)  # fmt: skip
def test_words_of_conversions(said: str, status: str, rejected: bool) -> None:
    outcome = words.conversion(said)
    assert (outcome.status, outcome.is_rejected) == (status, rejected)
