"""The tool, and the API over HTTP for it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

import pytest

from retention.bootstrap import Application
from tests.gateway import Gateway, serving
from tests.tools.cli.running import Ran, Run
from tools.cli.__main__ import main

ADMIN = {"keyId": "test", "scopes": "admin"}
#: A key in the form that keys have.
KEY = "rk_test_0123456789abcdefghijklmnopqrstuv"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The tool where no application runs and the environment names none; its words are no terminal's."""
    for name in ("RETENTION_URL", "RETENTION_KEY", "RETENTION_STACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main([*arguments, "--folder", str(tmp_path / "none")])
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return call


@pytest.fixture
def served(app: Application) -> Iterator[str]:
    """The address of the API, whose imports and exports are done by the time that it has answered."""
    gateway = Gateway(app, lambda _: ADMIN)

    def at_once(environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = b"".join(gateway(environ, start_response))
        if environ["REQUEST_METHOD"] == "POST" and answer and (job := json.loads(answer).get("jobId")):
            app.runner.run(job, lambda: True)
        return [answer]

    with serving(at_once) as url:
        yield url


@pytest.fixture
def tool(run: Run, served: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The tool with the API as its target."""
    monkeypatch.setenv("RETENTION_URL", served)
    monkeypatch.setenv("RETENTION_KEY", KEY)
    return run
