"""The settings of a deployed function: the one place that reads the environment.

Plain, and checked by hand: the dispatcher and the webhooks function have no other use for pydantic, which would be a
quarter of their start.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final, Literal, Self, get_args

from retention.errors import MisconfiguredError

AuthMode = Literal["ApiKey", "Jwt", "Both"]
SecretStoreKind = Literal["ssm", "secretsmanager"]


@dataclass(frozen=True)
class Settings:
    """What template.yaml tells a function. Each field is the environment variable of the same name in capitals.

    Raises:
        MisconfiguredError: there is no such mode or store, or fewer seconds than the least; the variable is named.
    """

    #: Name of the one table.
    table_name: str = ""
    #: Region, set by Lambda itself.
    aws_region: str = "us-east-1"
    #: Name of the deployment, shown in logs and metrics.
    stage: str = "local"
    #: Queue that wakes the jobs function.
    jobs_queue_url: str = ""
    #: Secret from which all other keys are derived.
    root_secret_arn: str = ""
    #: Secret that holds the first admin key.
    bootstrap_key_secret_arn: str = ""
    #: Who may call the API.
    auth_mode: AuthMode = "ApiKey"
    #: Issuer whose tokens are accepted.
    jwt_issuer: str = ""
    #: Audience that a token must name.
    jwt_audience: str = ""
    #: Claim that holds the scopes of a token.
    jwt_scopes_claim: str = "scope"
    #: Where provider credentials are kept.
    integration_secrets_prefix: str = "/retention"
    #: What keeps them.
    secret_store: SecretStoreKind = "ssm"
    #: How long a deleted parent is watched for late children before it is forgotten.
    delete_settle_seconds: int = 90
    #: Namespace of our own metrics.
    powertools_metrics_namespace: str = "RetentionCenter"
    #: Region of phone numbers without a country code.
    default_phone_region: str = "US"
    #: Queue of due calls.
    call_queue_url: str = ""
    #: Queue of due text messages.
    sms_queue_url: str = ""
    #: Queue of due e-mails.
    email_queue_url: str = ""
    #: Queue of what came in and is to be applied.
    inbound_queue_url: str = ""
    #: Queue of what came in and cannot be applied.
    inbound_dead_letter_queue_url: str = ""
    #: Bucket of what came in and is too large for the queue.
    inbox_bucket: str = ""
    #: Bucket of files that are taken in and given out.
    transfer_bucket: str = ""
    #: Where the keys of webhook callers are kept.
    webhook_keys_prefix: str = "/retention-webhooks"
    #: Address under which people and providers reach this stack.
    public_base_url: str = ""
    #: SSM parameter that holds it, where it is not given.
    public_url_parameter: str = ""
    #: Base URLs of providers that are accepted besides their own, separated by spaces.
    allowed_provider_urls: str = ""
    #: Query parameter by which a tracked link names the message that was clicked.
    tracked_link_parameter: str = "sub_id_1"
    #: Zone of leads that give no other hint, an IANA name.
    default_time_zone: str = "UTC"
    #: When calls may be made, where the lead lives.
    call_hours: str = "Mon-Sat 10:00-18:00"
    #: When texts may be sent, where the lead lives.
    sms_hours: str = "Mon-Sat 10:00-18:00"
    #: When e-mail may be sent, where the lead lives.
    email_hours: str = "always"
    #: Most contacts of a lead in a rolling span.
    frequency_caps: str = "CALL 1/24h; SMS 2/24h; EMAIL 2/24h; ANY 3/24h"
    #: Silence after which a call's fate is looked up.
    call_settle_seconds: int = 300
    #: Silence after which a text's fate is looked up.
    sms_settle_seconds: int = 300
    #: Silence after which an e-mail's fate is looked up.
    email_settle_seconds: int = 900

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise _unusable(name, f"it must be one of {', '.join(known)}")
        for name, least in _LEAST_SECONDS.items():
            if getattr(self, name) < least:
                raise _unusable(name, f"it must be at least {least}")

    @classmethod
    def told_by(cls, environment: Mapping[str, str]) -> Self:
        """The settings that an environment tells; what is absent or empty has its default.

        Raises:
            MisconfiguredError: a value cannot be used; its variable is named.
        """
        told: dict[str, Any] = {}
        for field in fields(cls):
            if text := environment.get(field.name.upper()):
                told[field.name] = _seconds(field.name, text) if field.type is int else text
        return cls(**told)


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "auth_mode": get_args(AuthMode),
    "secret_store": get_args(SecretStoreKind),
}
#: The least that template.yaml takes, too.
_LEAST_SECONDS: Final[Mapping[str, int]] = {
    "delete_settle_seconds": 0,
    "call_settle_seconds": 120,
    "sms_settle_seconds": 120,
    "email_settle_seconds": 120,
}


def _seconds(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _unusable(name, f'"{text}" is no whole number') from None


def _unusable(name: str, why: str) -> MisconfiguredError:
    return MisconfiguredError(f"The setting {name.upper()} cannot be used: {why}.")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        MisconfiguredError: a value cannot be used; its variable is named.
    """
    return Settings.told_by(os.environ)
