"""A database of the predecessor with as many rows as wanted, for trials: `python -m tools.predecessor.sample FILE`.

The same number of rows makes the same file. No address in it reaches anybody: example.com, and numbers set aside for
fiction.
"""

import argparse
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tools.predecessor.ddl import SCHEMA

_BEGIN: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_FIRST: Final = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Linus", "Frances", "Ken")
_LAST: Final = (
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Perlman",
    "Torvalds",
    "Allen",
    "Thompson",
)
_LEAD_STATUS: Final = ("NEW", "CONTACTED", "IN_PROGRESS", "CONVERTED", "LOST", "CONTACTED", "NEW", "DO_NOT_CONTACT")
_ATTEMPT_STATUS: Final = ("SUCCESS", "NO_ANSWER", "FAILED", "COMPLETED")
_CHANNELS: Final = ("EMAIL", "SMS", "CALL")
#: Of ten rows that belong to leads: leads, assignments, attempts, enrollments, executions, conversions.
_SHARES: Final = {
    "Lead": 3,
    "CampaignLead": 1,
    "ContactAttempt": 2,
    "SequenceEnrollment": 1,
    "SequenceStepExecution": 2,
}


def write(path: Path, rows: int) -> int:
    """Write a database of about so many rows; how many there are."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as file:
        for statement in SCHEMA.values():
            file.executescript(statement)
        count = 0
        for table, tuples in (*_settings(), *_people(rows)):
            batch = list(tuples)
            count += len(batch)
            if batch:
                marks = ", ".join("?" * len(batch[0]))
                file.executemany(f'INSERT INTO "{table}" VALUES ({marks})', batch)
    file.close()
    return count


def _at(hours: float) -> str:
    return (_BEGIN + timedelta(hours=hours)).isoformat(timespec="milliseconds")


def _settings() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    day = _at(0)
    yield (
        "Campaign",
        [
            (f"cmp{n}", f"Campaign {n}", None, status, '["EMAIL","SMS"]', None, day, None, day, day)
            for n, status in enumerate(("ACTIVE", "PAUSED", "DRAFT", "COMPLETED"))
        ],
    )
    words = {
        "EMAIL": json.dumps({"subject": "Hello {{firstName}}", "body": "<p>How are you?</p>"}),
        "SMS": "Hello {{firstName}}",
    }
    yield "Script", [
        (f"scr{channel}", f"Script {channel}", channel, words.get(channel),
         '{"instructions":"Be kind."}' if channel == "CALL" else None, None, 1, day, day)
        for channel in _CHANNELS
    ]  # fmt: skip
    yield (
        "RetentionSequence",
        [
            (f"seq{n}", f"Sequence {n}", None, status, '["EMAIL"]', "manual", "{}", day, day)
            for n, status in enumerate(("ACTIVE", "PAUSED"))
        ],
    )
    yield (
        "SequenceStep",
        [
            (f"stp{n}{place}", f"seq{n}", place, "EMAIL", "scrEMAIL", place, "DAYS", "{}", 1, day, day)
            for n in range(2)
            for place in range(3)
        ],
    )
    yield "ConversionRule", [("rul0", "EMAIL", "word", "hello", 0.12, 250, 0.9, day, day)]
    yield "ABTest", [
        ("abt0", "cmp0", "SMS", "scrSMS", "Another text for {{firstName}}", "RUNNING", None, day, None,
         '{"impressions":150,"clicks":35,"conversions":8,"revenue":2400.00,"ctr":0.233,"roas":3.2}', "{}")
    ]  # fmt: skip
    yield "IntegrationConfig", [
        ("int0", "vapi", "CALL", '{"apiKey":"vapi_test_key","webhookUrl":"https://old.example.com/vapi"}', 1, day, day),
        ("int1", "twilio", "SMS", '{"accountSid":"AC_test","authToken":"token_test","fromNumber":"+15005550006"}', 1,
         day, day),
    ]  # fmt: skip


def _people(rows: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    unit = max(rows // 10, 1)
    number = {table: share * unit for table, share in _SHARES.items()}
    leads = number["Lead"]
    yield "Lead", [
        (f"led{n:07}", f"crm-{n}", _FIRST[n % 10], _LAST[n // 10 % 10], f"+1212555{n:04}" if n < 10_000 else None,
         f"person{n}@example.com", ("MANUAL", "META", "API")[n % 3], _LEAD_STATUS[n % 8],
         f'{{"plan":"{"gold" if n % 5 else "free"}"}}', None, _at(n / 60), _at(n / 60 + 1))
        for n in range(leads)
    ]  # fmt: skip
    yield (
        "CampaignLead",
        [
            (
                f"asg{n:07}",
                f"cmp{n % 4}",
                f"led{n:07}",
                ("PENDING", "IN_PROGRESS", "COMPLETED")[n % 3],
                _at(n / 60 + 1),
                None,
            )
            for n in range(number["CampaignLead"])
        ],
    )
    yield "ContactAttempt", [
        (f"att{n:07}", f"led{n % leads:07}", "cmp0" if n % 2 else None, _CHANNELS[n % 3], _ATTEMPT_STATUS[n % 4],
         f"scr{_CHANNELS[n % 3]}", ("sendgrid", "twilio", "vapi")[n % 3], f"ref-{n}", _at(n / 60 + 2),
         _at(n / 60 + 2.1), 60 if n % 3 == 2 else None, 0.05, None, None)
        for n in range(number["ContactAttempt"])
    ]  # fmt: skip
    yield "SequenceEnrollment", [
        (f"enr{n:07}", f"seq{n % 2}", f"led{n:07}", ("ACTIVE", "PAUSED", "COMPLETED")[n % 3], 1, _at(n / 60 + 3),
         _at(n / 60 + 30) if n % 3 == 2 else None, _at(n / 60 + 4), "{}")
        for n in range(number["SequenceEnrollment"])
    ]  # fmt: skip
    yield "SequenceStepExecution", [
        (f"exe{n:07}", f"enr{n // 2:07}", f"stp{n // 2 % 2}{n % 2}", f"att{n // 2:07}" if n % 2 == 0 else None,
         "SENT" if n % 2 == 0 else ("SKIPPED" if n // 2 % 3 == 2 else "SCHEDULED"), _at(n / 60 + 4 + 24 * (n % 2)),
         _at(n / 60 + 4) if n % 2 == 0 else None, '{"provider":"sendgrid"}')
        for n in range(number["SequenceStepExecution"])
    ]  # fmt: skip
    statuses = ("lead", "sale", "qualified", "customer", "reject")
    yield "Conversion", [
        (f"cnv{n:07}", f"led{n:07}", "cmp0", "EMAIL", 10.5 + n % 90, statuses[n % 5], f"sub-{n}", None, "keitaro",
         f'{{"tid":"t{n}","payout":"{10 + n % 90}.50"}}', f"att{n:07}", _at(n / 60 + 5))
        for n in range(unit)
    ]  # fmt: skip


def main() -> None:
    """Write a file."""
    parser = argparse.ArgumentParser(description="Write a database as the predecessor has them.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    print(f"{given.file}: {write(given.file, given.rows):,} rows")


if __name__ == "__main__":
    main()
