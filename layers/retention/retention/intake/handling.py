"""What the inbound function calls: submissions of forms, and notices of Meta about new leads."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from retention.core import Core
from retention.errors import FieldError, InvalidInputError
from retention.inbound.claim import ReceivedEvent, claim_key
from retention.inbound.outcome import Hopeless, Later, Outcome
from retention.intake import resting
from retention.intake.activity import META, entry, told
from retention.intake.leadforms import FIELDS, lead_of
from retention.intake.mapping import draft_of
from retention.intake.model import InboundWebhook, InboundWebhookSlug
from retention.intake.taking import Submission, Taking
from retention.integrations.model import IntegrationConfig
from retention.integrations.providers import HOSTS, PROVIDERS, MetaConfig, allowed_urls
from retention.integrations.secrets import integration_secrets
from retention.providers.destination import Destinations
from retention.providers.graph import Graph, Limited, Told, Unanswered, Unknown, Unready
from retention.providers.http import HttpClient
from retention.receiving.event import Event
from retention.table.keys import key

logger = logging.getLogger(__name__)

#: Seconds of the machine until what somebody has to set right is looked at again.
SET_UP_PAUSE: Final = 900.0


@dataclass(frozen=True)
class Forms:
    """Applies what forms send."""

    core: Core
    taking: Taking

    def apply(self, event: Event) -> Outcome:
        """Take in the lead of a submission; in test mode only log it."""
        slug = str(event.content["slug"])
        claim, claimed = self.core.store.find_many(
            [(ReceivedEvent, claim_key(event)), (InboundWebhookSlug, key("InboundWebhookSlug", slug=slug))]
        )
        if claim is not None:
            return self.taking.go_on(event)
        form = None if claimed is None else self._form(claimed.webhook_id)
        if form is None:
            return Hopeless("there is no such form any more")
        try:
            draft = draft_of(form, event.content["payload"], self.core.settings.default_phone_region)
        except InvalidInputError as error:
            self.taking.log_refusal(entry(self.core, event, form.id, "rejected", errors=error.errors))
            return Hopeless(f"it names nobody: {', '.join(told(error.errors))}")
        if form.test_mode:
            return self.taking.log_test(event, form.id, draft)
        return self.taking.take(Submission(event, form.id, draft, form.target))

    def _form(self, webhook_id: str) -> InboundWebhook | None:
        return self.core.store.find(InboundWebhook, key("InboundWebhook", id=webhook_id))


@dataclass(frozen=True)
class MetaLeads:
    """Applies Meta's notices: each names a lead, which is fetched from the Graph API."""

    core: Core
    taking: Taking
    http: HttpClient | None = None
    #: The access to the Graph API by the version of its secrets, which never change under one name.
    _known: dict[str, MetaConfig] = field(default_factory=dict)

    def apply(self, event: Event) -> Outcome:
        """Fetch the lead that a notice names, and take it in."""
        claim, integration, rest = self.core.store.find_many(
            [
                (ReceivedEvent, claim_key(event)),
                (IntegrationConfig, key("IntegrationConfig", provider=META)),
                (resting.ProviderRest, resting.rest_key(META)),
            ]
        )
        if claim is not None:
            return self.taking.go_on(event)
        if integration is None or not integration.is_active:
            return Later("the integration with meta is not there, or switched off", SET_UP_PAUSE)
        left = resting.seconds_left(self.core, rest, integration.revision)
        if left > 0:
            return Later("the Graph API is left alone for a while", left)
        config = self._config(integration)
        if config is None:
            return Later("the credentials of meta cannot be used", SET_UP_PAUSE)
        return self._fetched(event, integration, config)

    def _fetched(self, event: Event, integration: IntegrationConfig, config: MetaConfig) -> Outcome:
        graph = Graph(self._client, config.base_url, config.graph_version, config.page_access_token)
        match graph.lead(str(event.content["leadgenId"]), FIELDS):
            case Told(lead):
                return self._take(event, config, lead)
            case Limited(why, seconds):
                logger.warning("graph_limited", extra={"seconds": seconds, "why": why})
                resting.rest(self.core, META, integration.revision, seconds)
                return Later(why, seconds)
            case Unready(why):
                logger.error("graph_not_ready", extra={"why": why})
                resting.rest(self.core, META, integration.revision, SET_UP_PAUSE)
                return Later(why, SET_UP_PAUSE)
            case Unanswered(why):
                return Later(why)
            case Unknown(why):
                unknown = FieldError("", "unknown_lead", why)
                self.taking.log_refusal(entry(self.core, event, META, "rejected", errors=(unknown,)))
                return Hopeless(why)

    def _take(self, event: Event, config: MetaConfig, lead: Mapping[str, Any]) -> Outcome:
        region = self.core.settings.default_phone_region
        draft = lead_of(lead, event.content.get("pageId"), config.field_mapping, region=region)
        ids = {"campaignId": config.campaign_id, "sequenceId": config.sequence_id}
        target = {name: value for name, value in ids.items() if value is not None}
        return self.taking.take(Submission(event, META, draft, target))

    def _config(self, integration: IntegrationConfig) -> MetaConfig | None:
        """The settings with their secrets; None where they are on their way out, or not allowed any more."""
        known = self._known.get(integration.revision)
        if known is not None:
            return known
        secrets = integration_secrets(self.core.settings).read(META, integration.secret_version)
        try:
            config = PROVIDERS[META].parse({**integration.config, **(secrets or {})}, self.core.settings)
        except InvalidInputError:
            logger.warning("integration_unusable", extra={"provider": META})
            return None
        assert isinstance(config, MetaConfig)
        self._known.clear()
        self._known[integration.revision] = config
        return config

    @cached_property
    def _client(self) -> HttpClient:
        """Over the network unless given; made once, since it keeps its connections."""
        return self.http or HttpClient(self.core.clock, Destinations(HOSTS, allowed_urls(self.core.settings)))
