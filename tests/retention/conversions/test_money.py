"""Revenue over a long random history, exact to the cent against a recount that knows nothing of how it is recorded."""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from retention.bootstrap import Application
from retention.conversions.model import Conversion
from retention.receiving.event import Event
from retention.table.keys import fingerprint
from tests import factories as make
from tests.integrity import everything, problems
from tests.retention.conversions.tracker import Tracker, shuffled
from tests.start import START

#: Visitors, and postbacks at least.
VISITORS = 120
POSTBACKS = 2_000
#: What a unit is worth in the account's currency, in ten-thousandths.
RATES = {"USD": 10_000, "EUR": 10_800, "GBP": 12_700}


class Chance:
    """Numbers that follow from a seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def below(self, limit: int) -> int:
        """A number from 0."""
        self._drawn += 1
        return int(fingerprint(self._seed, str(self._drawn))[:12], 16) % limit


class History(NamedTuple):
    """What is told of one visitor, and what it comes to, in ten-thousandths: paid conversions, and their revenue."""

    sub_id: str
    told: list[dict[str, str]]
    paid: int
    worth: int


def written(cents: int, style: int) -> str:
    """An amount as one of many networks writes it."""
    whole, cent = divmod(cents, 100)
    grouped = f"{whole:,}"
    return (
        f"{whole}.{cent:02d}",
        f"{grouped}.{cent:02d}",
        f"{grouped.replace(',', '.')},{cent:02d}",
        f"{grouped.replace(',', ' ')},{cent:02d}",
        f"${whole}.{cent:02d}",
        f"{whole},{cent:02d}",
    )[style]


def worth(cents: int, currency: str) -> int:
    """The same in the account's currency, in ten-thousandths, half up: with integers, by hand."""
    return (cents * 100 * RATES[currency] + 5_000) // 10_000


def history(number: int) -> History:
    """A visitor: a lead, purchases and rebills with transactions of their own, some of them rejected; many copies."""
    chance = Chance(f"visitor {number}")
    told: list[dict[str, str]] = [{"status": "lead", "payout": "3.00"}] if chance.below(3) else []
    paid = total = 0
    for transaction in range(1 + chance.below(4)):
        cents, currency = chance.below(300_000), ("USD", "EUR", "GBP")[chance.below(3)]
        style = chance.below(4) if currency != "USD" else chance.below(6)
        sale = {"tid": str(transaction), "payout": written(cents, style), "currency": currency}
        # The first is a sale; each of the others may be called either.
        told.append({"status": ("sale", "rebill", "approved")[chance.below(3) if transaction else 0], **sale})
        if chance.below(4) == 0:
            told.append({"status": "rejected", "tid": str(transaction), "payout": written(cents, style)})
        else:
            paid, total = paid + 1, total + worth(cents, currency)
    return History(f"s{number}", told, paid, total)


def postbacks(tracker: Tracker, histories: list[History], token: str) -> Iterator[Event]:
    """Everything that is told, as often as it takes to be as much as is wanted."""
    told = [{"subid": one.sub_id, "sub_id_4": token, **params} for one in histories for params in one.told]
    for _ in range(-(-POSTBACKS // len(told))):
        yield from (tracker.event(**params) for params in told)


def test_revenue_and_credit_are_exact_over_thousands_of_postbacks_in_any_order(app: Application) -> None:
    campaign, lead = make.a_campaign(), make.a_lead()
    script = make.a_script(campaign_id=campaign.id)
    test = make.a_test(campaign, variant_a=script.id, variant_b="other")
    own = {"campaign_id": campaign.id, "script_id": script.id, "experiment": f"{test.id}:A", "sent_at": START}
    attempt = make.an_attempt(lead, **own)
    make.load(app, [campaign, lead, make.a_contact(lead), script, test, attempt, make.an_exposure(attempt)])
    tracker = Tracker(app)
    tracker.settings(rates={"EUR": "1.08", "GBP": "1.27"})
    histories = [history(number) for number in range(VISITORS)]

    events = list(postbacks(tracker, histories, tracker.visit(attempt.id)))
    outcomes = Counter(type(one).__name__ for one in tracker.send_all(shuffled(events, "any order")))

    assert len(events) >= POSTBACKS
    assert outcomes.keys() == {"Applied", "Ignored"}
    recorded: dict[str, list[int]] = {one.sub_id: [0, 0] for one in histories}
    for one in everything(app):
        if isinstance(one, Conversion):
            recorded[str(one.sub_id)][0] += one.status == "customer"
            recorded[str(one.sub_id)][1] += int(one.revenue.scaleb(4)) if one.status == "customer" else 0
            assert one.status == "customer" or one.revenue in (0, 3)
    assert recorded == {one.sub_id: [one.paid, one.worth] for one in histories}
    shown = app.ab_tests.get(test.id).stats_a
    # All are of one lead, which is one conversion in the test; its revenue is all of theirs.
    assert shown.conversions == 1
    assert shown.revenue == Decimal(sum(one.worth for one in histories)).scaleb(-4)
    assert shown.revenue.quantize(Decimal("0.01"), ROUND_HALF_UP) > 0
    assert problems(app) == []
