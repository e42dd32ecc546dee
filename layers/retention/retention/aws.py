"""Clients of AWS services besides the table's."""

import sys
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.session import Session


def client(service: str, region: str, config: Config | None = None) -> Any:
    """A client in the session that the table's connection has loaded already; one of its own costs ten times the CPU.

    A function without a right to the table never loads that, and has one session of its own. Address and credentials
    come from the environment, as with any AWS client.
    """
    return _session().create_client(service, region_name=region, config=config)


def _session() -> Session:
    table = sys.modules.get("retention.table.items")
    session: Session = _own_session() if table is None else table.session()
    return session


@lru_cache(maxsize=1)
def _own_session() -> Session:
    return Session()
