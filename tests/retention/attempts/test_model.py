"""How the status of an attempt may move."""

from itertools import product

import pytest

from retention.attempts.model import FINAL, RANK, AttemptStatus, may_become


@pytest.mark.parametrize(("before", "after"), list(product(RANK, RANK)))
def test_a_status_only_rises_or_stays(before: AttemptStatus, after: AttemptStatus) -> None:
    assert may_become(before, after) == (before == after or (RANK[after] > RANK[before]))
    assert not (before in FINAL and before != after and may_become(before, after))


def test_reports_in_any_order_end_where_the_first_end_was() -> None:
    status: AttemptStatus = "PENDING"
    reports: list[AttemptStatus] = ["IN_PROGRESS", "SUCCESS", "IN_PROGRESS", "FAILED", "PENDING"]
    for report in reports:
        status = report if may_become(status, report) else status

    assert status == "SUCCESS"
