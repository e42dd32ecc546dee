"""Which part of the service applies which source."""

from collections.abc import Mapping

from retention.bootstrap import Application
from retention.conversions.postbacks import Postbacks
from retention.inbound.applying import Handler
from retention.intake.handling import Forms, MetaLeads
from retention.intake.taking import Taking
from retention.intake.targets import Targets
from retention.receiving.event import Source
from retention.replies.handling import Replies
from retention.reports.calls import CallReports
from retention.reports.clicks import Clicks
from retention.reports.handling import DeliveryReports


def handlers_of(app: Application) -> Mapping[Source, Handler]:
    """The handlers of all sources."""
    deliveries, replies = DeliveryReports(app.core), Replies(app.core)
    taking = Taking(app.core, app.intake, Targets(app.core, app.assignments, app.enrolling))
    return {
        "twilio-status": deliveries.twilio,
        "twilio-inbound": replies.inbound,
        "sendgrid": deliveries.sendgrid,
        "vapi": CallReports(app.core).apply,
        "keitaro": Postbacks(app.core).apply,
        "meta": MetaLeads(app.core, taking, app.http).apply,
        "form": Forms(app.core, taking).apply,
        "click": Clicks(app.core).apply,
        "unsubscribe": replies.unsubscribe,
    }
