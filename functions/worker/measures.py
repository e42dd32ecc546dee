"""What the worker tells CloudWatch about itself. The dashboard and an alarm of template.yaml know the names."""

from collections.abc import Mapping
from typing import Final

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from retention.engine.reasons import Reason
from retention.engine.worker import Report

#: The metric that counts a reason. What is not here is no event: somebody else had it, or it is held.
COUNTED: Final[Mapping[str, frozenset[Reason]]] = {
    "Sends": frozenset({Reason.SENT}),
    "Skips": frozenset(
        {
            Reason.ENROLLMENT_OVER,
            Reason.SEQUENCE_ARCHIVED,
            Reason.CAMPAIGN_OVER,
            Reason.NOT_ASSIGNED,
            Reason.CHANNEL_OFF,
            Reason.CAMPAIGN_LIMIT,
            Reason.NOT_NEEDED,
            Reason.LEAD_STOPPED,
            Reason.ADDRESS_SUPPRESSED,
            Reason.CONVERTED,
            Reason.STEP_INACTIVE,
            Reason.STEP_GONE,
            Reason.CONDITIONS_FALSE,
            Reason.NO_ADDRESS,
            Reason.ADDRESS_NOT_OWNED,
            Reason.TOO_LATE,
        }
    ),
    "Deferrals": frozenset(
        {
            Reason.INTEGRATION_MISSING,
            Reason.OUTSIDE_WINDOW,
            Reason.LATE_FOR_WINDOW,
            Reason.FREQUENCY_CAP,
            Reason.NO_SLOT,
            Reason.PROVIDER_BUSY,
            Reason.CAMPAIGN_NOT_BEGUN,
            Reason.BUDGET_SPENT,
            Reason.LIMIT_IN_DOUBT,
            Reason.PRICE_MISSING,
            Reason.OUTCOME_AWAITED,
        }
    ),
    # What somebody should look at.
    "Failures": frozenset(
        {
            Reason.REJECTED,
            Reason.GIVEN_UP,
            Reason.NO_SCRIPT,
            Reason.WRONG_SCRIPT,
            Reason.NOT_RENDERED,
            Reason.NEVER_OPEN,
        }
    ),
    "OutcomeUnknown": frozenset({Reason.OUTCOME_UNKNOWN}),
}


def measure(report: Report, metrics: Metrics) -> None:
    """Note what happened; nothing where nothing did, since a metric costs by the hour in which it is heard of."""
    for name, reasons in COUNTED.items():
        count = sum(report.outcomes[reason] for reason in reasons)
        if count:
            metrics.add_metric(name, MetricUnit.Count, count)
    for seconds in report.lateness:
        metrics.add_metric("Lateness", MetricUnit.Seconds, seconds)
