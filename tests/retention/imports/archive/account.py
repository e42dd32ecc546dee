"""An account as an archive, and an archive taken in: the stages driven by hand, chunk by chunk."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import boto3

from retention.bootstrap import Application, build
from retention.clock import ManualClock
from retention.config import Settings
from retention.entity import Entity
from retention.imports.archive import applying
from retention.imports.cancelling import import_key
from retention.imports.files import upload_key
from retention.imports.model import Import
from retention.jobs.runner import Chunk
from retention.keyring import Keyring
from retention.moving.archive import ArchiveReader, ArchiveWriter
from retention.moving.carrying import carried
from retention.moving.kinds import CARRIED
from retention.moving.records import line_of
from retention.moving.storage import Transfers
from retention.suppressions.adopted import AdoptedKey
from retention.suppressions.adopting import key_text
from retention.table.items import from_raw
from retention.table.keys import key_of
from retention.table.writes import Create
from tests.conftest import create_table
from tests.integrity import scan
from tests.offline import offline

_stacks = count()


def another_stack(clock: ManualClock, root: str = "another root secret") -> Application:
    """A stack of its own: an empty table, a bucket, secrets, and another root secret."""
    name = f"other-{next(_stacks)}"
    create_table(name)
    configured = Settings(
        table_name=name,
        transfer_bucket=f"{name}-files",
        integration_secrets_prefix=f"/{name}/integrations",
        webhook_keys_prefix=f"/{name}/webhooks",
        delete_settle_seconds=5,
    )
    boto3.client("s3").create_bucket(Bucket=configured.transfer_bucket)
    keyring = Keyring(lambda: root, AdoptedKey(configured, clock))
    return build(configured, clock=clock, keyring=keyring, http=offline(configured, clock))


def items_of(app: Application) -> Iterator[Entity]:
    """What of a table an archive carries."""
    return (from_raw(CARRIED[raw["kind"]["S"]], raw) for raw in scan(app) if raw["kind"]["S"] in CARRIED)


def archive_of(app: Application) -> bytes:
    """All of an account, at a moment at which nothing happens."""
    suppressed = any(type(item).__name__ in ("Suppression", "LiftedSuppression") for item in items_of(app))
    return written(list(items_of(app)), **({"suppressionKey": key_text(app.core)} if suppressed else {}))


def written(items: list[Entity], **about: Any) -> bytes:
    """Some items as an archive."""
    lines: dict[str, list[bytes]] = {}
    for item in sorted(items, key=key_of):
        lines.setdefault(type(item).__name__, []).append(line_of(carried(item)))
    return archived(lines, **about)


def archived(lines: Mapping[str, list[bytes]], **about: Any) -> bytes:
    """Some lines as an archive."""
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    for kind in CARRIED:
        if kind in lines:
            writer.add(kind, lines[kind])
    writer.close(**about)
    return out.getvalue()


def kinds_in(archive: bytes) -> set[str]:
    """The kinds of which an archive has records."""
    return {kind for kind, _ in ArchiveReader(io.BytesIO(archive)).kinds}


def given(app: Application, archive: bytes) -> str:
    """An import whose file has been put."""
    now, identifier = app.core.now(), app.core.ids.new()
    Transfers(app.core).put(upload_key(identifier), archive)
    app.core.store.write(
        Create(
            Import(
                id=identifier, kind="archive", file_name="a.zip", status="running", created_at=now, updated_at=now,
                revision=app.core.ids.revision(),
            )
        )
    )  # fmt: skip
    return identifier


def looked_through(app: Application, archive: bytes) -> dict[str, Any]:
    """What a dry run says."""
    identifier = given(app, archive)
    *_, last = applying.inspect(app.core, {"kind": "Import", "id": identifier}, None)
    found: dict[str, Any] = (last.result or {})["inspection"]
    return found


class TakingIn:
    """One import, from its beginning to its end."""

    def __init__(self, app: Application, archive: bytes) -> None:
        self.app = app
        self.reader = ArchiveReader(io.BytesIO(archive))
        self.id = given(app, archive)

    def chunks(self, checkpoint: Any = None) -> Iterator[Chunk]:
        """Its chunks, from a place on."""
        return applying.apply(self.app.core, {"kind": "Import", "id": self.id}, checkpoint)

    def run(self, wait: Callable[[], object] = lambda: None) -> dict[str, Any]:
        """Take everything in; what the import tells at the end.

        Args:
            wait: lets the time pass that the import wants to wait.
        """
        told: dict[str, Any] = {}
        for _ in range(5):
            left = 0
            for chunk in self.chunks():
                left += chunk.left
                told = (chunk.result or {}).get("progress", told)
            if not left:
                return told
            wait()
        raise AssertionError("it waits for ever")

    def result(self) -> list[dict[str, Any]]:
        """The result, line by line."""
        transfers = Transfers(self.app.core)
        parts = transfers.keys(f"results/{self.id}/part-")
        return [json.loads(line) for part in parts for line in (transfers.get(part) or b"").splitlines()]

    def cancel(self) -> None:
        """Ask it to stop."""
        found = self.app.core.store.find(Import, import_key(self.id))
        assert found is not None
        self.app.core.revise(
            lambda: found, lambda one: (self.app.core.changed(one, cancelling=True), []), if_match=None
        )


def differences(one: bytes, other: bytes) -> list[bytes]:
    """The records that only one of two archives has."""
    first, second = (set(_lines(archive)) for archive in (one, other))
    return sorted(first ^ second)


def _lines(archive: bytes) -> Iterator[bytes]:
    reader = ArchiveReader(io.BytesIO(archive))
    return (line for kind, _ in reader.kinds for line in reader.lines(kind))
