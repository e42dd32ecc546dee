"""What the parameters of a postback say, and what its words mean."""

from typing import Any

import pytest

from retention.conversions.postback import read
from retention.conversions.unusable import UnusableError
from retention.conversions.words import WORDS, meaning

SALE = {"subid": "s1", "status": "sale"}


@pytest.mark.parametrize("name", ["subid", "sub_id", "subId", "SUBID", "sub-id"])
def test_a_parameter_is_known_however_it_is_written(name: str) -> None:
    assert read({name: " s1 ", "status": "sale"}).sub_id == "s1"


def test_everything_that_a_postback_says_is_read() -> None:
    params = {
        **SALE, "clickId": "c1", "external_id": "x1", "transaction_id": "7", "payout": "21.0", "currency": "EUR",
        "aff_sub": "a" * 20, "sub_id_1": "b" * 20, "sub_id30": "c" * 20, "campaign": "spring", "return": "OK",
    }  # fmt: skip
    postback = read(params)

    assert (postback.click_id, postback.external_id, postback.transaction) == ("c1", "x1", "7")
    assert (postback.amount, postback.currency, postback.status) == ("21.0", "EUR", "sale")
    assert sorted(postback.tokens[:2]) == ["b" * 20, "c" * 20]
    assert postback.tokens[2:] == ("a" * 20,)
    assert postback.names == ("x1", "s1", "c1")
    assert postback.raw == params


def test_of_several_names_for_one_thing_the_first_counts_and_what_is_empty_says_nothing() -> None:
    assert read({**SALE, "revenue": "2", "payout": "1"}).amount == "1"
    assert read({**SALE, "revenue": "2", "payout": " "}).amount == "2"
    assert read({**SALE, "profit": "2", "tid": ""}).amount is None
    assert read({**SALE, "tid": ""}).transaction is None


@pytest.mark.parametrize(
    ("params", "why"),
    [
        (None, "no texts"),
        ({"subid": 7, "status": "sale"}, "no texts"),
        ({"subid": "s1"}, "no status"),
        ({**SALE, "tid": "{tid}"}, "did not fill in tid"),
        ({**SALE, "sub_id_9": " {subacc4} ", "x": "{y}"}, "did not fill in sub_id_9, x"),
        ({**SALE, "subid": "x" * 201}, "longer than 200"),
        ({**SALE, "clickid": "a\x00b"}, "holds a zero"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_cause(params: Any, why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        read(params)


def test_a_cause_repeats_no_id_for_it_may_be_an_address_of_the_person_and_causes_are_logged() -> None:
    with pytest.raises(UnusableError) as caught:
        read({**SALE, "external_id": "ada@example.com" + "x" * 200})

    assert "ada" not in str(caught.value)


def test_of_a_huge_postback_what_matters_is_kept() -> None:
    postback = read({**SALE, **{f"p{number}": "x" * 1000 for number in range(40)}})

    assert postback.raw == SALE


def test_a_word_means_what_the_address_says_then_the_settings_then_common_use() -> None:
    address = read({**SALE, "sale_status": "Billed,paid", "ignore_status": "test", "lead_status": "paid"}).meanings

    assert meaning("BILLED", address, {"billed": "lead"}) == "sale"
    assert meaning("test", address, {}) == "ignore"
    # Two claim it: the first in the order of the words.
    assert meaning("paid", address, {}) == "lead"
    assert meaning("deposit", address, {"deposit": "qualified"}) == "qualified"
    assert meaning("trash", {}, {"trash": "ignore"}) == "ignore"
    assert meaning("trash", {}, {}) == "rejected"
    assert [meaning(word, {}, {}) for word in ("approved", "Confirmed", "hold")] == ["sale", "sale", "lead"]
    assert [meaning(word, {}, {}) for word in WORDS] == list(WORDS)


@pytest.mark.parametrize("word", ["registration", "deposit", "salé", "0"])
def test_an_unknown_word_is_named_with_the_setting_that_would_tell(word: str) -> None:
    with pytest.raises(UnusableError, match=f"{word}.* statuses of the integration keitaro"):
        meaning(word, {}, {})
