"""The providers, and what must be known to use each: a contract a provider, with its secrets marked."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retention import validation
from retention.config import Settings
from retention.fields import Channel, Contract
from retention.integrations.values import (
    ALLOWED_URLS,
    HeaderName,
    OwnHost,
    ProviderId,
    PublicKey,
    Secret,
    SecretMark,
    SenderNumber,
    UrlToken,
    WebhookUrl,
)
from retention.leads.addresses import Email

Provider = Literal["vapi", "twilio", "sendgrid", "keitaro", "meta"]
IntegrationType = Literal["CALL", "SMS", "EMAIL", "TRACKING", "LEADS"]
#: Regions of the providers. Source: their documentation of data residency. Twilio's older names of regions, without an
#: edge, have not been served since April 2026.
VAPI_HOSTS: Final = OwnHost("api.vapi.ai", "api.eu.vapi.ai")
TWILIO_HOSTS: Final = OwnHost("api.twilio.com", "api.dublin.ie1.twilio.com", "api.sydney.au1.twilio.com")
SENDGRID_HOSTS: Final = OwnHost("api.sendgrid.com", "api.eu.sendgrid.com")
#: All hosts that requests go to.
HOSTS: Final = (*VAPI_HOSTS.hosts, *TWILIO_HOSTS.hosts, *SENDGRID_HOSTS.hosts)
VapiUrl = Annotated[str, VAPI_HOSTS]
TwilioUrl = Annotated[str, TWILIO_HOSTS]
SendgridUrl = Annotated[str, SENDGRID_HOSTS]
_OR_ALLOWED: Final = "or an address that the deployment allows (parameter AllowedProviderUrls)"


def allowed_urls(settings: Settings) -> frozenset[str]:
    """The base URLs that a deployment allows besides the providers' own."""
    return frozenset(url.rstrip("/") for url in settings.allowed_provider_urls.split())


class VapiConfig(Contract):
    """Calls by VAPI."""

    api_key: Secret = Field(description="Private API key")
    base_url: VapiUrl = Field(default="https://api.vapi.ai", description=f"Region of the organisation; {_OR_ALLOWED}")
    phone_number_id: ProviderId | None = Field(default=None, description="The number that calls come from")
    assistant_id: ProviderId | None = Field(default=None, description="The assistant that talks, unless a script says")
    webhook_secret: Secret | None = Field(default=None, description="Key with which VAPI signs its messages to us")
    webhook_url: WebhookUrl | None = Field(
        default=None, description="Where VAPI reports to; this stack's own address unless given"
    )
    webhook_credential_id: ProviderId | None = Field(
        default=None, description="VAPI's credential that signs its messages to us, as VAPI names it"
    )
    concurrency: int = Field(default=10, ge=1, le=1000, description="Calls under way at the same time at most")


class TwilioConfig(Contract):
    """Text messages by Twilio."""

    account_sid: ProviderId = Field(description="Account SID")
    auth_token: Secret = Field(description="Auth token, which also signs Twilio's messages to us")
    from_number: SenderNumber | None = Field(default=None, description="The number that messages come from")
    messaging_service_sid: ProviderId | None = Field(default=None, description="Messaging service, instead of a number")
    base_url: TwilioUrl = Field(default="https://api.twilio.com", description=f"Region of the account; {_OR_ALLOWED}")
    webhook_url: WebhookUrl | None = Field(
        default=None, description="Where Twilio reports to; this stack's own address unless given"
    )

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if self.from_number is None and self.messaging_service_sid is None:
            raise PydanticCustomError("sender_missing", "needs fromNumber or messagingServiceSid")
        return self


class SendgridConfig(Contract):
    """E-mail by SendGrid."""

    api_key: Secret = Field(description="API key")
    from_email: Email = Field(description="The address that e-mail comes from; SendGrid must have verified it")
    from_name: HeaderName | None = Field(default=None, description="The name that e-mail comes from")
    base_url: SendgridUrl = Field(
        default="https://api.sendgrid.com", description=f"Region of the account; {_OR_ALLOWED}"
    )
    webhook_public_key: PublicKey | None = Field(default=None, description="Key that verifies SendGrid's reports")
    webhook_url: WebhookUrl | None = Field(default=None, description="Where SendGrid reports to")


class KeitaroConfig(Contract):
    """Conversions from a Keitaro tracker."""

    postback_token: UrlToken = Field(description="Part of the postback URL; 22 characters or more, chosen at random")


class MetaConfig(Contract):
    """Leads from Meta lead ads."""

    app_secret: Secret = Field(description="App secret, which signs Meta's messages to us")
    verify_token: Secret = Field(description="What Meta shows us when it subscribes")
    page_access_token: Secret = Field(description="Page token that reads the leads")


class Kind(NamedTuple):
    """What a provider is for, and the contract of its settings."""

    provider: Provider
    purpose: IntegrationType
    contract: type[Contract]
    #: The settings that say which account it is, as they stand in JSON.
    account: frozenset[str] = frozenset()

    def parse(self, config: Any, settings: Settings) -> Contract:
        """Check settings against the contract, as far as the deployment allows.

        Raises:
            InvalidInputError: with a pointer to each thing that is wrong.
        """
        return validation.parse(self.contract, config, prefix="/config", context={ALLOWED_URLS: allowed_urls(settings)})

    def secrets(self) -> frozenset[str]:
        """The names of the settings that are secret, as they stand in JSON."""
        return frozenset(
            info.alias or name
            for name, info in self.contract.model_fields.items()
            if any(isinstance(mark, SecretMark) for mark in _marks(info))
        )


def _marks(info: Any) -> list[Any]:
    """What a field's annotation carries, also behind `| None`."""
    found = list(info.metadata)
    for option in getattr(info.annotation, "__args__", ()):
        found += getattr(option, "__metadata__", ())
    return found


_KINDS: Final = (
    Kind("vapi", "CALL", VapiConfig, frozenset({"apiKey", "baseUrl"})),
    Kind("twilio", "SMS", TwilioConfig, frozenset({"accountSid", "baseUrl"})),
    Kind("sendgrid", "EMAIL", SendgridConfig, frozenset({"apiKey", "baseUrl"})),
    Kind("keitaro", "TRACKING", KeitaroConfig),
    Kind("meta", "LEADS", MetaConfig),
)
#: All providers by name. Source: the data model's IntegrationConfig, with trackers and lead forms added.
PROVIDERS: Final[Mapping[str, Kind]] = {kind.provider: kind for kind in _KINDS}


def provider_of(channel: Channel) -> Provider:
    """The provider behind a channel."""
    return next(kind.provider for kind in _KINDS if kind.purpose == channel)


class _AnyContract:
    """Describes a free object as one of the providers' contracts, when a description is asked for."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "anyOf": [
                {**kind.contract.model_json_schema(by_alias=True), "title": provider}
                for provider, kind in PROVIDERS.items()
            ]
        }


#: Settings of whichever provider; which contract they must meet follows from the path.
ConfigOfAnyProvider = Annotated[dict[str, Any], _AnyContract()]
