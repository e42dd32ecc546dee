"""46 copies of every event, shuffled, eight at a time: one effect."""

from concurrent.futures import ThreadPoolExecutor

from retention.bootstrap import Application
from retention.errors import ContentionError
from retention.inbound.claim import ReceivedEvent
from retention.inbound.outcome import Applied, Outcome
from retention.jobs.model import Job
from retention.receiving.event import Event
from retention.reports.handling import DeliveryReports
from retention.suppressions.model import Suppression
from tests.integrity import count, problems
from tests.retention.reports.sends import sent, shuffled

COPIES = 46
THREADS = 8


def test_46_copies_of_each_event_in_any_order_have_one_effect(app: Application) -> None:
    text, mail = sent(app, "SMS"), sent(app, "EMAIL")
    events = [
        text.status("sent", after=1),
        text.status("failed", code="21610", after=5),
        text.status("delivered", after=9),
        mail.mail("delivered", after=2),
        mail.mail("open", after=6),
        mail.mail("click", useragent="Mozilla/5.0 (iPhone)", after=7),
        mail.mail("spamreport", after=20),
    ]
    reports = DeliveryReports(app.core)
    before = {one.lead_id: one.contact.version for one in (text, mail)}

    def apply(event: Event) -> Outcome:
        while True:
            try:
                return reports.twilio(event) if event.source == "twilio-status" else reports.sendgrid(event)
            except ContentionError:  # Comes again by itself, as in the function.
                continue

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(apply, shuffled(events * COPIES, "copies")))

    effects = [one for one in outcomes if isinstance(one, Applied)]
    assert len(effects) == count(app, ReceivedEvent) == len(events) - 1  # `sent` adds nothing.
    assert (text.attempt.status, text.execution.status, text.contact.stop_reason) == ("SUCCESS", "DELIVERED", "OPT_OUT")
    assert (mail.attempt.status, mail.execution.status, mail.contact.stop_reason) == (
        "SUCCESS",
        "DELIVERED",
        "COMPLAINT",
    )
    assert set(mail.execution.result) >= {"deliveredAt", "openedAt", "clickedAt", "complainedAt"}
    assert mail.lead.status == "IN_PROGRESS"
    assert count(app, Suppression) == count(app, Job) == 2
    # Each effect raised the version of its lead once.
    assert text.contact.version == before[text.lead_id] + 2
    assert mail.contact.version == before[mail.lead_id] + 4
    assert problems(app) == []
