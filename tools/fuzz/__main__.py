"""`python -m tools.fuzz [--requests 20000] [--url URL --key KEY]`: fuzzes the running application.

Without an address it takes the application that `make run` started. It leaves what it created behind: not for
deployments that anybody needs.
"""

import argparse
import sys
from typing import Final

from tools.fuzz.report import Report
from tools.fuzz.run import fuzz
from tools.stack.places import RECORD
from tools.stack.record import read

#: Operations that could take away the key that the fuzzer itself uses.
SPARED: Final = ("revoke_api_key", "rotate_api_key")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz the running application.")
    parser.add_argument("--requests", type=int, default=20_000, help="how many to send (20000)")
    parser.add_argument("--seed", type=int, default=1, help="begin with another one to send others (1)")
    parser.add_argument("--url", help="address of the application; needs --key")
    parser.add_argument("--key", help="an API key with the scope admin")
    arguments = parser.parse_args()
    if bool(arguments.url) != bool(arguments.key):
        parser.error("--url and --key belong together")
    url, key = arguments.url, arguments.key
    if not url:
        record = read(RECORD)
        if record is None:
            print("The application is not running: start it with `make run`, or name --url and --key.", file=sys.stderr)
            return 2
        url, key = record.url, record.apiKey
    report = fuzz(
        url.rstrip("/"),
        key,
        requests=arguments.requests,
        seed=arguments.seed,
        spare=SPARED,
        watch=lambda so_far: _show(so_far, arguments.requests),
    )
    if sys.stdout.isatty():
        print("\r\x1b[K", end="")
    print(report)
    return 0 if report.passed else 1


def _show(report: Report, wanted: int) -> None:
    if sys.stdout.isatty():
        print(f"\r\x1b[K{report.progress(wanted)}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
