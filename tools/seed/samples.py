"""The sample data of the data model: 20 leads, 3 campaigns, 3 scripts, 16 contact attempts, 2 integrations; and what
shows the way in: a tracked link, a tracker, lead ads, an inbound webhook."""

from typing import Any, Final

_PEOPLE: Final = (
    ("Ada", "Lovelace", "NEW", "META"),
    ("Alan", "Turing", "NEW", "API"),
    ("Barbara", "Liskov", "CONTACTED", "MANUAL"),
    ("Claude", "Shannon", "CONTACTED", "META"),
    ("Donald", "Knuth", "IN_PROGRESS", "API"),
    ("Edsger", "Dijkstra", "IN_PROGRESS", "MANUAL"),
    ("Emmy", "Noether", "CONVERTED", "META"),
    ("Frances", "Allen", "CONVERTED", "API"),
    ("George", "Boole", "LOST", "MANUAL"),
    ("Grace", "Hopper", "NEW", "META"),
    ("Hedy", "Lamarr", "NEW", "API"),
    ("John", "Backus", "CONTACTED", "MANUAL"),
    ("Katherine", "Johnson", "CONTACTED", "META"),
    ("Ken", "Thompson", "IN_PROGRESS", "API"),
    ("Leslie", "Lamport", "IN_PROGRESS", "MANUAL"),
    ("Margaret", "Hamilton", "CONVERTED", "META"),
    ("Niklaus", "Wirth", "LOST", "API"),
    ("Radia", "Perlman", "NEW", "MANUAL"),
    ("Sophie", "Wilson", "CONTACTED", "META"),
    ("Tony", "Hoare", "IN_PROGRESS", "API"),
)

#: Numbers of the range that is kept free for examples, and a domain that RFC 2606 keeps free.
LEADS: Final[list[dict[str, Any]]] = [
    {
        "externalId": f"crm-{1001 + number}",
        "firstName": first,
        "lastName": last,
        "email": f"{first}.{last}@example.com".lower(),
        "phone": f"+1202555{100 + number:04d}",
        "source": source,
        "status": status,
        "meta": {"plan": "pro" if number % 3 == 0 else "basic"},
    }
    for number, (first, last, status, source) in enumerate(_PEOPLE)
]

CAMPAIGNS: Final[list[dict[str, Any]]] = [
    {
        "name": "Spring Outreach",
        "description": "First contact with the leads of spring",
        "status": "ACTIVE",
        "channels": ["CALL", "SMS", "EMAIL"],
        "startDate": "2026-03-01T00:00:00.000Z",
        "endDate": "2026-05-31T23:59:59.999Z",
        # Where {{ link }} leads, in every script of this campaign.
        "meta": {"link": "https://yourapp.com/demo"},
    },
    {
        "name": "Re-engagement",
        "description": "Leads that went quiet",
        "status": "PAUSED",
        "channels": ["SMS", "EMAIL"],
    },
    {
        "name": "Holiday",
        "description": "The end of the year",
        "status": "DRAFT",
        "channels": ["EMAIL"],
        "startDate": "2026-12-01T00:00:00.000Z",
    },
]

#: Each belongs to the campaign of this name.
SCRIPTS: Final[list[tuple[str, dict[str, Any]]]] = [
    (
        "Spring Outreach",
        {
            "name": "Welcome Call Script",
            "type": "CALL",
            "isDefault": True,
            "vapiConfig": {
                "model": "gpt-4o",
                "voice": "alloy",
                "temperature": 0.7,
                "firstMessage": "Hello {{ firstName }}! This is Alex. Do you have a minute?",
                "instructions": "You are Alex, friendly and brief. Ask whether a demo would help. Accept a no.",
            },
        },
    ),
    (
        "Spring Outreach",
        {
            "name": "Follow-up SMS",
            "type": "SMS",
            "isDefault": True,
            "content": (
                'Hi {{ firstName | default: "there" }}, still interested? See {{ link }} Reply STOP to opt out.'
            ),
        },
    ),
    (
        "Re-engagement",
        {
            "name": "We Miss You Email",
            "type": "EMAIL",
            "isDefault": True,
            "content": {
                "subject": "{{ firstName }}, your seat is still free",
                "html": "<p>Hello {{ firstName }},</p><p>come back and have a look.</p>",
                "text": "Hello {{ firstName }}, come back and have a look.",
            },
        },
    ),
]

