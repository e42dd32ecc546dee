"""The sandbox as a process of its own. It leaves when its input ends: whoever started it is gone, or wants it gone."""

import argparse
import asyncio
import sys
from pathlib import Path

from tools.sandbox.running import Server
from tools.sandbox.world import Options, machine_time
from tools.stack.clock import FileClock


async def run(arguments: argparse.Namespace) -> None:
    """Serve until the input ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    options = Options(
        now=FileClock(arguments.clock).now if arguments.clock else machine_time,
        folder=arguments.folder,
        webhooks=arguments.webhooks,
        concurrency=arguments.concurrency,
    )
    await Server(options).run(arguments.port, lambda url: print(f"ready {url}", flush=True), reader.read())


def main() -> int:
    """Run it; 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m tools.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on; a free one unless given")
    parser.add_argument("--folder", type=Path, help="where the ledger is kept between runs")
    parser.add_argument("--webhooks", help="base of the addresses that reports go to where no request names one")
    parser.add_argument("--concurrency", type=int, default=10, help="calls that may be under way at a time")
    parser.add_argument("--clock", type=Path, help="anchor of the clock of the local stack")
    try:
        asyncio.run(run(parser.parse_args()))
    except OSError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
