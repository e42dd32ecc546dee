"""The stand-in for AWS (ministack) as a child process, alone or with the front of the local stack."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tools.stack.aws import ACCOUNT, REGION, isolated
from tools.stack.lock import name_holder
from tools.stack.places import ROOT, STAND_IN_PYTHON
from tools.stack.ports import HOST, free_port

#: Seconds that a start may take before it counts as failed; measured: 1 to 2.
START_TIMEOUT = 30.0

#: Seconds that the stand-in gets to save its state and leave; measured: below 1, and 4 with 40,000 items.
STOP_TIMEOUT = 60.0

#: Seconds that an execution environment beyond a function's first stays warm without work.
WARM_SECONDS = 60

#: Port that stands in the addresses of queues, whatever the one that the stand-in listens on.
NAMED_PORT = 4566


class EmulatorError(Exception):
    """The stand-in did not start, or died; the message ends with the last lines of its log."""


class Emulator:
    """One running stand-in. It leaves by itself when this process dies, however it dies: its input then ends."""

    def __init__(
        self,
        aws_port: int,
        *,
        log: Path,
        state: Path | None = None,
        front_port: int | None = None,
        concurrency: int = 8,
        enforce_roles: bool = False,
        forget_at_exit: Path | None = None,
        lock: IO[str] | None = None,
    ) -> None:
        """Starts the process without waiting for it; see `wait_until_ready`.

        Args:
            aws_port: port of the AWS interface.
            log: file that takes what the stand-in prints.
            state: folder that keeps the state between runs; None keeps it in memory only.
            front_port: port of the application's own address; None when only AWS is wanted.
            concurrency: HTTP requests that the application works on at a time; each needs a process of about 100 MB.
            enforce_roles: whether a function may do only what its role allows, as on AWS; each call takes longer then.
            forget_at_exit: a file that the stand-in removes when it leaves.
            lock: a lock that the stand-in holds for as long as it lives; it is taken over and closed here.
        """
        if not STAND_IN_PYTHON.exists():
            raise EmulatorError(f"{STAND_IN_PYTHON} is missing: run `make install` first")
        self.endpoint = f"http://{HOST}:{aws_port}"
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(STAND_IN_PYTHON), "-m", "tools.stack.host", "--aws-port", str(aws_port)]
        if state is not None:
            command += ["--state", str(state)]
        if front_port is not None:
            command += ["--front-port", str(front_port), "--concurrency", str(concurrency)]
        if forget_at_exit is not None:
            command += ["--forget-at-exit", str(forget_at_exit)]
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=_environment(self.endpoint, concurrency, _empty(log.parent / "tmp"))
                | {"AUTH": str(enforce_roles).lower()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                # A group of its own: Ctrl-C reaches us alone, and we can end whatever it started with it.
                start_new_session=True,
                pass_fds=(lock.fileno(),) if lock else (),
            )
        if lock:
            name_holder(lock, self.process.pid)
            lock.close()

    def wait_until_ready(self) -> None:
        """Returns once AWS calls are answered.

        Raises:
            EmulatorError: the process ended or took longer than `START_TIMEOUT`.
        """
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            said = self.process.stdout.readline() if selector.select(START_TIMEOUT) else ""
        if said.strip() != "ready":
            self.stop()
            raise EmulatorError(f"the stand-in for AWS did not start; see {self._log}:\n{last_lines(self._log)}")

    def serve(self, api_id: str) -> None:
        """Tells the front which HTTP API it stands for; until then it answers 503."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"serve {api_id}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """Lets it save and leave, then ends whatever is left of its process group."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_TIMEOUT)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _empty(folder: Path) -> Path:
    """A folder for temporary files, without what a killed run left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _environment(endpoint: str, concurrency: int, temporary: Path) -> dict[str, str]:
    return isolated(os.environ) | {
        "PYTHONPATH": str(ROOT),
        # Each warm execution environment of a function keeps its stub in a folder of its own.
        "TMPDIR": str(temporary),
        # Not where it listens, which the command line tells, but part of the names of queues: were it another one in
        # the next run, nobody would find the queues of the saved state.
        "GATEWAY_PORT": str(NAMED_PORT),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LOG_LEVEL": "WARNING",
        # Listeners that we have no use for; each costs start-up time and a port.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_WARM_TTL_SECONDS": str(WARM_SECONDS),
        # Above the front's own limit, so that requests wait there for a place instead of being refused here.
        "LAMBDA_ACCOUNT_CONCURRENCY": str(2 * concurrency + 32),
        # The endpoint that the functions call is this one; nothing of the user's may lead elsewhere.
        "AWS_ENDPOINT_URL": endpoint,
    }


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, or a note that there is none."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"


@contextmanager
def running_emulator(port: int | None = None) -> Iterator[str]:
    """A bare stand-in on a free port for as long as the block runs; yields its endpoint. State is in memory only."""
    with tempfile.TemporaryDirectory(prefix="retention-aws-") as folder:
        emulator = Emulator(port or free_port(), log=Path(folder) / "aws.log")
        try:
            emulator.wait_until_ready()
            yield emulator.endpoint
        finally:
            emulator.stop()
