"""The providers, and what must be known to use each: a contract a provider, with its secrets marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retention.fields import Contract
from retention.integrations.values import (
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
#: Regions of the providers. Source: their documentation of data residency.
VapiUrl = Annotated[str, OwnHost("api.vapi.ai", "api.eu.vapi.ai")]
SendgridUrl = Annotated[str, OwnHost("api.sendgrid.com", "api.eu.sendgrid.com")]


class VapiConfig(Contract):
    """Calls by VAPI."""

    api_key: Secret = Field(description="Private API key")
    base_url: VapiUrl = Field(default="https://api.vapi.ai", description="Region of the organisation")
    phone_number_id: ProviderId | None = Field(default=None, description="The number that calls come from")
    assistant_id: ProviderId | None = Field(default=None, description="The assistant that talks, unless a script says")
    webhook_secret: Secret | None = Field(default=None, description="Key with which VAPI signs its messages to us")
    webhook_url: WebhookUrl | None = Field(default=None, description="Where VAPI reports to")


class TwilioConfig(Contract):
    """Text messages by Twilio."""

    account_sid: ProviderId = Field(description="Account SID")
    auth_token: Secret = Field(description="Auth token, which also signs Twilio's messages to us")
    from_number: SenderNumber | None = Field(default=None, description="The number that messages come from")
    messaging_service_sid: ProviderId | None = Field(default=None, description="Messaging service, instead of a number")
    webhook_url: WebhookUrl | None = Field(default=None, description="Where Twilio reports to")

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
    base_url: SendgridUrl = Field(default="https://api.sendgrid.com", description="Region of the account")
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


@dataclass(frozen=True)
class Kind:
    """What a provider is for, and the contract of its settings."""

    provider: Provider
    purpose: IntegrationType
    contract: type[Contract]

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
    Kind("vapi", "CALL", VapiConfig),
    Kind("twilio", "SMS", TwilioConfig),
    Kind("sendgrid", "EMAIL", SendgridConfig),
    Kind("keitaro", "TRACKING", KeitaroConfig),
    Kind("meta", "LEADS", MetaConfig),
)
#: All providers by name. Source: the data model's IntegrationConfig, with trackers and lead forms added.
PROVIDERS: Final[Mapping[str, Kind]] = {kind.provider: kind for kind in _KINDS}


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
