"""The whole local stack from start to stop, step by step."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError

from tools.stack import lock, record, ticker
from tools.stack.adminkey import admin_key
from tools.stack.aws import REGION, client, isolated_process
from tools.stack.clock import ANCHOR, FileClock
from tools.stack.deploy import deploy
from tools.stack.emulator import Emulator, last_lines
from tools.stack.gaps import without_gaps
from tools.stack.http import call_once_served
from tools.stack.places import LOCAL, ROOT, SOURCE_ROOTS
from tools.stack.ports import HOST, free_port, is_free
from tools.stack.routes import make_routes
from tools.stack.sandbox import Sandbox, running_beside
from tools.stack.seeding import seed_once
from tools.stack.template import parameters, read, translate, with_live_source
from tools.stack.watch import refresh, watch

#: Values of the template's parameters that differ on a laptop from a deployment.
LOCAL_PARAMETERS = {
    "Stage": "local",
    "DeleteSettleSeconds": "5",
    "Tracing": "PassThrough",
    # Nobody is woken by the sandbox, and nobody wants to wait for the morning.
    "CallHours": "always",
    "SmsHours": "always",
    "EmailHours": "always",
    # Each worker takes a process, and a laptop has few cores.
    "CallMaximumConcurrency": "2",
    "SmsMaximumConcurrency": "2",
    "EmailMaximumConcurrency": "2",
    "InboundMaximumConcurrency": "2",
}

#: Seconds within which the application must be served; measured: a few milliseconds.
FIRST_ANSWER = 10.0

#: HTTP requests worked on at a time. Each takes a process of about 100 MB.
CONCURRENCY = 8

#: Bytes of a log file beyond which a start begins it afresh.
LOG_LIMIT = 10_000_000


class CannotRunError(Exception):
    """The stack cannot run; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """What a run of the stack may be told."""

    port: int
    #: Folder for state, record and logs.
    folder: Path = LOCAL
    #: Values of the template's parameters, beyond `LOCAL_PARAMETERS`.
    parameters: dict[str, str] = field(default_factory=dict)
    concurrency: int = CONCURRENCY
    #: Whether a function may do only what its role in the template allows.
    enforce_roles: bool = False
    seed: bool = True
    #: Whether changed source is noticed.
    watch: bool = True

    @property
    def record(self) -> Path:
        """Where the record of the running stack lies."""
        return self.folder / "stack.json"

    @property
    def logs(self) -> Path:
        """Folder of one log per function, and one of the stand-in for AWS."""
        return self.folder / "logs"

    @property
    def anchor(self) -> Path:
        """What the clock of the stack goes by."""
        return self.folder / ANCHOR

    @property
    def url(self) -> str:
        """Address of the application."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    record: record.Record
    emulator: Emulator
    functions: list[str]
    dispatcher: str


@contextmanager
def running_stack(
    port: int | None = None,
    state_dir: Path = LOCAL,
    *,
    parameters: dict[str, str] | None = None,
    concurrency: int = CONCURRENCY,
    enforce_roles: bool = False,
    seed: bool = False,
) -> Iterator[record.Record]:
    """The whole application for as long as the block runs, for end-to-end tests; yields its address and an admin key.

    Args:
        port: port of the application; None takes a free one.
        state_dir: folder for state and logs; a stack that ran there before goes on where it was.
        parameters: values of the template's parameters, beyond `LOCAL_PARAMETERS`.
        concurrency: HTTP requests worked on at a time.
        enforce_roles: whether a function may do only what its role in the template allows, as on AWS.
        seed: whether the sample data is loaded.
    """
    options = Options(
        port or free_port(), state_dir, parameters or {}, concurrency, enforce_roles, seed=seed, watch=False
    )
    with run(options) as stack:
        yield stack.record


@contextmanager
def run(options: Options, say: Callable[[str], object] = lambda line: None) -> Iterator[Stack]:
    """Starts everything, yields when the application answers, and stops everything at the end of the block.

    Raises:
        CannotRunError: a stack runs already in this folder, the port is taken, or the application does not come up.
        DeploymentError, TemplateError, EmulatorError, NoAdminKeyError, SandboxError: as their names say.
    """
    # It will hold keys and personal data.
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with isolated_process(), _only_one(options):
        options.record.unlink(missing_ok=True)
        orphan = lock.take_from_orphan(options.folder / "stand-in.lock")
        emulator = _start(options, orphan)
        stop = threading.Event()
        try:
            with _sandbox(options) as sandbox:
                stack = _bring_up(options, emulator, sandbox, say)
                record.write(options.record, stack.record)
                _beside("ticker", ticker.tick, emulator.endpoint, stack.dispatcher, FileClock(options.anchor), stop)
                if options.watch:
                    _watch_source(stack, stop, say)
                yield stack
        finally:
            stop.set()
            # First, so that nobody finds a stack that is leaving.
            options.record.unlink(missing_ok=True)
            emulator.stop()


def _beside(name: str, work: Callable[..., object], *arguments: object) -> None:
    """Do something beside everything else; it must end by itself."""
    threading.Thread(target=work, args=arguments, daemon=True, name=name).start()


def _next_port(options: Options, number: int) -> int:
    """The port so many behind the application's where that is free: addresses that stay the same are handy."""
    return options.port + number if is_free(options.port + number) else free_port()


