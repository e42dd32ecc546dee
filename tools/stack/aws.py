"""Clients and environment variables that reach the stand-in and nothing of the user's own AWS account."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

#: Region of the local stack. Any would do; this one is the most common in examples.
REGION = "us-east-1"

#: Account number that the stand-in gives to the access key below.
ACCOUNT = "000000000000"

#: Tries of one call by a client of ours. The stand-in answers or is dead, so there is nothing to wait for.
_ATTEMPTS = 2


def isolated(environment: Mapping[str, str]) -> dict[str, str]:
    """Copies `environment` without credentials, profiles, endpoints of AWS and without proxies."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(("AWS_", "LOCALSTACK_", "MINISTACK_")) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }


@contextmanager
def isolated_process() -> Iterator[None]:
    """Gives this process an isolated environment for as long as the block runs."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(isolated(before))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@lru_cache
def client(service: str, endpoint: str) -> Any:
    """A boto3 client of `service` that calls `endpoint`, whatever the user's own configuration says."""
    retries = Config(retries={"total_max_attempts": _ATTEMPTS}, proxies={})
    return _session().client(service, endpoint_url=endpoint, config=retries)


@lru_cache
def _session() -> Any:
    # One for all clients: each new one reads the descriptions of the services again.
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
