"""What an integration is: how one provider is reached. Its secrets live elsewhere (secrets)."""

from typing import Any, ClassVar

from pydantic import Field

from retention.entity import Dated
from retention.fields import Contract, Instant
from retention.integrations.providers import ConfigOfAnyProvider, IntegrationType, Provider


class IntegrationChange(Contract):
    """What a client may change on an integration: settings one by one."""

    provider: Provider | None = Field(default=None, description="The provider, as in the path")
    type: IntegrationType | None = Field(default=None, description="What it is for; follows from the provider")
    config: dict[str, Any] = Field(description="Credentials and settings, by the provider's own contract")
    is_active: bool = Field(default=True, description="False: the provider is not used")


class IntegrationInput(IntegrationChange):
    """How one provider is reached. What `config` holds depends on the provider."""

    config: ConfigOfAnyProvider = Field(description="Credentials and settings, by the provider's own contract")


class IntegrationConfig(Dated):
    """How one provider is reached, without the values of its secrets."""

    server_owned: ClassVar[frozenset[str]] = Dated.server_owned

    id: str = Field(description="The provider's name: there is one integration for each")
    provider: Provider = Field(description="vapi, twilio, sendgrid, keitaro or meta")
    type: IntegrationType = Field(description="What the provider is for")
    config: dict[str, Any] = Field(
        description="Settings as they were given; a secret is shown as {set, last4, updatedAt}, never its value"
    )
    is_active: bool = Field(description="Whether the provider is used")
    #: Which document of the secret store holds the secrets.
    secret_version: str = Field(default="", exclude=True)
    #: Names the PUT that put its keys in place: keys from before it are closed, later ones overlap.
    key_era: str = Field(default="", exclude=True)
    #: Since when its settings have named the same account, for all that is known; None: since it was put in place.
    account_since: Instant | None = Field(default=None, exclude=True)
    #: What is shown of each secret, by its name.
    secrets: dict[str, Any] = Field(default_factory=dict, exclude=True)


class IntegrationTest(Contract):
    """What a harmless question to a provider showed."""

    ok: bool = Field(description="Whether it knows the credentials and would do what they are for")
    latency_ms: int = Field(description="Milliseconds that its answer took")
    detail: str = Field(description="In words")
