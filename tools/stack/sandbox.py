"""The sandbox of the providers beside the local stack: its process, and the integrations that send through it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.sandbox.accounts import integrations
from tools.stack.emulator import last_lines
from tools.stack.http import call
from tools.stack.memory import recall, remember
from tools.stack.places import ROOT
from tools.stack.ports import HOST

#: Seconds that it gets to leave; measured: a few hundredths.
STOP_TIMEOUT = 10.0

#: Calls that may be under way at a time: the most that an integration takes. A place is free again when its call is
#: reported to have ended, or a quarter of an hour later.
CONCURRENCY = 1000


class SandboxError(Exception):
    """The sandbox does not work; the message ends with the last lines of its log."""


class Sandbox:
    """One running sandbox. It leaves by itself when this process dies, however it dies: its input then ends."""

    def __init__(self, port: int, *, folder: Path, log: Path, webhooks: str, anchor: Path) -> None:
        """Starts the process without waiting for it.

        Args:
            folder: keeps the ledger.
            log: file that takes what it prints.
            webhooks: base of the addresses that receive its reports.
            anchor: what its clock goes by.
        """
        self.url = f"http://{HOST}:{port}"
        self._log = log
        command = [sys.executable, "-m", "tools.sandbox", "--port", str(port), "--folder", str(folder)]
        command += ["--webhooks", webhooks, "--clock", str(anchor), "--concurrency", str(CONCURRENCY)]
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                # A group of its own: Ctrl-C reaches us alone.
                start_new_session=True,
            )

    def integrate(self, endpoint: str, url: str, key: str) -> None:
        """Let the application at `url` send through it, where it does not know a provider yet.

        An integration that went through the sandbox of an earlier run, at another port, goes through this one. Any
        other is its owner's business.

        Raises:
            SandboxError: the sandbox did not start, or the application refuses it.
        """
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith(b"ready"):
            raise SandboxError(f"the sandbox did not start; see {self._log}:\n{last_lines(self._log)}")
        public_key = call("GET", f"{self.url}/_sandbox").json()["sendgridPublicKey"]
        earlier, published = recall(endpoint, "sandbox-url"), recall(endpoint, "webhook-keys")
        for provider, wanted in integrations(self.url, public_key=public_key, concurrency=CONCURRENCY).items():
            path = f"{url}/v1/integrations/{provider}"
            known = call("GET", path, key)
            if known.status == 404:
                done = call("PUT", path, key, wanted)
            elif earlier not in (None, self.url) and known.json()["config"].get("baseUrl") == earlier:
                done = call("PATCH", path, key, {"config": {"baseUrl": self.url}})
            elif not published:
                # One from before there were webhooks: any change tells them its keys.
                done = call("PATCH", path, key, {"isActive": known.json()["isActive"]})
            else:
                continue
            if done.status >= 400:
                raise SandboxError(f"{path}: {done.status} {done.body.decode(errors='replace')[:500]}")
        if earlier != self.url:
            remember(endpoint, "sandbox-url", self.url)
        if not published:
            remember(endpoint, "webhook-keys", "published")

    def stop(self) -> None:
        """Lets it leave."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT)
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def running_beside(port: int, *, folder: Path, log: Path, webhooks: str, anchor: Path) -> Iterator[Sandbox]:
    """A sandbox for as long as the block runs; arguments as of `Sandbox`."""
    sandbox = Sandbox(port, folder=folder, log=log, webhooks=webhooks, anchor=anchor)
    try:
        yield sandbox
    finally:
        sandbox.stop()
