"""The providers, and what must be known to use each: a contract a provider, with its secrets marked."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retention import validation
from retention.budgets.prices import Prices
from retention.config import Settings
from retention.fields import Channel, Contract
from retention.integrations.values import (
    ALLOWED_URLS,
    CountryCode,
    CurrencyCode,
    GraphVersion,
    HeaderName,
    HttpHeader,
    IpRange,
    OwnHost,
    PayloadFormat,
    Price,
    ProviderId,
    PublicKey,
    QuestionName,
    Rate,
    Secret,
    SecretMark,
    SenderNumber,
    SignaturePrefix,
    StatusWord,
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
META_HOSTS: Final = OwnHost("graph.facebook.com")
#: All hosts that requests go to.
HOSTS: Final = (*VAPI_HOSTS.hosts, *TWILIO_HOSTS.hosts, *SENDGRID_HOSTS.hosts, *META_HOSTS.hosts)
VapiUrl = Annotated[str, VAPI_HOSTS]
TwilioUrl = Annotated[str, TWILIO_HOSTS]
SendgridUrl = Annotated[str, SENDGRID_HOSTS]
MetaUrl = Annotated[str, META_HOSTS]
_OR_ALLOWED: Final = "or an address that the deployment allows (parameter AllowedProviderUrls)"


def _decimal(price: str | None) -> Decimal | None:
    return None if price is None else Decimal(price)


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
    webhook_auth: Literal["hmac", "bearer", "secret"] | None = Field(
        default=None,
        description="The only way in which VAPI may prove itself with webhookSecret: a signature, a bearer token, or "
        "the header X-Vapi-Secret; unless given, a signature where there is one, else either of the others",
    )
    webhook_signature_header: HttpHeader | None = Field(
        default=None, description="Header of the signature; x-signature unless given"
    )
    webhook_timestamp_header: HttpHeader | None = Field(
        default=None, description="Header of the signed time; x-timestamp unless given"
    )
    webhook_payload_format: PayloadFormat | None = Field(
        default=None, description="What is signed; {timestamp}.{body} unless given"
    )
    webhook_algorithm: Literal["sha256", "sha512", "sha1"] | None = Field(
        default=None, description="Hash of the signature; sha256 unless given"
    )
    webhook_encoding: Literal["hex", "base64"] | None = Field(
        default=None, description="How the signature is written; hex unless given"
    )
    webhook_signature_prefix: SignaturePrefix | None = Field(
        default=None, description="What stands before the signature, such as sha256=; nothing unless given"
    )
    concurrency: int = Field(default=10, ge=1, le=1000, description="Calls under way at the same time at most")
    price_per_minute: Price | None = Field(
        default=None,
        description="What a minute costs at most, in the account's currency: set aside before a call where there is a "
        "budget. What a call did cost VAPI reports",
    )

    @property
    def prices(self) -> Prices:
        """The price of a minute."""
        return Prices(_decimal(self.price_per_minute))


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
    price_per_segment: Price | None = Field(
        default=None, description="What a segment costs, carrier fees included, in the account's currency"
    )
    price_per_segment_by_country: Annotated[dict[CountryCode, Price], Field(max_length=250)] | None = Field(
        default=None, description='Where it differs by the country of the number: {"DE": "0.1120"}'
    )

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if self.from_number is None and self.messaging_service_sid is None:
            raise PydanticCustomError("sender_missing", "needs fromNumber or messagingServiceSid")
        return self

    @property
    def prices(self) -> Prices:
        """The price of a segment."""
        by_country = {country: Decimal(price) for country, price in (self.price_per_segment_by_country or {}).items()}
        return Prices(_decimal(self.price_per_segment), by_country)


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
    price_per_email: Price | None = Field(
        default=None, description="What an e-mail costs, in the account's currency; 0 where the plan includes it"
    )

    @property
    def prices(self) -> Prices:
        """The price of an e-mail."""
        return Prices(_decimal(self.price_per_email))


#: What a tracker's word for a conversion comes to. Source: Keitaro's documentation of postbacks; qualified is ours.
ConversionWord = Literal["lead", "qualified", "sale", "rebill", "rejected", "ignore"]


class KeitaroConfig(Contract):
    """Conversions from a Keitaro tracker."""

    postback_token: UrlToken = Field(description="Part of the postback URL; 22 characters or more, chosen at random")
    allowed_ips: Annotated[list[IpRange], Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="Addresses or networks (CIDR) that postbacks come from; any unless given"
    )
    currency: CurrencyCode = Field(default="USD", description="Currency of amounts that name none, and of the account")
    rates: Annotated[dict[CurrencyCode, Rate], Field(max_length=200)] | None = Field(
        default=None,
        description='What one unit of another currency is worth in `currency`, as text: {"EUR": "1.08"}. A postback in '
        "a currency without a rate is kept until there is one",
    )
    statuses: Annotated[dict[StatusWord, ConversionWord], Field(max_length=100)] | None = Field(
        default=None,
        description="What the tracker's own words mean: lead, qualified, sale, rebill, rejected or ignore; such as "
        '{"registration": "lead", "trash": "ignore"}. Upper and lower case are the same',
    )

    @model_validator(mode="after")
    def _has_one_rate_and_meaning_each(self) -> Self:
        if self.currency in (self.rates or {}):
            raise PydanticCustomError("own_rate", "rates must not name the currency of the account")
        if len({word.lower() for word in self.statuses or ()}) != len(self.statuses or ()):
            raise PydanticCustomError("duplicate_status", "statuses must name each word once, in whatever case")
        return self


class MetaConfig(Contract):
    """Leads from Meta lead ads."""

    app_secret: Secret = Field(description="App secret, which signs Meta's messages to us")
    verify_token: Secret = Field(description="What Meta shows us when it subscribes")
    page_access_token: Secret = Field(description="Page token that reads the leads")
    base_url: MetaUrl = Field(default="https://graph.facebook.com", description=f"The Graph API, {_OR_ALLOWED}")
    graph_version: GraphVersion = Field(default="v26.0", description="Version of the Graph API")
    field_mapping: Annotated[dict[QuestionName, QuestionName], Field(max_length=100)] | None = Field(
        default=None,
        description="Which field of a lead, such as firstName or meta.size, the answer to a question of the form is; "
        "Meta's standard questions need none",
    )
    campaign_id: ProviderId | None = Field(default=None, description="Campaign that new leads are assigned to")
    sequence_id: ProviderId | None = Field(default=None, description="Sequence that new leads are enrolled in")

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if self.campaign_id is not None and self.sequence_id is not None:
            raise PydanticCustomError("two_targets", "takes campaignId or sequenceId, not both")
        return self


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

    def prices(self, config: Mapping[str, Any]) -> Prices:
        """What a message costs by settings as they are stored: checked, and without what is secret."""
        fields = self.contract.model_fields.items()
        stored = self.contract.model_construct(**{name: config.get(info.alias or name) for name, info in fields})
        return getattr(stored, "prices", Prices())

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