def _sandbox(options: Options) -> AbstractContextManager[Sandbox]:
    return running_beside(
        _next_port(options, 2),
        folder=options.folder / "sandbox",
        log=options.logs / "sandbox.log",
        webhooks=f"{options.url}/webhooks",
        anchor=options.anchor,
    )


def _only_one(options: Options) -> IO[str]:
    try:
        return lock.take(options.folder / "run.lock")
    except lock.LockedError as locked:
        known = record.read(options.record)
        where = f"runs already at {known.url}" if known else "is starting or stopping already"
        raise CannotRunError(
            f"The local stack {where} (process {locked.holder}). Stop it with Ctrl-C there, or with `make stop`."
        ) from None


def _start(options: Options, orphan: IO[str]) -> Emulator:
    if not is_free(options.port):
        orphan.close()
        raise CannotRunError(
            f"Port {options.port} is taken by another program. Take another one: make run PORT={options.port + 10}"
        )
    options.logs.mkdir(parents=True, exist_ok=True)
    for log in options.logs.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT:
            log.unlink()
    return Emulator(
        _next_port(options, 1),
        log=options.logs / "aws.log",
        state=options.folder / "state",
        front_port=options.port,
        concurrency=options.concurrency,
        enforce_roles=options.enforce_roles,
        forget_at_exit=options.record,
        lock=orphan,
    )


def _bring_up(options: Options, emulator: Emulator, sandbox: Sandbox, say: Callable[[str], object]) -> Stack:
    """Deploys the template, waits for the application and gets a key for it."""
    # The stand-in and the sandbox start while the template is read.
    template = read(ROOT / "template.yaml")
    addresses = {"PublicBaseUrl": options.url, "AllowedProviderUrls": sandbox.url}
    given = parameters(template, LOCAL_PARAMETERS | addresses | options.parameters)
    translated = without_gaps(translate(with_live_source(template, options.logs, options.anchor)), given)
    emulator.wait_until_ready()
    say("Deploying template.yaml into the stand-in for AWS ...")
    physical = deploy(emulator.endpoint, translated, given)
    emulator.serve(make_routes(emulator.endpoint, translated, physical))
    url = options.url
    say("Waiting for the first answer ...")
    with _warmed(emulator.endpoint, physical["AuthorizerFunction"]):
        health = call_once_served(f"{url}/health", FIRST_ANSWER)
    if health.status != 200:
        log = options.logs / "api.log"
        raise CannotRunError(
            f"The application does not work: GET /health answers {health.status} "
            f"{health.body.decode(errors='replace')[:300]}\nThe end of {log}:\n{last_lines(log)}"
        )
    key = admin_key(emulator.endpoint, url, physical["BootstrapKeySecret"])
    sandbox.integrate(emulator.endpoint, url, key)
    if options.seed:
        seed_once(emulator.endpoint, url, key, say)
    running = record.Record(
        url=url,
        apiKey=key,
        awsEndpoint=emulator.endpoint,
        region=REGION,
        tableName=physical["Table"],
        sandboxUrl=sandbox.url,
        pid=os.getpid(),
    )
    resources = translated["Resources"].items()
    functions = [physical[name] for name, resource in resources if resource["Type"] == "AWS::Lambda::Function"]
    return Stack(running, emulator, functions, physical["DispatcherFunction"])


@contextmanager
def _warmed(endpoint: str, function: str) -> Iterator[None]:
    """Starts the function's first process beside what the block does: two cores import twice as fast as one."""
    service = client("lambda", endpoint)

    def invoke() -> None:
        # Only the time matters; what the function thinks of this event is nobody's business.
        with suppress(BotoCoreError, ClientError):
            service.invoke(FunctionName=function, Payload=b'{"headers": {}}')

    thread = threading.Thread(target=invoke, daemon=True, name="warm")
    thread.start()
    yield
    thread.join()


def _watch_source(stack: Stack, stop: threading.Event, say: Callable[[str], object]) -> None:
    def serve_changed(files: list[str]) -> None:
        shown = ", ".join(os.path.relpath(file, ROOT) for file in files[:3]) + (", ..." if len(files) > 3 else "")
        refresh(stack.emulator.endpoint, stack.functions)
        say(f"Changed: {shown}. Served from now on.")

    _beside("watch", watch, SOURCE_ROOTS, serve_changed, stop)
