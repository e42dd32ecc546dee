"""One stack, seen over its API: files are taken in, and the account is exported."""

import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tools.bench_engine.deployed import worker_settings
from tools.bench_engine.progress import Progress
from tools.cli.client import Client
from tools.stack.aws import client
from tools.stack.record import Record

#: Seconds between two looks at how far something is.
LOOK: Final = 0.5
#: Seconds that a file may take on its way, and without any progress after which nothing more is waited for.
TRANSFER: Final = 600.0
PATIENCE: Final = 300.0
#: Looks in a row at which a queue must be empty: a message may be between two of them.
QUIET: Final = 4
#: What tells how many messages a queue holds.
_HELD: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
#: Where an import or an export does not go on by itself.
_RESTING: Final = frozenset({"inspected", "succeeded", "failed", "cancelled"})

# A proxy of the user's is not meant for addresses of this machine.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class WentWrongError(Exception):
    """Something did not end as it must."""


class Account:
    """The account of a running stack."""

    def __init__(self, running: Record, progress: Progress) -> None:
        self._client = Client(running.url, running.apiKey)
        self._progress = progress
        self._endpoint = running.awsEndpoint
        self._sqs = client("sqs", running.awsEndpoint)

    def clear(self) -> None:
        """Have nothing sent, and take away the integrations that a local stack is born with: it is empty then.

        Only what comes in and goes out is measured, and nothing changes in between.
        """
        self._client.post("/v1/sending/hold", {"reason": "rates of imports are measured"})
        for one in self._client.pages("/v1/integrations"):
            self._client.ask("DELETE", f"/v1/integrations/{one['provider']}")

    def put(self, path: Path, kind: str) -> str:
        """Bring a file up; returns the id of its import.

        Raises:
            WentWrongError: it is not taken.
        """
        made = self._client.post("/v1/imports", {"kind": kind, "fileName": path.name})
        link = made["upload"]
        headers = {**link["headers"], "Content-Length": str(path.stat().st_size)}
        with path.open("rb") as file:
            request = urllib.request.Request(link["url"], data=file, headers=headers, method=link["method"])
            try:
                with _OPENER.open(request, timeout=TRANSFER):
                    return str(made["id"])
            except urllib.error.HTTPError as refusal:
                raise WentWrongError(f"the bucket answers {refusal.code} to {path.name}") from None

    def work(self, import_id: str, verb: str, options: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Have a file inspected, or taken in: the import as it is then, and the seconds that it took.

        Raises:
            WentWrongError: it failed, or does not go on.
        """
        began = time.monotonic()
        self._client.post(f"/v1/imports/{import_id}/{verb}", dict(options))
        return self._until_rest(f"/v1/imports/{import_id}", verb), time.monotonic() - began

    def export(self, to: Path) -> tuple[dict[str, Any], float]:
        """Have the whole account exported and get the file: the export, and the seconds until the file was here.

        Raises:
            WentWrongError: it failed, or does not go on.
        """
        began = time.monotonic()
        made = self._client.post("/v1/exports", {"kind": "archive"})
        done = self._until_rest(f"/v1/exports/{made['id']}", "export")
        link = self._client.get(f"/v1/exports/{made['id']}/file")
        request = urllib.request.Request(link["url"], headers=link["headers"], method=link["method"])
        with _OPENER.open(request, timeout=TRANSFER) as answer, to.open("wb") as file:
            shutil.copyfileobj(answer, file)
        return done, time.monotonic() - began

    def _job(self, of: Mapping[str, Any]) -> str:
        if not of.get("jobId"):
            return "none"
        job = self._client.get(f"/v1/jobs/{of['jobId']}")
        return f"{job['status']}, {job['error']}"

    def rest(self) -> float:
        """Wait until the jobs function has nothing left to do, such as triggers of new leads; returns the seconds.

        Raises:
            WentWrongError: it does not come to rest.
        """
        queue = worker_settings(self._endpoint).jobs_queue_url
        began = moved = time.monotonic()
        held, quiet = -1, 0
        while quiet < QUIET:
            told = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(_HELD))["Attributes"]
            now = sum(int(number) for number in told.values())
            if now != held:
                held, moved = now, time.monotonic()
            if time.monotonic() - moved > PATIENCE and held:
                raise WentWrongError(f"{held} messages have stood in the jobs queue for {PATIENCE:.0f} s")
            quiet = 0 if held else quiet + 1
            self._progress.show("what follows:", f"{held} messages")
            time.sleep(LOOK)
        return time.monotonic() - began

    def _until_rest(self, path: str, what: str) -> dict[str, Any]:
        seen, moved = None, time.monotonic()
        while True:
            now: dict[str, Any] = self._client.get(path)
            progress = now.get("progress") or {"done": now.get("records"), "total": None}
            if now["status"] in _RESTING:
                break
            if (progress, now["status"]) != seen:
                seen, moved = (progress, now["status"]), time.monotonic()
            if time.monotonic() - moved > PATIENCE:
                raise WentWrongError(f"{path} has stood at {progress} for {PATIENCE:.0f} s; its job: {self._job(now)}")
            of = f" of {progress['total']:,}" if progress["total"] else ""
            self._progress.show(f"{what}:", f"{progress['done'] or 0:,}{of}")
            time.sleep(LOOK)
        if now["status"] in ("failed", "cancelled"):
            raise WentWrongError(f"{path} {now['status']}: {now.get('error')}")
        return now
