"""Puts the application together: the only place that chooses implementations."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from retention.access.service import AccessService
from retention.attempts.direct import DirectService
from retention.attempts.resolving import ResolvingService
from retention.attempts.service import AttemptService
from retention.campaigns.assignments import AssignmentService
from retention.campaigns.forecast import CampaignForecaster
from retention.campaigns.lifecycle import CampaignLifecycle
from retention.campaigns.service import CampaignService
from retention.clock import Clock
from retention.config import Settings, settings
from retention.conversions.model import ConversionRule
from retention.conversions.rules import ConversionRuleService
from retention.conversions.service import ConversionService
from retention.core import Core
from retention.deletion.service import DeletionService
from retention.engine.queue import WorkQueue
from retention.experiments.service import ABTestService
from retention.foundation import build_core
from retention.ids import Ids
from retention.integrations.service import IntegrationService
from retention.jobs.plans import PLANS
from retention.jobs.queue import JobsQueue
from retention.jobs.recurring import Recurring
from retention.jobs.runner import Runner
from retention.jobs.service import JobService
from retention.keyring import Keyring
from retention.leads.intake import LeadIntake
from retention.leads.service import LeadService
from retention.scripts.service import ScriptService
from retention.sequences.enrolling import EnrollingService
from retention.sequences.enrollments import EnrollmentService
from retention.sequences.executions import ExecutionService
from retention.sequences.forecast import Forecaster
from retention.sequences.interventions import InterventionService
from retention.sequences.lifecycle import LifecycleService
from retention.sequences.service import SequenceService
from retention.sequences.steps import StepService
from retention.sequences.triggering import TriggerService
from retention.stats.model import RECOUNTED
from retention.suppressions.service import SuppressionService

if TYPE_CHECKING:
    from retention.erasure.service import ErasureService
    from retention.explaining.contacts import ContactExplainer
    from retention.explaining.service import ExplainService
    from retention.exports.service import ExportService
    from retention.figures.service import ReportService
    from retention.holding.service import HoldingService
    from retention.imports.service import ImportService
    from retention.intake.service import InboundWebhookService
    from retention.outbound.delivering import Deliverer
    from retention.outbound.log import DeliveryLog
    from retention.outbound.service import EndpointService
    from retention.providers.directory import Directory
    from retention.providers.http import HttpClient


@dataclass(frozen=True)
class Application:
    """The use cases of the service, wired."""

    core: Core
    runner: Runner
    access: AccessService
    deletion: DeletionService
    leads: LeadService
    intake: LeadIntake
    campaigns: CampaignService
    campaign_lifecycle: CampaignLifecycle
    assignments: AssignmentService
    scripts: ScriptService
    ab_tests: ABTestService
    conversion_rules: ConversionRuleService
    learning: Recurring
    sequences: SequenceService
    steps: StepService
    lifecycle: LifecycleService
    forecaster: Forecaster
    enrolling: EnrollingService
    triggers: TriggerService
    enrollments: EnrollmentService
    interventions: InterventionService
    executions: ExecutionService
    resolving: ResolvingService
    attempts: AttemptService
    direct: DirectService
    conversions: ConversionService
    suppressions: SuppressionService
    integrations: IntegrationService
    jobs: JobService
    recounts: Recurring
    #: How providers are reached; None: over the network.
    http: "HttpClient | None" = None

    @cached_property
    def explaining(self) -> "ExplainService":
        """Says why and what next. Loaded when it is first asked, with all that a decision looks at."""
        from retention.explaining.service import ExplainService

        return ExplainService(self.core)

    @cached_property
    def exports(self) -> "ExportService":
        """Has files made. Loaded when one is first asked for."""
        from retention.exports.service import ExportService

        return ExportService(self.core)

    @cached_property
    def imports(self) -> "ImportService":
        """Takes files in. Loaded when one is first given."""
        from retention.imports.service import ImportService

        return ImportService(self.core, self.runner)

    @cached_property
    def reports(self) -> "ReportService":
        """Makes reports of figures. Loaded when the first one is asked for."""
        from retention.figures.service import ReportService

        return ReportService(self.core, self.sequences, self.campaigns)

    @cached_property
    def holding(self) -> "HoldingService":
        """Stops all sending, and has it go on. Loaded when it is first asked."""
        from retention.holding.service import HoldingService

        return HoldingService(self.core)

    @cached_property
    def erasing(self) -> "ErasureService":
        """Has people forgotten. Loaded when it is first asked."""
        from retention.erasure.service import ErasureService

        return ErasureService(self.core)

    @cached_property
    def explaining_contacts(self) -> "ContactExplainer":
        """Says what a campaign does for a lead, and why. Loaded when it is first asked."""
        from retention.explaining.contacts import ContactExplainer

        return ContactExplainer(self.core, self.assignments)

    @cached_property
    def campaign_forecaster(self) -> CampaignForecaster:
        """Says what a verb of a campaign would do."""
        return CampaignForecaster(self.core, self.campaigns, self.campaign_lifecycle)

    @cached_property
    def inbound_webhooks(self) -> "InboundWebhookService":
        """Sets up forms that send leads. Loaded when it is first asked, with all that reads a payload."""
        from retention.intake.service import InboundWebhookService

        return InboundWebhookService(self.core, self.runner)

    @cached_property
    def endpoints(self) -> "EndpointService":
        """Endpoints of the team's own. Loaded when first asked for, with what requests are made with."""
        from retention.outbound.service import EndpointService

        return EndpointService(self.core, self.runner)

    @cached_property
    def deliveries(self) -> "DeliveryLog":
        """The log of what endpoints were told. Loaded when it is first asked for."""
        from retention.outbound.log import DeliveryLog

        return DeliveryLog(self.core, self.endpoints)

    @cached_property
    def deliverer(self) -> "Deliverer":
        """Tells endpoints. Loaded when it is first asked for."""
        from retention.outbound.delivering import Deliverer

        return Deliverer(self.core, self.http)

    @cached_property
    def directory(self) -> "Directory":
        """Finds providers. Loaded when it is first asked: most requests of the API do without."""
        from retention.providers.directory import Directory

        return Directory(self.core, self.http)


