"""The command-line tool against the whole application, each function confined to its role: a day with it."""

import csv
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.stack.places import ROOT
from tools.stack.running import running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("cli")]

Ran = subprocess.CompletedProcess[str]
#: Seconds after which a command hangs.
PATIENCE = 180


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where an application of its own runs, without samples."""
    state: Path = tmp_path_factory.mktemp("stack")
    with running_stack(state_dir=state, enforce_roles=True):
        yield state


@pytest.fixture
def retention(folder: Path, tmp_path: Path) -> Callable[..., Ran]:
    """The script, as a person calls it in a folder of theirs."""

    def call(*words: str) -> Ran:
        command = [str(ROOT / "retention"), *words, "--folder", str(folder)]
        return subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    return call


def test_leads_come_in_go_out_and_are_forgotten(retention: Callable[..., Ran], tmp_path: Path) -> None:
    seeded = retention("seed", "--json")
    assert seeded.returncode == 0, seeded.stderr
    assert json.loads(seeded.stdout)["loaded"][0] == {"what": "leads", "there": 20, "new": 20}

    with (tmp_path / "people.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["First Name", "Last Name", "E-mail", "Mobile", "Tariff"])
        rows.writerow(["Zoë", "Müller", "zoe.canary@example.com", "(202) 555-0177", "=1+1"])
        rows.writerow(["No", "Address", "nonsense", "", ""])
    taken = retention("import-leads", "people.csv", "--yes", "--map", "meta.tariff=Tariff", "--result", "r.jsonl")
    assert taken.returncode == 1, f"a row was rejected: {taken.stderr}"
    assert "1 created, 1 rejected" in taken.stdout
    results = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [one["status"] for one in results] == ["created", "rejected"]

    exported = retention("export", "leads", "--format", "csv", "-o", "leads.csv", "--json")
    assert exported.returncode == 0, exported.stderr
    assert json.loads(exported.stdout)["records"] == 21
    assert "zoe.canary@example.com" in (tmp_path / "leads.csv").read_text(encoding="utf-8-sig")

    assert retention("access", "zoe.canary@example.com", "-o", "zoe.json").returncode == 0
    assert json.loads((tmp_path / "zoe.json").read_text())["lead"]["phone"] == "+12025550177"

    erased = retention("erase", "zoe.canary@example.com", "--yes", "--json")
    assert erased.returncode == 0, erased.stderr
    assert json.loads(erased.stdout)["proof"]["search"]["hits"] == 0
    assert retention("erase", "zoe.canary@example.com", "--yes").returncode == 2, "there is nobody any more"


def test_an_account_goes_out_and_comes_in_again(retention: Callable[..., Ran], tmp_path: Path) -> None:
    assert retention("export", "archive", "-o", "account.zip").returncode == 0
    again = retention("import-archive", "account.zip", "--yes", "--json")

    assert again.returncode == 0, again.stderr
    progress = json.loads(again.stdout)["progress"]
    assert progress["unchanged"] == progress["done"] > 0, "all of it is there"


def test_the_doctor_finds_the_local_stack_sound(retention: Callable[..., Ran]) -> None:
    seen = retention("doctor", "--json")

    assert seen.returncode == 0, seen.stdout
    looked_at = {one["what"] for one in json.loads(seen.stdout)["findings"] if one["level"] == "ok"}
    assert looked_at >= {"answer", "key", "twilio", "sendgrid", "vapi", "webhooks", "JobsDeadLetterQueue"}
