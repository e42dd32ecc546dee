"""The record of the running stack, .local/stack.json, by which other programs find it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """What others need to use the stack. The names are those in the file."""

    #: Address of the application, without a slash at its end.
    url: str
    #: A key with the scope admin.
    apiKey: str  # noqa: N815 - a name in a JSON file
    #: Address of the stand-in for AWS.
    awsEndpoint: str  # noqa: N815
    region: str
    tableName: str  # noqa: N815
    #: Address that stands for those of Twilio, SendGrid and VAPI.
    sandboxUrl: str  # noqa: N815
    #: Process that runs it: `make stop` asks it to leave.
    pid: int


def write(path: Path, record: Record) -> None:
    """Writes the record at once or not at all, readable by this user only: it holds a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(record), file, indent=2)
        file.write("\n")
    draft.replace(path)


def read(path: Path) -> Record | None:
    """The record, or None if there is none or it is not ours."""
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
