"""`make seed`: loads the sample data into the running application."""

import argparse
import sys

from tools.seed.load import RefusedError, Seeder
from tools.stack import record
from tools.stack.places import LOCAL


def main() -> int:
    """Load the samples; 0 when all are there, 1 when something refused them, 2 when no application was found."""
    parser = argparse.ArgumentParser(prog="make seed", description="Load the sample data into the running application.")
    parser.add_argument("--url", help="address of the application; found by itself while `make run` runs")
    parser.add_argument("--key", help="API key with the scope admin")
    options = parser.parse_args()
    running = record.read(LOCAL / "stack.json")
    url, key = options.url or (running and running.url), options.key or (running and running.apiKey)
    if not url or not key:
        print("No application is running here: start it with `make run` in another terminal.", file=sys.stderr)
        return 2
    try:
        for what, there, new in Seeder(url, key).run():
            print(f"{there:4} {what}" + (f", {new} new" if new else ""), flush=True)
    except (RefusedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
