"""Why messages failed, as the log of their function tells it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

#: Events of a log that are read at most: the latest causes are enough to know what is wrong.
MOST_EVENTS: Final = 10_000
#: Entries of a log that name a message. Source: CloudWatch Logs "Filter pattern syntax", JSON.
NAMES_A_MESSAGE: Final = "{ $.message_id = * }"


def causes(logs: Any, stack: str, function: str, since: datetime) -> Mapping[str, str]:
    """The cause of each failure that a function's log tells of, by the id of the message; {} where it cannot be read.

    Args:
        logs: a client of CloudWatch Logs, or the folder with a log for each function.
        since: when the oldest of the messages was sent.
    """
    try:
        lines = _local(logs, function) if isinstance(logs, Path) else _remote(logs, stack, function, since)
        return dict(_told(lines))
    except (BotoCoreError, ClientError, OSError):
        return {}


def _told(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("message_id"), str):
            yield entry["message_id"], str(entry.get("cause") or entry.get("message"))


def _local(folder: Path, function: str) -> Iterator[str]:
    with (folder / f"{function}.log").open(encoding="utf-8", errors="replace") as log:
        yield from log


def _remote(logs: Any, stack: str, function: str, since: datetime) -> Iterator[str]:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{stack}-{function}",
        startTime=int((since - timedelta(minutes=1)).timestamp() * 1000),
        filterPattern=NAMES_A_MESSAGE,
        PaginationConfig={"MaxItems": MOST_EVENTS},
    )
    for page in pages:
        yield from (event["message"] for event in page["events"])