def build(
    configured: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    keyring: Keyring | None = None,
    queue: JobsQueue | None = None,
    work_queue: WorkQueue | None = None,
    http: "HttpClient | None" = None,
) -> Application:
    """Wire an application; what is not given is the real thing."""
    core = build_core(configured, clock=clock, ids=ids, keyring=keyring, queue=queue, work_queue=work_queue)
    runner = Runner(core, core.jobs_queue, PLANS)
    campaigns = CampaignService(core)
    sequences, enrollments = SequenceService(core), EnrollmentService(core)
    enrolling = EnrollingService(core, sequences)
    leads = LeadService(core)
    return Application(
        core=core,
        runner=runner,
        access=AccessService(core),
        deletion=DeletionService(core, runner),
        leads=leads,
        intake=LeadIntake(core, leads),
        campaigns=campaigns,
        campaign_lifecycle=CampaignLifecycle(core, campaigns, runner),
        assignments=AssignmentService(core, campaigns),
        scripts=ScriptService(core),
        ab_tests=ABTestService(core),
        conversion_rules=ConversionRuleService(core),
        learning=Recurring(core, "learn", ConversionRule.__name__),
        sequences=sequences,
        steps=StepService(core, sequences),
        lifecycle=LifecycleService(core, sequences, runner),
        forecaster=Forecaster(core, sequences),
        enrolling=enrolling,
        triggers=TriggerService.of(core),
        enrollments=enrollments,
        interventions=InterventionService(core, sequences),
        executions=ExecutionService(core, enrollments),
        resolving=ResolvingService(core),
        attempts=AttemptService(core),
        direct=DirectService(core),
        conversions=ConversionService(core),
        suppressions=SuppressionService(core),
        integrations=IntegrationService(core, runner),
        jobs=JobService(core, runner),
        recounts=Recurring(core, "recount", RECOUNTED, apart=True),
        http=http,
    )


_installed: list[Application] = []


def application() -> Application:
    """The application of this process, put together when it is first needed."""
    if not _installed:
        _installed.append(build(settings()))
    return _installed[0]


def install(app: Application) -> None:
    """Make this the application of the process."""
    _installed[:] = [app]
