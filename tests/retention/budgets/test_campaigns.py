"""The contacts of a campaign are paid from its budget, and figures, budget and attempts say the same."""

from decimal import Decimal

from retention.attempts.model import ContactAttempt
from retention.bootstrap import Application
from retention.budgets.limits import spending_key
from retention.budgets.model import Charge, Spending
from retention.budgets.prices import Prices
from retention.campaigns.model import CampaignContact
from retention.clock import ManualClock
from retention.figures.days import Period
from retention.stats.contributing import campaign_scope
from tests.integrity import problems
from tests.retention.budgets.purse import PRICE
from tests.retention.campaigns.season import Season


def test_a_campaign_contacts_those_whom_its_budget_suffices_for(app: Application, clock: ManualClock) -> None:
    season = Season(app, clock)
    season.ledger.prices = Prices(PRICE)
    campaign = season.draft(settings={"budget": {"amount": PRICE * 2}})
    leads = [season.lead() for _ in range(3)]
    for lead in leads:
        season.enroll(campaign, lead)
    season.start(campaign)
    season.run_jobs()

    report = season.work(*leads)

    assert (report.outcomes["sent"], report.outcomes["budget_spent"]) == (2, 1)
    used = app.core.store.find(Spending, spending_key(campaign_scope(campaign), "total"))
    assert used is not None
    assert (used.used, used.reserved) == (166, 0)
    costs = [attempt.cost for lead in leads for attempt in season.of(ContactAttempt, lead)]
    assert costs == [PRICE, PRICE]
    stats = app.reports.campaign(campaign, Period(clock.now().date(), clock.now().date(), "UTC"))
    assert stats.budget is not None
    assert (stats.cost, stats.budget.spent, stats.budget.left) == (2 * PRICE, 2 * PRICE, Decimal(0))
    assert problems(app) == []


def test_what_was_used_of_a_budget_goes_with_its_campaign(app: Application, clock: ManualClock) -> None:
    season = Season(app, clock)
    season.ledger.prices = Prices(PRICE)
    campaign = season.draft(settings={"budget": {"amount": 1}})
    lead = season.lead()
    season.enroll(campaign, lead)
    season.start(campaign)
    season.run_jobs()
    season.work(lead)
    assert len(season.of(CampaignContact, lead)) == 1

    app.deletion.campaign(campaign, if_match=None)
    for _ in range(3):
        clock.advance(60)
        season.run_jobs()

    assert app.core.store.find(Spending, spending_key(campaign_scope(campaign), "total")) is None
    assert [one.state for one in season.of(Charge, lead)] == ["closed"]
