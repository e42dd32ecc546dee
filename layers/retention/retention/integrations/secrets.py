"""Where the secrets of providers are kept: one document for each version, in the store that the stack was given.

A version is written before the configuration names it and removed after nothing names it any more, so that whatever
dies in between leaves a stray document at worst, and never a configuration without its secrets.

Beside them stands one document for each caller of a webhook, under a name that stays (`CallerDocuments`).

Source: SSM API reference, PutParameter (SecureString; standard tier: 4 KB; the oldest of 100 versions goes by itself);
Secrets Manager API reference, CreateSecret and PutSecretValue.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from retention import aws, jsontext
from retention.config import Settings
from retention.errors import InvalidInputError, SecretStoreError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

T = TypeVar("T")

#: Bytes that one document may have: the limit of a standard parameter.
MAX_BYTES: Final = 4096
#: Seconds to connect and to wait, and tries: together less than the API function may run.
_PATIENCE: Final = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"})


class SecretStore(Protocol):
    """Keeps texts under names."""

    def write(self, name: str, text: str) -> None:
        """Keep a text under a new name."""

    def overwrite(self, name: str, text: str) -> None:
        """Keep a text under a name, whatever was there. Of several at the same time the last wins."""

    def read(self, name: str) -> str | None:
        """The text under a name, or None."""

    def remove(self, name: str) -> None:
        """Forget a name; it need not be there."""


def _asking(ask: Callable[[], T], *, unless: tuple[str, ...]) -> T | None:
    """Ask the store; None for an answer that says what is in `unless`. The error carries no detail of the request."""
    try:
        return ask()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in unless:
            return None
        raise SecretStoreError(f"The secret store refused: {code}.") from None
    except BotoCoreError:
        raise SecretStoreError from None


def _client(service: str, region: str) -> Any:
    return aws.client(service, region, _PATIENCE)


class ParameterStore:
    """SSM Parameter Store: SecureStrings, free of charge."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._made: SSMClient | None = None

    @property
    def _ssm(self) -> "SSMClient":
        self._made = self._made or _client("ssm", self._region)
        return self._made

    def write(self, name: str, text: str) -> None:
        """Keep a text. A name that is there was written by us, and the answer to that was lost."""
        _asking(
            lambda: self._ssm.put_parameter(Name=name, Value=text, Type="SecureString"),
            unless=("ParameterAlreadyExists",),
        )

    def overwrite(self, name: str, text: str) -> None:
        """Keep a text under a name, whatever was there."""
        _asking(lambda: self._ssm.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True), unless=())

    def read(self, name: str) -> str | None:
        """The text under a name, or None."""
        answer = _asking(lambda: self._ssm.get_parameter(Name=name, WithDecryption=True), unless=("ParameterNotFound",))
        return None if answer is None else answer["Parameter"].get("Value")

    def remove(self, name: str) -> None:
        """Forget a name."""
        _asking(lambda: self._ssm.delete_parameter(Name=name), unless=("ParameterNotFound",))


class SecretsManager:
    """AWS Secrets Manager, for those who want its audit trail and replication."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._made: SecretsManagerClient | None = None

    @property
    def _manager(self) -> "SecretsManagerClient":
        self._made = self._made or _client("secretsmanager", self._region)
        return self._made

    def write(self, name: str, text: str) -> None:
        """Keep a text. A name that is there was written by us, and the answer to that was lost."""
        self._create(name, text)

    def overwrite(self, name: str, text: str) -> None:
        """Keep a text under a name, whatever was there."""
        if not self._put(name, text) and not self._create(name, text):
            # Somebody else has just created it.
            self._put(name, text)

    def read(self, name: str) -> str | None:
        """The text under a name, or None; one that is marked for deletion counts as gone."""
        answer = _asking(
            lambda: self._manager.get_secret_value(SecretId=name),
            unless=("ResourceNotFoundException", "InvalidRequestException"),
        )
        return None if answer is None else answer.get("SecretString")

    def _create(self, name: str, text: str) -> bool:
        """Whether there was no such name, so that it was created."""
        created = _asking(
            lambda: self._manager.create_secret(Name=name, SecretString=text), unless=("ResourceExistsException",)
        )
        return created is not None

    def _put(self, name: str, text: str) -> bool:
        """Whether there was such a name, so that it could be overwritten."""
        put = _asking(
            lambda: self._manager.put_secret_value(SecretId=name, SecretString=text),
            unless=("ResourceNotFoundException",),
        )
        return put is not None

    def remove(self, name: str) -> None:
        """Forget a name, at once and for good."""
        _asking(
            lambda: self._manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True),
            unless=("ResourceNotFoundException",),
        )


class IntegrationSecrets:
    """The secrets of providers, by provider and version."""

    def __init__(self, store: SecretStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix

    def _name(self, provider: str, version: str) -> str:
        return f"{self._prefix}/{provider}/{version}"

    def write(self, provider: str, version: str, secrets: Mapping[str, str]) -> None:
        """Keep the secrets of a new version.

        Raises:
            InvalidInputError: they are too long, taken together.
            SecretStoreError: the store did not take them.
        """
        text = jsontext.dumps(dict(secrets))
        if len(text.encode()) > MAX_BYTES:
            raise InvalidInputError.at(
                "/config", "too_large", f"The secrets are longer than {MAX_BYTES} bytes together."
            )
        self._store.write(self._name(provider, version), text)

    def read(self, provider: str, version: str) -> dict[str, str] | None:
        """The secrets of a version; None when it is not there (any more).

        Raises:
            SecretStoreError: the store did not answer.
        """
        text = self._store.read(self._name(provider, version))
        return None if text is None else dict(jsontext.loads(text))

    def remove(self, provider: str, version: str) -> None:
        """Forget a version.

        Raises:
            SecretStoreError: the store did not answer.
        """
        self._store.remove(self._name(provider, version))


class CallerDocuments:
    """What the door knows of each caller, by the caller's name (receiving/callers)."""

    def __init__(self, store: SecretStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix

    def write(self, name: str, text: str) -> None:
        """Keep a document of at most MAX_BYTES in place of the one before.

        Raises:
            SecretStoreError: the store did not take it.
        """
        self._store.overwrite(f"{self._prefix}/{name}", text)

    def read(self, name: str) -> str | None:
        """The document of a caller, or None.

        Raises:
            SecretStoreError: the store did not answer.
        """
        return self._store.read(f"{self._prefix}/{name}")

    def remove(self, name: str) -> None:
        """Forget a caller; it need not be known.

        Raises:
            SecretStoreError: the store did not answer.
        """
        self._store.remove(f"{self._prefix}/{name}")


def _store_of(settings: Settings) -> SecretStore:
    kinds: Mapping[str, type[ParameterStore] | type[SecretsManager]] = {
        "ssm": ParameterStore,
        "secretsmanager": SecretsManager,
    }
    return kinds[settings.secret_store](settings.aws_region)


@lru_cache(maxsize=4)
def integration_secrets(settings: Settings) -> IntegrationSecrets:
    """The secrets of providers in the store of this stack; one client a process."""
    return IntegrationSecrets(_store_of(settings), settings.integration_secrets_prefix)


@lru_cache(maxsize=4)
def caller_documents(settings: Settings) -> CallerDocuments:
    """What the door knows of its callers, in the store of this stack; one client a process."""
    return CallerDocuments(_store_of(settings), settings.webhook_keys_prefix)
