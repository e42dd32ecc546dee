"""One file per resource; `ALL` is every route that there is, in the order of the documentation."""

from typing import Final

from api.operation import Operation, Routes
from api.routes import (
    ab_tests,
    api_keys,
    campaign_leads,
    campaigns,
    contact_attempts,
    conversion_rules,
    conversions,
    documents,
    enrollments,
    executions,
    exports,
    imports,
    inbound_webhooks,
    integrations,
    jobs,
    lead_history,
    leads,
    reports,
    scripts,
    sending,
    sequences,
    suppressions,
    webhook_endpoints,
)

RESOURCES: Final[tuple[Routes, ...]] = (
    documents.routes,
    ab_tests.routes,
    api_keys.routes,
    campaigns.routes,
    campaign_leads.routes,
    contact_attempts.routes,
    conversion_rules.routes,
    conversions.routes,
    enrollments.routes,
    executions.routes,
    exports.routes,
    imports.routes,
    inbound_webhooks.routes,
    integrations.routes,
    jobs.routes,
    leads.routes,
    lead_history.routes,
    reports.routes,
    scripts.routes,
    sending.routes,
    sequences.routes,
    suppressions.routes,
    webhook_endpoints.routes,
)
ALL: Final[tuple[Operation, ...]] = tuple(operation for resource in RESOURCES for operation in resource.operations)