_OUTCOMES: Final = (
    ("CALL", "SUCCESS", 184, 0.42, "Demo booked"),
    ("CALL", "NO_ANSWER", 0, 0.01, None),
    ("CALL", "FAILED", 0, 0, "Number not in service"),
    ("CALL", "IN_PROGRESS", None, None, None),
    ("CALL", "SUCCESS", 96, 0.21, "Asked to be called next week"),
    ("CALL", "NO_ANSWER", 0, 0.01, None),
    ("SMS", "SUCCESS", None, 0.0079, "Delivered"),
    ("SMS", "SUCCESS", None, 0.0079, "Replied"),
    ("SMS", "FAILED", None, 0.0079, "Unreachable handset"),
    ("SMS", "PENDING", None, None, None),
    ("SMS", "IN_PROGRESS", None, None, None),
    ("EMAIL", "SUCCESS", None, 0.0006, "Opened"),
    ("EMAIL", "SUCCESS", None, 0.0006, "Clicked"),
    ("EMAIL", "FAILED", None, 0.0006, "Bounced"),
    ("EMAIL", "PENDING", None, None, None),
    ("EMAIL", "SUCCESS", None, 0.0006, "Delivered"),
)
_PROVIDERS: Final = {"CALL": "vapi", "SMS": "twilio", "EMAIL": "sendgrid"}

#: Each is about the lead at this position, with the script for its channel. The reference tells them apart.
ATTEMPTS: Final[list[tuple[int, dict[str, Any]]]] = [
    (
        2 + number,
        {
            "channel": channel,
            "status": status,
            "provider": _PROVIDERS[channel],
            "providerRef": f"seed-{number + 1:02d}",
            "startedAt": f"2026-02-{10 + number // 4:02d}T{9 + number % 4 * 2:02d}:00:00.000Z",
            "duration": duration,
            "cost": cost,
            "result": result,
        },
    )
    for number, (channel, status, duration, cost, result) in enumerate(_OUTCOMES)
]

INTEGRATIONS: Final[dict[str, dict[str, Any]]] = {
    "vapi": {
        "type": "CALL",
        "config": {
            "apiKey": "vapi_test_key_xxx",
            "baseUrl": "https://api.vapi.ai",
            "webhookUrl": "https://yourapp.com/webhooks/vapi",
        },
    },
    "twilio": {
        "type": "SMS",
        "config": {
            "accountSid": "AC_test_xxx",
            "authToken": "test_auth_token_xxx",
            "fromNumber": "+15559990000",
            "webhookUrl": "https://yourapp.com/webhooks/twilio/status",
        },
    },
    "keitaro": {
        "type": "TRACKING",
        "config": {"postbackToken": "keitaro-test-token-xxx", "statuses": {"registration": "lead", "trash": "ignore"}},
    },
    "meta": {
        "type": "LEADS",
        "config": {
            "appSecret": "meta_test_secret_xxx",
            "verifyToken": "meta_verify_token_xxx",
            "pageAccessToken": "meta_page_token_xxx",
        },
    },
}

#: Forms and tools that send leads. Sent anything, this one only shows in its log what it would make of it.
INBOUND_WEBHOOKS: Final[list[dict[str, Any]]] = [
    {
        "name": "Website form",
        "slug": "website",
        "sourceLabel": "website",
        "testMode": True,
        "mapping": {
            "fullName": "data.contact.name",
            "email": "data.contact.email",
            "phone": "data.contact.phone",
            "consent": {"sms": "data.consents.0.given"},
            "meta": {"plan": "data.plan"},
        },
    }
]
