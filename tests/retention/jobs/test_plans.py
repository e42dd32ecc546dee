"""Every job has its plan, and every plan is found."""

from typing import get_args

import pytest

from retention.campaigns import following
from retention.deletion.plans import PLANS as DELETIONS
from retention.exports import making
from retention.jobs.model import Task
from retention.jobs.plans import PLANS
from retention.jobs.runner import Plan
from retention.sequences import followthrough
from retention.stats.model import RECOUNTED as FIGURES
from retention.table.layouts import LAYOUTS


@pytest.mark.parametrize("what", PLANS)
def test_the_plan_of_a_job_is_there(what: tuple[str, str]) -> None:
    assert isinstance(PLANS[what], Plan)


def test_of_modules_with_several_plans_each_is_known() -> None:
    several = {**{("delete", kind): plan for kind, plan in DELETIONS.items()}}
    several |= {**followthrough.PLANS, **following.PLANS, **making.PLANS}

    assert {what: PLANS[what] for what in several} == several


def test_every_task_is_carried_out_on_something_that_there_is() -> None:
    assert {task for task, _ in PLANS} == set(get_args(Task))
    assert {kind for _, kind in PLANS} <= {*LAYOUTS, FIGURES}
