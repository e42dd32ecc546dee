"""What follows when secrets are not named any more: the door is told, then they are forgotten. A job, so that no
credential stays behind, and none stays good, when the store is down.

The job is written in the transaction that stops naming the secrets. It is not begun before.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from retention.core import Core
from retention.integrations.model import IntegrationConfig
from retention.integrations.publishing import published
from retention.integrations.secrets import integration_secrets
from retention.jobs.model import Job
from retention.jobs.runner import Chunk, Plan
from retention.jobs.starting import begun


def forgetting(core: Core, config: IntegrationConfig) -> Job:
    """The job that forgets the secrets which this state of an integration names; its lease is the caller's."""
    return begun(
        core, "delete", {"kind": IntegrationConfig.__name__, "id": config.id, "version": config.secret_version}
    )


def _secrets(core: Core, target: Mapping[str, str], _: Any) -> Iterator[Chunk]:
    integration_secrets(core.settings).remove(target["id"], target["version"])
    yield Chunk(removed=1)


def _nothing(_: Core, __: Mapping[str, str]) -> None:
    """The configuration went when the job was written."""


#: How such a job is carried out.
PLAN: Final = Plan((published, _secrets), _nothing)
