"""Serves ministack, and in front of it the application's own short address, in one process.

Commands come as lines on the standard input: `serve <api id>`. When the input ends, the parent is gone or wants us
gone: the state is saved and the process leaves. So not even `kill -9` of the parent leaves an orphan behind.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config

from tools.stack.host.forgetting import forget_regularly
from tools.stack.host.front import Front
from tools.stack.host.limits import limit_open_files
from tools.stack.host.partitions import look_at_partitions_alone
from tools.stack.host.snapshots import Snapshots
from tools.stack.host.tuning import look_at_queues_sooner, remember, settle_down

#: Seconds that requests in flight get when the process leaves.
GRACE = 3.0

#: Connections that may wait to be accepted.
BACKLOG = 512


def listen(port: int) -> socket.socket:
    """A listening socket on this machine only, so that a busy port shows before anything else is done."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(BACKLOG)
    return server


async def obey(front: Front, leave: asyncio.Event) -> None:
    """Follows the parent's commands until its side of the pipe closes."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command, _, argument = line.decode().strip().partition(" ")
        if command == "serve":
            front.stand_for(argument)
    leave.set()


async def run(arguments: argparse.Namespace) -> None:
    sockets = [listen(port) for port in (arguments.aws_port, arguments.front_port) if port]
    snapshots = Snapshots(arguments.state) if arguments.state else None
    if snapshots:
        os.environ |= snapshots.environment()
    # Imported late, since it reads the environment at import.
    from ministack.app import app

    remember()
    look_at_partitions_alone()
    look_at_queues_sooner()
    leave = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, leave.set)
    front = Front(app, arguments.front_port, arguments.concurrency, snapshots.note_change if snapshots else None)
    config = Config()
    config.bind = [f"fd://{server.fileno()}" for server in sockets]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE
    config.loglevel = "WARNING"
    server = asyncio.create_task(serve(front, config, shutdown_trigger=leave.wait))
    started = asyncio.create_task(front.started.wait())
    await asyncio.wait([server, started], return_when=asyncio.FIRST_COMPLETED)
    if started.done():
        settle_down()
        print("ready", flush=True)
    background = [asyncio.create_task(obey(front, leave)), asyncio.create_task(forget_regularly())]
    if snapshots:
        snapshots.take_over()
        background.append(asyncio.create_task(snapshots.take_when_changed()))
    await leave.wait()
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await server
    if snapshots:
        snapshots.take_last()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aws-port", type=int, required=True)
    parser.add_argument("--front-port", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--forget-at-exit", type=Path)
    arguments = parser.parse_args()
    limit_open_files()
    status = 1
    try:
        asyncio.run(run(arguments))
        status = 0
    except Exception:  # noqa: BLE001 - the process ends here, whatever it was
        traceback.print_exc()
    finally:
        if arguments.forget_at_exit:
            arguments.forget_at_exit.unlink(missing_ok=True)
        sys.stderr.flush()
        # ministack's threads would keep the process; everything is saved by now.
        os._exit(status)


main()
