"""`python -m tools.bench_export`: what an archive takes, part by part, in this process against the stand-in."""

import argparse
import os
import resource
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import boto3

from retention.bootstrap import Application, build
from retention.config import Settings
from retention.entity import Entity
from retention.exports.archiving import make
from retention.exports.model import Export, ExportInput
from retention.keyring import Keyring
from tests import factories
from tests.conftest import create_table
from tools.stack.emulator import running_emulator

#: Leads that are put in at once, with what they have.
_TOGETHER: Final = 250
#: Items of a lead here.
_EACH: Final = 4


def main() -> None:
    """Fill a table, and export it."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_export", description=__doc__)
    parser.add_argument("--items", type=int, default=20_000, help="items of the account (20,000)")
    items = parser.parse_args().items
    with running_emulator() as url:
        os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        create_table("accounts")
        boto3.client("s3").create_bucket(Bucket="accounts")
        app = build(Settings(table_name="accounts", transfer_bucket="accounts"), keyring=Keyring(lambda: "a secret"))
        for some in _account(items):
            factories.load(app, some)
        _report(app, app.exports.create(ExportInput(kind="archive")))


def _account(items: int) -> Iterator[list[Entity]]:
    campaign = factories.a_campaign()
    yield [campaign]
    for _ in range(items // _EACH // _TOGETHER):
        leads = [factories.a_lead(notes="x" * 300) for _ in range(_TOGETHER)]
        yield [
            one
            for lead in leads
            for one in (
                lead,
                factories.a_contact(lead),
                factories.an_assignment(lead, campaign),
                factories.an_attempt(lead),
            )
        ]


def _report(app: Application, export: Export) -> None:
    """Make the file, and tell what each part took: seconds, and seconds of this processor."""
    began = {"collect": (time.perf_counter(), time.process_time())}
    for chunk in make(app.core, export, None):
        if "merging" in chunk.checkpoint:
            began.setdefault("merge and join", (time.perf_counter(), time.process_time()))
    began["end"] = time.perf_counter(), time.process_time()
    parts = list(began.items())
    ended = app.exports.get(export.id)
    print(f"{ended.records:,} records, {ended.size:,} bytes")
    for (name, start), (_, end) in pairwise(parts):
        print(f"{name:16}{end[0] - start[0]:8.1f} s{end[1] - start[1]:8.1f} s of processor time")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB of memory at most")


if __name__ == "__main__":
    main()
