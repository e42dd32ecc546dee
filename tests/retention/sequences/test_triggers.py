"""Which configuration fits which trigger."""

import pytest

from retention.sequences import triggers
from retention.sequences.model import TriggerConfig, TriggerType

EVERYTHING = TriggerConfig(
    sources=["META"], campaigns=["spring"], min_days_since_last_contact=7, exclude_status=["LOST"]
)


@pytest.mark.parametrize(
    ("trigger", "misfits"),
    [
        ("manual", {"sources", "campaigns", "minDaysSinceLastContact", "excludeStatus"}),
        ("new_lead", {"minDaysSinceLastContact", "excludeStatus"}),
        ("no_conversion", {"sources", "campaigns"}),
    ],
)
def test_a_member_that_says_nothing_to_a_trigger_is_named(trigger: TriggerType, misfits: set[str]) -> None:
    found = triggers.misfits(trigger, EVERYTHING)

    assert {error.pointer for error in found} == {f"/triggerConfig/{name}" for name in misfits}
    assert {error.code for error in found} == {"not_for_this_trigger"}


def test_what_is_not_set_is_not_shown_and_fits_every_trigger() -> None:
    empty = TriggerConfig(sources=None, min_days_since_last_contact=None)

    assert triggers.shown(empty) == {}
    assert all(not triggers.misfits(trigger, empty) for trigger in triggers.MEMBERS)
