"""Databases as the predecessor leaves them: row by row, in both shapes, and one with every fault that was seen."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tools.predecessor.ddl import SCHEMA
from tools.predecessor.shape import FIRST_RELEASE

DAY: Final = "2026-02-10T10:00:00.000+00:00"
Rows = Mapping[str, Iterable[Mapping[str, Any]]]
#: What a row says where a test does not.
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "Lead": {"firstName": "Ada", "lastName": "Lovelace", "source": "MANUAL", "status": "NEW"},
    "Campaign": {"name": "Spring", "status": "DRAFT", "channels": "[]"},
    "CampaignLead": {"campaignId": "c1", "leadId": "l1", "status": "PENDING", "assignedAt": DAY},
    "Script": {"name": "Hello", "type": "SMS", "content": "Hello {{firstName}}", "isDefault": 0},
    "ContactAttempt": {"leadId": "l1", "channel": "SMS", "status": "SUCCESS", "startedAt": DAY},
    "IntegrationConfig": {"provider": "vapi", "type": "CALL", "config": "{}", "isActive": 1},
    "RetentionSequence": {
        "name": "Win back", "status": "ACTIVE", "channels": "[]", "triggerType": "manual", "triggerConfig": "{}",
    },
    "SequenceStep": {
        "sequenceId": "s1", "stepOrder": 0, "channel": "SMS", "delayValue": 0, "delayUnit": "HOURS", "conditions": "{}",
        "isActive": 1,
    },
    "SequenceEnrollment": {"sequenceId": "s1", "leadId": "l1", "status": "ACTIVE", "currentStep": 0, "enrolledAt": DAY,
                           "meta": "{}"},
    "SequenceStepExecution": {"enrollmentId": "e1", "stepId": "t1", "status": "SENT", "result": "{}",
                              "executedAt": DAY},
    "Conversion": {"revenue": 0, "status": "lead", "source": "keitaro", "createdAt": DAY},
    "ConversionRule": {"channel": "SMS", "metric": "word", "value": "hello", "conversionRate": 0, "sampleSize": 0,
                       "confidence": 0},
    "ABTest": {"campaignId": "c1", "channel": "SMS", "variantA": "p1", "variantB": "p2", "status": "RUNNING",
               "startedAt": DAY, "statsA": "{}", "statsB": "{}"},
}  # fmt: skip
_DATED: Final = frozenset(_USUAL) - {
    "CampaignLead", "ContactAttempt", "SequenceEnrollment", "SequenceStepExecution", "Conversion", "ABTest",
}  # fmt: skip


def database(
    path: Path, rows: Rows, *, tables: Iterable[str] = SCHEMA, columns: Mapping[str, str] | None = None
) -> Path:
    """A database with these rows.

    Args:
        tables: those that the file has.
        columns: columns of its own by table, as SQL has them.
    """
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    for table in tables:
        connection.executescript(SCHEMA[table].replace(" NOT NULL", ""))
        for column in (columns or {}).get(table, "").split(","):
            if column:
                connection.execute(f'ALTER TABLE "{table}" ADD COLUMN {column}')
    for table, many in rows.items():
        dated = {"createdAt": DAY, "updatedAt": DAY} if table in _DATED else {}
        for row in many:
            whole = {**dated, **_USUAL[table], **row}
            named, marks = ", ".join(f'"{name}"' for name in whole), ", ".join("?" * len(whole))
            connection.execute(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', list(whole.values()))
    connection.commit()
    connection.close()
    return path


def first_release(path: Path) -> Path:
    """A file of the first release: six tables, no sequences."""
    return database(
        path, {table: _SOUND[table] for table in _SOUND if table in FIRST_RELEASE}, tables=sorted(FIRST_RELEASE)
    )


def sound(path: Path) -> Path:
    """A file with rows of all thirteen entities, all of them as schema.md has them."""
    return database(path, _SOUND)


_SOUND: Final[Rows] = {
    "Lead": [
        {"id": "l1", "externalId": "crm-1", "phone": "+12125550101", "email": "ada@example.com",
         "meta": '{"plan": "gold", "score": 1.50}', "notes": "Met in May"},
        {"id": "l2", "firstName": "Zoë 🎉", "lastName": "O'Brien", "status": "CONVERTED", "source": "META"},
    ],
    "Campaign": [{"id": "c1", "status": "ACTIVE", "channels": '["SMS", "EMAIL"]', "meta": "{}", "startDate": DAY}],
    "CampaignLead": [{"id": "a1"}, {"id": "a2", "leadId": "l2", "status": "COMPLETED", "completedAt": DAY}],
    "Script": [
        {"id": "p1", "campaignId": "c1"},
        {"id": "p2", "content": "Dear {{firstName}}, " + "and so on. " * 500},
        {"id": "p3", "type": "CALL", "content": None, "vapiConfig": '{"instructions": "Be kind.", "temperature": 0.7}'},
        {"id": "p4", "type": "EMAIL", "content": json.dumps({"subject": "Hello", "html": "<p>Hello</p>"})},
    ],
    "ContactAttempt": [
        {"id": "k1", "campaignId": "c1", "scriptId": "p1", "provider": "twilio", "providerRef": "SM1", "cost": 0.0075,
         "completedAt": DAY},
        {"id": "k2", "channel": "CALL", "status": "NO_ANSWER", "duration": 12, "cost": 0.1},
    ],
    "IntegrationConfig": [
        {"id": "i1", "config": '{"apiKey": "vapi_live_1", "baseUrl": "https://api.vapi.ai"}'},
        {"id": "i2", "provider": "twilio", "type": "SMS",
         "config": '{"accountSid": "AC1", "authToken": "very-secret-1", "fromNumber": "+15005550006"}'},
    ],
    "RetentionSequence": [{"id": "s1", "channels": '["SMS"]', "triggerType": "new_lead",
                           "triggerConfig": '{"sources": ["META"], "campaigns": ["c1"]}'}],
    "SequenceStep": [
        {"id": "t1", "scriptId": "p1"},
        {"id": "t2", "stepOrder": 1, "delayValue": 2, "delayUnit": "DAYS", "conditions": '{"converted": false}'},
    ],
    "SequenceEnrollment": [{"id": "e1", "currentStep": 1, "lastStepAt": DAY, "meta": '{"by": "hand"}'}],
    "SequenceStepExecution": [
        {"id": "x1", "contactAttemptId": "k1", "scheduledAt": DAY, "result": '{"provider": "twilio"}'},
        {"id": "x2", "stepId": "t2", "status": "SCHEDULED", "scheduledAt": "2026-02-12T10:00:00.000+00:00",
         "executedAt": None},
    ],
    "Conversion": [
        {"id": "v1", "leadId": "l1", "campaignId": "c1", "channel": "SMS", "revenue": 99.9, "status": "customer",
         "subId": "sub-1", "contactAttemptId": "k1", "postbackData": '{"tid": "t-1", "payout": "99.90"}'},
        {"id": "v2", "source": "direct", "status": "lead"},
    ],
    "ConversionRule": [{"id": "r1", "conversionRate": 0.125, "sampleSize": 80, "confidence": 0.9}],
    "ABTest": [{"id": "b1", "winnerId": "A", "statsA": '{"impressions": 150, "clicks": 35, "conversions": 8, '
                '"revenue": 2400.00, "ctr": 0.233, "conversionRate": 0.053, "roas": 3.2}'}],
}  # fmt: skip


def zoo(path: Path) -> Path:
    """A file with every fault: what was seen in real ones, and worse."""
    wide = "x" * 1_000_000
    return database(
        path,
        {
            "Lead": [
                {"id": "l1", "email": " ADA@Example.com ", "phone": "(212) 555-0101",
                 "createdAt": "2026-02-10T10:00:00Z"},
                {"id": "l2", "email": "ada@example.com", "status": "DO_NOT_CONTACT",
                 "createdAt": "2026-02-10 10:00:00"},
                {"id": "l3", "phone": "212.555.0101", "status": "REJECTED", "createdAt": 1770717600000},
                {"id": "l4", "email": "nobody", "phone": "12", "status": "whatever", "source": "Landing Page",
                 "createdAt": 1770717600000.5},
                {"id": "l5", "firstName": "", "lastName": "  ", "meta": '{"broken": ', "createdAt": "yesterday"},
                {"id": "l6", "firstName": "N\x00ul", "notes": wide, "meta": "[1, 2]",
                 "createdAt": "0001-01-01 00:00:00"},
                {"id": "l7", "firstName": "🎉" * 300, "externalId": "e" * 300, "createdAt": "9999-12-31T23:59:59.999Z"},
                {"id": "l8 ö/#.", "firstName": 7, "email": b"\xff\xfe", "meta": '{"a": 1, "a": 2}'},
                {"id": "l9", "meta": json.dumps({"deep": _nested(60)}), "createdAt": "2026-02-30T10:00:00Z"},
                {"id": "l10", "meta": json.dumps({"large": "y" * 20_000}), "status": None, "source": None},
                {"id": "l11", "meta": '{"unsubscribed": true}', "vip": 1, "company": "Analytical Engines"},
                {"id": None}, {"id": ""},
            ],
            "Campaign": [
                {"id": "c1", "status": "running", "channels": '["sms", "SMS", "FAX"]', "name": ""},
                {"id": "c2", "channels": "SMS", "meta": '"text"', "startDate": 1770717600, "endDate": "2026-02-10"},
                {"id": "c3", "status": "ACTIVE"},
            ],
            "CampaignLead": [
                {"id": "a1"}, {"id": "a2"}, {"id": "a3", "leadId": "gone"}, {"id": "a4", "campaignId": "gone"},
                {"id": "a5", "leadId": "l8 ö/#.", "status": "skipped"}, {"id": "a6", "leadId": "l4", "status": "odd"},
            ],
            "Script": [
                {"id": "p1", "campaignId": "gone"},
                {"id": "p2", "type": "email", "content": '{"subject": "Hi", "body": "<p>Hi</p>", "preheader": "x"}'},
                {"id": "p3", "type": "EMAIL", "content": "Just words"},
                {"id": "p4", "type": "FAX"}, {"id": "p5", "content": None}, {"id": "p6", "content": wide},
                {"id": "p7", "type": "CALL", "vapiConfig": "{oops"}, {"id": "p8", "vapiConfig": '{"model": "m"}'},
            ],
            "ContactAttempt": [
                {"id": "k0", "status": "SCHEDULED"}, {"id": "k1", "status": "COMPLETED"},
                {"id": "k2", "status": "CANCELLED"},
                {"id": "k3", "leadId": "gone"}, {"id": "k4", "campaignId": "gone", "scriptId": "gone"},
                {"id": "k5", "cost": -1.5, "duration": -3, "channel": "sms"}, {"id": "k6", "channel": "PIGEON"},
                {"id": "k7", "cost": 0.1 + 0.2, "duration": 12.6, "status": "??", "startedAt": None},
                {"id": "k8", "cost": "a lot", "duration": "long", "completedAt": "soon", "notes": "n" * 20_000},
            ],
            "IntegrationConfig": [
                {"id": "i1", "config": '{"apiKey": "vapi-hidden-1", "webhookUrl": "https://old.example.com", '
                 '"mySecretThing": "vapi-hidden-2", "baseUrl": "https://evil.example.com"}'},
                {"id": "i2", "config": '{"apiKey": "vapi-hidden-3"}'},
                {"id": "i3", "provider": "mailgun", "config": '{"apiKey": "mailgun-hidden"}'},
                {"id": "i4", "provider": "SendGrid", "type": "SMS", "config": '{"apiKey": "sg-hidden", broken'},
            ],
            "RetentionSequence": [
                {"id": "s1", "triggerType": "on_signup", "triggerConfig": '{"sources": ["X"]}'},
                {"id": "s2", "status": "running", "triggerType": "no_conversion", "triggerConfig":
                 '{"minDaysSinceLastContact": 7, "excludeStatus": ["DO_NOT_CONTACT", "LOST", "?"], "limit": 200}'},
            ],
            "SequenceStep": [
                {"id": "t1", "stepOrder": 1}, {"id": "t2", "stepOrder": 2, "delayUnit": "MINUTES", "delayValue": 90},
                {"id": "t3", "stepOrder": 3, "conditions": '{"onlyIf": "notConverted"}', "scriptId": "gone"},
                {"id": "t4", "sequenceId": "gone"}, {"id": "t5", "stepOrder": "x", "conditions": "{", "delayValue": -1},
                {"id": "t6", "sequenceId": "s2", "delayValue": 10**9, "delayUnit": "YEARS"},
            ],
            "SequenceEnrollment": [
                {"id": "e1", "currentStep": 2}, {"id": "e2"}, {"id": "e3", "leadId": "gone"},
                {"id": "e4", "leadId": "l2", "status": "FINISHED"}, {"id": "e5", "leadId": "l3", "meta": "null"},
            ],
            "SequenceStepExecution": [
                {"id": "x1"}, {"id": "x2", "stepId": "t2", "status": "SCHEDULED", "scheduledAt": 1770717600000},
                {"id": "x3", "stepId": "t3", "status": "PENDING"}, {"id": "x4", "stepId": "gone"},
                {"id": "x5", "enrollmentId": "gone"}, {"id": "x6"}, {"id": "x7", "stepId": "t6"},
                {"id": "x8", "enrollmentId": "e4", "status": "SCHEDULED", "scheduledAt": DAY, "executedAt": None},
                {"id": "x9", "enrollmentId": "e5", "status": "SCHEDULED", "contactAttemptId": "gone", "result": "[]"},
            ],
            "Conversion": [
                {"id": "v1", "status": "sale", "subId": "u1", "revenue": "1e3"},
                {"id": "v2", "status": "reject", "subId": "u1", "revenue": 50, "postbackData": '{"tid": 7}'},
                {"id": "v3", "status": "trial_started", "revenue": -5, "leadId": "gone", "campaignId": "gone"},
                {"id": "v4", "subId": "u1", "channel": "radio", "contactAttemptId": "k3", "postbackData": "a=b&c=d"},
                {"id": "v5", "clickId": "z" * 400, "revenue": 1e300, "status": "", "source": ""},
            ],
            "ConversionRule": [
                {"id": "r1", "conversionRate": 12.5, "confidence": 2}, {"id": "r2"}, {"id": "r3", "value": "x" * 300},
                {"id": "r4", "value": "", "channel": "SMS"}, {"id": "r5", "metric": "hour", "sampleSize": -4},
            ],
            "ABTest": [
                {"id": "b1", "status": "ACTIVE", "variantB": "Words, no script", "winnerId": "variantB"},
                {"id": "b2", "variantB": "p1", "statsA": '{"clicks": "many", "ctr": 23.3, "opens": 4}'},
                {"id": "b3", "campaignId": "gone"}, {"id": "b4", "variantA": "", "statsB": "{"},
                {"id": "b5", "campaignId": "c3", "variantB": "p1", "winnerId": "nobody"},
            ],
        },
        columns={"Lead": "vip INTEGER,company TEXT", "Script": "language TEXT"},
    )  # fmt: skip


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value
