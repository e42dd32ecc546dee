"""What a conversion counts for: the variant of the A/B test that its contact was sent by.

A conversion remembers what it was counted as. Whoever changes it counts the difference in the same transaction, so the
counters are at every moment the sum over the conversions there are.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

from retention import ids
from retention.attempts.model import ContactAttempt
from retention.core import Core
from retention.engine.configuration import Kept
from retention.experiments.model import ABTest
from retention.stats.model import ABTestStats
from retention.table import keys
from retention.table.writes import Count, Write

#: Parts of a unit of money in which revenue is counted: Money has four decimals.
UNIT: Final = 10_000


class Credit(NamedTuple):
    """What one conversion counts for in a test."""

    test_id: str
    #: A or B.
    variant: str
    conversions: int = 0
    #: In ten-thousandths.
    revenue: int = 0

    def of(self, *, paid: bool, revenue: Decimal) -> Self:
        """The credit of a conversion in another state: only what is paid counts.

        Args:
            revenue: at most four decimals.
        """
        return self._replace(conversions=int(paid), revenue=int(revenue * UNIT) if paid else 0)

    def as_json(self) -> dict[str, Any]:
        """As it stands on the conversion."""
        return self._asdict()

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """As it stands on the conversion, or None."""
        return None if stored is None else cls(**stored)


class Crediting:
    """Finds the test that a contact was part of, and counts."""

    def __init__(self, core: Core) -> None:
        self._core = core
        #: The tests of a campaign, by its id: a handful, kept for a few seconds.
        self._tests: Kept[list[ABTest]] = Kept(core, self._read)

    def _read(self, campaign_id: str) -> list[ABTest]:
        pk, starts_with = keys.partitions("ABTest")[0], keys.prefix("ABTest", campaign_id=campaign_id)
        return list(self._core.store.query_entities(ABTest, pk, starts_with=starts_with))

    def share_of(self, attempt: ContactAttempt | None) -> Credit | None:
        """The test and variant that a contact was made for, with nothing counted yet; None when for none.

        Of several tests with its script, the one that began last before the contact and had not ended.
        """
        if attempt is None or attempt.campaign_id is None or attempt.script_id is None:
            return None
        possible = [
            test
            for test in self._tests.get(attempt.campaign_id) or ()
            if test.channel == attempt.channel
            and attempt.script_id in (test.variant_a, test.variant_b)
            and test.started_at <= attempt.started_at
            and (test.ended_at is None or attempt.started_at <= test.ended_at)
        ]
        if not possible:
            return None
        test = max(possible, key=lambda one: (one.started_at, one.id))
        return Credit(test.id, "A" if attempt.script_id == test.variant_a else "B")

    def counted(self, before: Credit | None, after: Credit | None, spread_by: str) -> list[Write]:
        """What counts the difference between two states of a conversion, to be put into the transaction that makes it.

        Nothing for a test that was deleted.

        Args:
            spread_by: picks the share of the counters: the id of the lead, or of the conversion.
        """
        gained = _amounts(after)
        lost = _amounts(before)
        writes: list[Write] = []
        for test_id in sorted({test_id for test_id, _ in (*gained, *lost)}):
            names = sorted({name for one, name in (*gained, *lost) if one == test_id})
            change = {name: gained.get((test_id, name), 0) - lost.get((test_id, name), 0) for name in names}
            change = {name: amount for name, amount in change.items() if amount}
            if change and self._is_there(test_id):
                stats = ABTestStats(test_id=test_id, spread_by=spread_by)
                writes.append(Count(stats, change))
        return writes

    def _is_there(self, test_id: str) -> bool:
        parts = ids.split(test_id, 2)
        return parts is not None and any(test.id == test_id for test in self._tests.get(parts[0]) or ())


def _amounts(credit: Credit | None) -> dict[tuple[str, str], int]:
    """What a credit adds to which counter, by the name that the counter has in its item."""
    if credit is None:
        return {}
    return {
        (credit.test_id, f"conversions{credit.variant}"): credit.conversions,
        (credit.test_id, f"revenue{credit.variant}"): credit.revenue,
    }
