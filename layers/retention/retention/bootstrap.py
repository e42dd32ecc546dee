"""Puts the application together: the only place that chooses implementations."""

from dataclasses import dataclass

from retention.access.service import AccessService
from retention.attempts.service import AttemptService
from retention.campaigns.assignments import AssignmentService
from retention.campaigns.service import CampaignService
from retention.clock import Clock, process_clock
from retention.config import Settings, settings
from retention.conversions.rules import ConversionRuleService
from retention.conversions.service import ConversionService
from retention.core import Core
from retention.deletion.plans import PLANS
from retention.deletion.service import DeletionService
from retention.engine.queue import NoWorkQueue, SqsWorkQueue, WorkQueue
from retention.experiments.service import ABTestService
from retention.fields import Channel
from retention.idempotency import Idempotency
from retention.ids import Ids
from retention.integrations.service import IntegrationService
from retention.jobs.queue import JobsQueue, NoQueue, SqsJobsQueue
from retention.jobs.runner import Runner
from retention.jobs.service import JobService
from retention.keyring import Keyring
from retention.leads.intake import LeadIntake
from retention.leads.service import LeadService
from retention.scripts.service import ScriptService
from retention.secrets import root_secret
from retention.sequences.enrolling import EnrollingService
from retention.sequences.enrollments import EnrollmentService
from retention.sequences.executions import ExecutionService
from retention.sequences.service import SequenceService
from retention.sequences.steps import StepService
from retention.suppressions.service import SuppressionService
from retention.table.store import Store


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
    assignments: AssignmentService
    scripts: ScriptService
    ab_tests: ABTestService
    conversion_rules: ConversionRuleService
    sequences: SequenceService
    steps: StepService
    enrolling: EnrollingService
    enrollments: EnrollmentService
    executions: ExecutionService
    attempts: AttemptService
    conversions: ConversionService
    suppressions: SuppressionService
    integrations: IntegrationService
    jobs: JobService


def build(
    configured: Settings,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    keyring: Keyring | None = None,
    queue: JobsQueue | None = None,
    work_queue: WorkQueue | None = None,
) -> Application:
    """Wire an application; what is not given is the real thing."""
    clock = clock or process_clock()
    ids = ids or Ids(clock)
    store = Store(configured.table_name, configured.aws_region)
    core = Core(
        configured,
        store,
        clock,
        ids,
        keyring or Keyring(lambda: root_secret(configured)),
        Idempotency(store, clock, ids),
        work_queue or _work_queue(configured, clock),
    )
    if queue is None:
        queue = (
            SqsJobsQueue(configured.jobs_queue_url, configured.aws_region) if configured.jobs_queue_url else NoQueue()
        )
    runner = Runner(core, queue, PLANS)
    campaigns = CampaignService(core)
    sequences, enrollments = SequenceService(core), EnrollmentService(core)
    leads = LeadService(core)
    return Application(
        core=core,
        runner=runner,
        access=AccessService(core),
        deletion=DeletionService(core, queue, runner),
        leads=leads,
        intake=LeadIntake(core, leads),
        campaigns=campaigns,
        assignments=AssignmentService(core, campaigns),
        scripts=ScriptService(core),
        ab_tests=ABTestService(core),
        conversion_rules=ConversionRuleService(core),
        sequences=sequences,
        steps=StepService(core, sequences),
        enrolling=EnrollingService(core, sequences),
        enrollments=enrollments,
        executions=ExecutionService(core, enrollments),
        attempts=AttemptService(core),
        conversions=ConversionService(core),
        suppressions=SuppressionService(core),
        integrations=IntegrationService(core, runner),
        jobs=JobService(core, runner),
    )


def _work_queue(configured: Settings, clock: Clock) -> WorkQueue:
    urls: dict[Channel, str] = {
        "CALL": configured.call_queue_url,
        "SMS": configured.sms_queue_url,
        "EMAIL": configured.email_queue_url,
    }
    return SqsWorkQueue(urls, configured.aws_region, clock) if all(urls.values()) else NoWorkQueue()


_installed: list[Application] = []


def application() -> Application:
    """The application of this process, put together when it is first needed."""
    if not _installed:
        _installed.append(build(settings()))
    return _installed[0]


def install(app: Application) -> None:
    """Make this the application of the process."""
    _installed[:] = [app]
