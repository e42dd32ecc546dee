"""Ids in few bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.ids import ALPHABET
from retention.templates.packing import pack, unpack

ULIDS = st.text(ALPHABET, min_size=26, max_size=26)
#: Parts of ids: our own, imported ones, and what looks like one of ours without being one.
PARTS = st.one_of(
    ULIDS, st.text(ALPHABET + "ilouIZ_-", min_size=1, max_size=40), st.just("z" * 26), st.integers(1, 99).map(str)
)
IDS = st.lists(PARTS, min_size=1, max_size=5).map(".".join)


@given(st.lists(IDS, min_size=1, max_size=3), st.binary(max_size=20))
def test_ids_come_back_as_they_went_in(identifiers: list[str], rest: bytes) -> None:
    assert unpack(pack(identifiers) + rest, len(identifiers)) == (identifiers, rest)


def test_an_id_of_a_step_takes_fifty_four_bytes_instead_of_eighty_two() -> None:
    ulid = "01khrjc1jsk2z0w8v6yq4n3m5t"

    assert len(pack([f"{ulid}.{ulid}.1.{ulid}"])) == 54


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(packed: bytes) -> None:
    try:
        unpack(packed, 1)
    except ValueError:
        return


def test_a_part_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        pack(["a" * 255])
