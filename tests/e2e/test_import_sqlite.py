"""The predecessor's database, moved by the command-line tool to a running stack: killed, gone on with, done twice."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import wait_until
from tests.predecessor.files import database
from tools.predecessor import sample
from tools.stack.http import call
from tools.stack.places import ROOT
from tools.stack.record import Record
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("predecessor")]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(state_dir=folder, enforce_roles=True) as running:
        yield running


def begin(stack: Record, *arguments: object) -> "subprocess.Popen[str]":
    """Begin a command of the tool."""
    command = [ROOT / "retention", *arguments, "--url", stack.url, "--key", stack.apiKey, "--json"]
    return subprocess.Popen(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ran(stack: Record, *arguments: object) -> tuple[int, Any]:
    """Run a command; its exit status and what it says to programs."""
    process = begin(stack, *arguments)
    out, err = process.communicate(timeout=300)
    assert out, err
    return process.returncode, json.loads(out)


def get(stack: Record, path: str) -> Any:
    answer = call("GET", stack.url + path, stack.apiKey)
    assert answer.status == 200, (path, answer.body)
    return answer.json()


def test_a_move_that_is_killed_and_left_goes_on_and_comes_once(stack: Record, tmp_path: Path) -> None:
    path = tmp_path / "dev.db"
    sample.write(path, 1000)
    process = begin(stack, "import-sqlite", path, "--yes")
    wait_until(lambda: process.poll() is not None or _is_running(stack), pause=0.01)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert get(stack, "/v1/sending")["held"] is True

    process = begin(stack, "import-sqlite", path, "--yes")
    wait_until(lambda: process.poll() is not None or get(stack, "/v1/exports")["data"], pause=0.01)
    # When its turn comes, the tool has long been told of it, and can remove it.
    wait_until(lambda: not _is_queued(stack), pause=0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert "only the comparison was broken off" in json.loads(out)["error"]["detail"]
    assert get(stack, "/v1/exports")["data"] == [], "nobody fetches it any more"
    (taken,) = get(stack, "/v1/imports")["data"]
    assert taken["progress"]["created"] > 1000, "it went on with what the killed one had begun"

    status, told = ran(stack, "import-sqlite", path, "--yes")
    assert (status, told["verification"]["differences"]) == (0, 0), told["verification"]["examples"]
    assert (told["import"]["progress"]["created"], told["import"]["progress"]["updated"]) == (0, 0)

    assert call("POST", f"{stack.url}/v1/sending/release", stack.apiKey).status == 200
    # What was due months ago is passed over, one step after the other, and nobody hears of it.
    lead = get(stack, "/v1/leads/led0000000")
    assert lead["firstName"] == "Ada"
    due = "/v1/executions?enrollmentId=led0000000.seq0"
    wait_until(lambda: all(one["status"] != "SCHEDULED" or _is_ahead(one) for one in get(stack, due)["data"]))
    reasons = {one["status"]: one["result"].get("reason") for one in get(stack, due)["data"]}
    assert reasons["SKIPPED"] == "too_late"
    assert get(stack, "/v1/enrollments/enr0000000")["id"] == "led0000000.seq0"
    assert call("GET", f"{stack.sandboxUrl}/_sandbox/ledger").json()["entries"] == []


def _is_running(stack: Record) -> bool:
    return any(one["status"] == "running" for one in get(stack, "/v1/imports")["data"])


def _is_queued(stack: Record) -> bool:
    return any(one["status"] == "queued" for one in get(stack, "/v1/exports")["data"])


def _is_ahead(execution: dict[str, Any]) -> bool:
    """Whether it was planned here, after what the file had."""
    return bool(execution["scheduledAt"] > "2026-06")


def test_a_dry_run_changes_nothing(stack: Record, tmp_path: Path) -> None:
    path = database(tmp_path / "other.db", {"Lead": [{"id": "nobody", "email": "broken"}]})
    status, told = ran(stack, "import-sqlite", path, "--dry-run")
    assert status == 0
    assert told["dryRun"]["entities"]["Lead"]["imported"] == 1
    assert call("GET", f"{stack.url}/v1/leads/nobody", stack.apiKey).status == 404


def test_what_is_no_database_ends_with_2(stack: Record, tmp_path: Path) -> None:
    path = tmp_path / "dev.db"
    path.write_text("no database")
    status, told = ran(stack, "import-sqlite", path, "--yes")
    assert status == 2
    assert "no SQLite database" in told["error"]["detail"]
