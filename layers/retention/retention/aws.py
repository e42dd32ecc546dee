"""Clients of AWS services besides the table's."""

from typing import Any

from botocore.config import Config

from retention.table import items


def client(service: str, region: str, config: Config | None = None) -> Any:
    """A client in the session that the table's connection has loaded already; one of its own costs ten times the CPU.

    Address and credentials come from the environment, as with any AWS client.
    """
    return items.session().create_client(service, region_name=region, config=config)
