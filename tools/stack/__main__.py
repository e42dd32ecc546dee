"""`make run`: the whole application on this machine until Ctrl-C."""

import argparse
import os
import secrets
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tools.stack import lock, record
from tools.stack.adminkey import NoAdminKeyError
from tools.stack.clock import held_pace
from tools.stack.deploy import DeploymentError
from tools.stack.emulator import EmulatorError, last_lines
from tools.stack.places import LOCAL, ROOT
from tools.stack.running import CannotRunError, Options, Stack, run
from tools.stack.sandbox import SandboxError
from tools.stack.seeding import SeedError
from tools.stack.template import TemplateError

#: Port that `make run` serves on unless told.
DEFAULT_PORT = 4600

#: Seconds that `make stop` waits for the stack to leave.
STOP_TIMEOUT = 70.0

#: What a person can do something about: shown as a message, without a traceback.
EXPECTED = (CannotRunError, DeploymentError, EmulatorError, NoAdminKeyError, SandboxError, SeedError, TemplateError)


class _Leave(BaseException):
    """Somebody asked the process to end."""


def _leave(number: int, frame: FrameType | None) -> None:
    # Asked twice, it still leaves in order: the state is being saved.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise _Leave


def serve(options: Options) -> int:
    """Runs the stack until somebody stops it; returns the exit status."""
    began = time.monotonic()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _leave)
    print("Starting Retention Center ...", flush=True)
    try:
        with run(options, say=lambda line: print(line, flush=True)) as stack:
            print(welcome(stack, time.monotonic() - began, options.logs), flush=True)
            status = stack.emulator.process.wait()
            print(f"The stand-in for AWS died ({status}):\n{last_lines(options.logs / 'aws.log')}", file=sys.stderr)
            return 1
    except _Leave:
        print("\nStopped; the state is kept.", flush=True)
        return 0
    except EXPECTED as failure:
        print(f"\n{failure}\nThe logs are in {_short(options.logs)}.", file=sys.stderr)
        return 1


def welcome(stack: Stack, seconds: float, logs: Path) -> str:
    """What a person reads when the stack is ready."""
    url, key = stack.record.url, stack.record.apiKey
    return f"""
Retention Center is ready after {seconds:.1f} s.

  Address  {url}
  API key  {key}
  Docs     {url}/v1/docs
  AWS      {stack.record.awsEndpoint}, the stand-in; table {stack.record.tableName}
  Sandbox  {stack.record.sandboxUrl}/_sandbox, in place of all providers: nothing leaves this machine
  Logs     {_short(logs)}

List the leads:
  curl -s '{url}/v1/leads?limit=5' -H 'Authorization: Bearer {key}'

Create one:
  curl -s {url}/v1/leads -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{"firstName": "Ada", "lastName": "Lovelace", "email": "ada.{secrets.token_hex(2)}@example.com"}}'

See a sequence run: make demo

A changed source file is served without a restart. Ctrl-C stops everything; the state is kept."""


def stop(options: Options, quiet: bool) -> int:
    """Asks the stack that runs in this folder to leave and waits until it has."""
    path = options.folder / "run.lock"
    until = time.monotonic() + STOP_TIMEOUT
    asked = False
    while True:
        try:
            lock.take(path).close()
        except lock.LockedError as locked:
            if not asked and locked.holder is not None:
                with suppress(ProcessLookupError):
                    os.kill(locked.holder, signal.SIGTERM)
                asked = True
            if time.monotonic() > until:
                print(f"Process {locked.holder} does not leave.", file=sys.stderr)
                return 1
            time.sleep(lock.POLL)
        else:
            if not quiet:
                print("Stopped; the state is kept." if asked else "Nothing runs.")
            return 0


def hold(options: Options, pace: float) -> int:
    """Lets the clock of the stack that runs in this folder go fast until somebody stops it."""
    if record.read(options.record) is None:
        print("No stack runs here: start it with `make run` in another terminal.", file=sys.stderr)
        return 2
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _leave)
    try:
        with held_pace(options.anchor, pace):
            print(f"The clock goes {pace:g} times as fast as usual until Ctrl-C.", flush=True)
            signal.pause()
    except _Leave:
        print("\nThe clock goes at its usual pace again; it stays ahead until `make reset`.", flush=True)
    return 0


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not Name=Value")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--folder", type=Path, default=LOCAL, help="where state, record and logs are kept")
    parser.add_argument("--parameter", type=_parameter, action="append", default=[], metavar="Name=Value")
    parser.add_argument("--enforce-roles", action="store_true", help="let functions do only what their roles allow")
    parser.add_argument("--no-seed", action="store_true", help="start without the sample data")
    parser.add_argument("--stop", action="store_true", help="stop the stack that runs in the folder")
    parser.add_argument("--pace", type=float, help="make the clock of the stack that runs go so many times as fast")
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    if not 1024 <= arguments.port <= 65535:
        parser.error(f"PORT={arguments.port}: a port from 1024 to 65535 is needed")
    options = Options(arguments.port, arguments.folder.resolve(), dict(arguments.parameter), seed=not arguments.no_seed)
    if arguments.pace is not None:
        return hold(options, arguments.pace) if arguments.pace >= 1 else parser.error("--pace N: 1 or more")
    return stop(options, arguments.quiet) if arguments.stop else serve(options)


if __name__ == "__main__":
    sys.exit(main())
