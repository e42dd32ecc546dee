"""The few places of a provider: never more taken than there are, and none lost."""

from concurrent.futures import ThreadPoolExecutor

from retention.bootstrap import Application
from retention.clock import ManualClock
from retention.engine import slots


def test_thirty_who_ask_at_once_for_ten_places_get_ten(app: Application) -> None:
    with ThreadPoolExecutor(30) as pool:
        taken = list(
            pool.map(lambda who: slots.take(app.core, "vapi", f"w{who}", places=10, lease_seconds=900), range(30))
        )

    assert sum(taken) == 10


def test_who_holds_a_place_keeps_it_when_it_asks_again(app: Application) -> None:
    assert slots.take(app.core, "vapi", "one", places=1, lease_seconds=900)

    assert slots.take(app.core, "vapi", "one", places=1, lease_seconds=900)
    assert not slots.take(app.core, "vapi", "other", places=1, lease_seconds=900)


def test_a_place_that_is_given_back_is_free(app: Application) -> None:
    slots.take(app.core, "vapi", "one", places=1, lease_seconds=900)

    slots.give_back(app.core, "vapi", "one")

    assert slots.take(app.core, "vapi", "other", places=1, lease_seconds=900)


def test_a_place_whose_holder_died_falls_free_by_itself(app: Application, clock: ManualClock) -> None:
    slots.take(app.core, "vapi", "one", places=1, lease_seconds=900)

    clock.advance(899)
    assert not slots.take(app.core, "vapi", "other", places=1, lease_seconds=900)
    clock.advance(2)
    assert slots.take(app.core, "vapi", "other", places=1, lease_seconds=900)
