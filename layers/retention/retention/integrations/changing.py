"""Writing a change of an integration, in an order in which any death is harmless.

secrets of the new version --> one transaction: the integration names them, and a job --> the job: the door is told,
the secrets of the version before are forgotten
"""

from collections.abc import Mapping
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from retention.core import Core
from retention.errors import RetentionError
from retention.integrations.forgetting import forgetting
from retention.integrations.model import IntegrationConfig
from retention.integrations.publishing import publishing
from retention.integrations.secrets import integration_secrets
from retention.jobs.model import Job
from retention.jobs.runner import Runner
from retention.table.writes import Create, RefusedError, Write

#: Errors after which it is certain that nothing was written.
_REFUSALS: Final = (RefusedError, RetentionError)


class Changes:
    """Writes changes of integrations, each with the job that follows from it."""

    def __init__(self, core: Core, runner: Runner) -> None:
        self._core = core
        self._runner = runner
        self._secrets = integration_secrets(core.settings)

    def commit(self, write: Write, provider: str, outcome: object) -> None:
        """Write a change that leaves the secrets as they are.

        Raises:
            RefusedError: somebody else changed the integration.
        """
        job = publishing(self._core, provider)
        self._core.idempotency.commit(write, Create(job), outcome=outcome)
        self.begin(job)

    def commit_secrets(
        self,
        write: Write,
        before: IntegrationConfig | None,
        after: IntegrationConfig,
        secrets: Mapping[str, str],
        outcome: object,
    ) -> None:
        """Write a change that comes with a new version of the secrets.

        Raises:
            InvalidInputError: the secrets are too long.
            SecretStoreError: the store did not take them.
            RefusedError: somebody else changed the integration.
        """
        self._secrets.write(after.id, after.secret_version, secrets)
        job = publishing(self._core, after.id) if before is None else forgetting(self._core, before)
        try:
            self._core.idempotency.commit(write, Create(job), outcome=outcome)
        except _REFUSALS:
            self._try_to_forget(after)
            raise
        self.begin(job)

    def begin(self, job: Job) -> Job | None:
        """Work on a job at once; when the store does not answer, the jobs function goes on with it."""
        try:
            return self._runner.go_on(job, lambda: True)
        except (RetentionError, BotoCoreError, ClientError):
            return None

    def _try_to_forget(self, config: IntegrationConfig) -> None:
        """Forget secrets that no configuration came to name; when that fails, they stay behind and harm nobody."""
        try:
            self._secrets.remove(config.id, config.secret_version)
        except RetentionError:
            return
