"""Reading the stack's own secrets: the root secret and the bootstrap admin key."""

from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError

from retention import aws
from retention.config import Settings
from retention.errors import SecretStoreError


@lru_cache(maxsize=4)
def _read(arn: str, region: str) -> str:
    try:
        answer = aws.client("secretsmanager", region).get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        raise SecretStoreError from error
    return str(answer["SecretString"])


def root_secret(settings: Settings) -> str:
    """The secret that all keys are derived from.

    Raises:
        SecretStoreError: it could not be read. Nothing works without it, by intent.
    """
    return _read(settings.root_secret_arn, settings.aws_region)


def bootstrap_secret(settings: Settings) -> str:
    """The document that holds the first admin key: {"id": "bootstrap", "secret": "..."}.

    Raises:
        SecretStoreError: it could not be read.
    """
    return _read(settings.bootstrap_key_secret_arn, settings.aws_region)
