"""Everybody in the demonstration has one part, every part is played, and the sandbox takes what they do."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from tools.demo.cast import leads
from tools.demo.effects import Known, effects, is_known, revenue
from tools.demo.roles import ROLES, Role, cast, faults, habits
from tools.demo.story import Story
from tools.sandbox.faults import Fault
from tools.sandbox.habits import Habit

LEADS = {f"lead{number}": lead for number, lead in enumerate(leads(100))}
NOTHING = Known(None, None, Decimal(0))


def test_every_part_is_played_by_somebody_and_most_do_nothing() -> None:
    played = cast(LEADS)

    assert {role.name for role in played.values()} == {role.name for role in ROLES}
    assert 40 <= len(played) <= 85
    assert len(cast(dict(list(LEADS.items())[:3]))) == 3


def test_the_sandbox_takes_what_they_do() -> None:
    played = cast(LEADS)

    known = TypeAdapter(list[Habit]).validate_python(habits(LEADS, played))
    befalls = TypeAdapter(list[Fault]).validate_python(faults(LEADS, played))

    addresses = {lead[name] for lead in LEADS.values() for name in ("phone", "email")}
    assert {one.to for one in known} | {one.to for one in befalls} <= addresses
    assert {lead for lead, role in played.items() if role.habits or role.faults} == set(played)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_nobody_told_is_not_known(role: Role) -> None:
    assert not is_known(role, NOTHING)


def test_what_was_paid_is_added_up_exactly() -> None:
    played = {lead: role for lead, role in cast(LEADS).items() if role.pays}
    known = {lead: Known(None, "CONVERTED", role.pays) for lead, role in played.items()}

    found = effects(Story({}, LEADS, played), known)

    assert all(one.is_good for one in found)
    assert revenue(known) == 4 * Decimal("49.90") + 3 * Decimal("130.14")
    (first, *_) = known
    assert not all(one.is_good for one in effects(Story({}, LEADS, played), {**known, first: NOTHING}))
