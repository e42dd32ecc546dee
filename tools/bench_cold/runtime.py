"""Starts a function in Lambda's own runtime, by the emulator that the SAM command line brings.

The emulator measures as Lambda does: wall time from the start of the process to its first question for work.
"""

import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from importlib.metadata import distribution
from pathlib import Path

from tools.bench_cold.layout import ROOT, Layout, copy_package
from tools.bench_cold.measure import StartFailedError, environment
from tools.bench_cold.subjects import Subject
from tools.stack.ports import free_port

#: Names of processors, ours by Python's.
PROCESSORS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

#: Seconds that the emulator and a function get to answer.
PATIENCE_SECONDS = 60

#: What the emulator logs of a start that succeeded.
INIT = re.compile(r"INIT RTDONE\(status: success\).*?INIT REPORT\(durationMs: ([0-9.]+)\)", re.DOTALL)


def emulator() -> Path | None:
    """The emulator for this processor, if the SAM command line is installed here and the system is Linux."""
    name = f"aws-lambda-rie-{PROCESSORS.get(platform.machine().lower(), 'none')}"
    found = sorted(ROOT.glob(f".venvs/sam/lib/python*/site-packages/samcli/local/rapid/{name}"))
    return found[0] if found and sys.platform == "linux" else None


def init_milliseconds(binary: Path, subject: Subject, layout: Layout, endpoint: str) -> float:
    """Wall milliseconds that the runtime reports for the start of one function.

    Raises:
        StartFailedError: the emulator reported none.
    """
    with tempfile.TemporaryDirectory() as scratch:
        interface = _runtime_interface(Path(scratch, "runtime"))
        boot = f"import sys; sys.path[:0] = {[*layout.path, str(interface)]!r}; sys.argv[1:] = [{subject.handler!r}]; "
        boot += "from awslambdaric.__main__ import main; main(sys.argv)"
        inbound, inside = free_port(), free_port()
        command = [str(binary), "--runtime-interface-emulator-address", f"127.0.0.1:{inbound}"]
        command += ["--runtime-api-address", f"127.0.0.1:{inside}"]
        command += [sys.executable, "-I", "-S", "-B", "-c", boot]
        log = Path(scratch, "log")
        told = {
            "_HANDLER": subject.handler,
            "LAMBDA_TASK_ROOT": str(layout.functions),
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(PATIENCE_SECONDS),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment(endpoint) | told,
                start_new_session=True,
            )
            try:
                _invoke(f"http://127.0.0.1:{inbound}/2015-03-31/functions/function/invocations", subject.event)
                return _reported(log)
            finally:
                # The emulator and the runtime that it started, which are one group of processes.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _runtime_interface(folder: Path) -> Path:
    """Lambda's runtime interface in a folder of its own; beside it there would be every package of this environment."""
    names = ["awslambdaric"]
    for name in names:
        copy_package(name, folder)
        for requirement in distribution(name).requires or ():
            if needed := re.match(r"[A-Za-z0-9._-]+(?!.*extra *==)", requirement):
                names.append(needed[0])
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder)], check=True)
    return folder


def _invoke(url: str, event: object) -> None:
    """Sends one event as soon as the emulator listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, json.dumps(event).encode(), timeout=PATIENCE_SECONDS).read()
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise StartFailedError("the emulator does not answer") from error
            time.sleep(0.02)
        else:
            return


def _reported(log: Path) -> float:
    """The init time in the emulator's log, which it writes just after the answer."""
    deadline = time.monotonic() + 2
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := INIT.search(said):
            return float(found[1])
        if time.monotonic() > deadline:
            raise StartFailedError(f"the emulator reported no start: {said.strip()[-2000:]}")
        time.sleep(0.02)
