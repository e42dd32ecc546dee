"""Ids: in order, distinct, and taken apart as they were put together."""

from concurrent.futures import ThreadPoolExecutor

from retention.clock import ManualClock
from retention.ids import ALPHABET, Ids, join, split
from tests.start import START


def test_ids_of_one_millisecond_sort_in_the_order_in_which_they_were_made() -> None:
    ids = Ids(ManualClock(START))

    made = [ids.new() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {26}
    assert set("".join(made)) <= set(ALPHABET)


def test_a_later_id_sorts_after_an_earlier_one() -> None:
    clock = ManualClock(START)
    ids = Ids(clock)
    first = ids.new()

    clock.advance(0.001)

    assert ids.new() > first


def test_threads_do_not_get_the_same_id() -> None:
    ids = Ids(ManualClock(START))

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids.new(), range(5_000)))

    assert len(set(made)) == len(made)


def test_an_id_is_taken_apart_only_into_as_many_parts_as_it_has() -> None:
    assert split(join("lead", "sequence", 2, "step"), 4) == ("lead", "sequence", "2", "step")
    assert [split(text, 2) for text in ("lead", "lead.", ".campaign", "a.b.c", "")] == [None] * 5
