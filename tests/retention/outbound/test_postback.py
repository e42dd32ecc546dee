"""Addresses of trackers, filled in."""

from decimal import Decimal
from typing import Any

import pytest

from retention.outbound.postback import MACROS, filled, unknown_macros

KEITARO = "https://t.example/abc/postback?subid={subid}&status={status}&payout={payout}&tid={tid}&currency={currency}"


def event(**data: Any) -> dict[str, Any]:
    return {"type": "conversion.recorded", "timestamp": "2026-03-02T09:00:00.000Z", "data": data}


def test_a_tracker_is_told_in_its_own_words() -> None:
    told = event(subId="s1", status="customer", revenue=Decimal("129.50"), tid="T-9", currency="EUR")

    assert filled(KEITARO, told) == (
        "https://t.example/abc/postback?subid=s1&status=sale&payout=129.5&tid=T-9&currency=EUR"
    )


@pytest.mark.parametrize(
    ("ours", "theirs"), [("lead", "lead"), ("qualified", "lead"), ("customer", "sale"), ("churn", "rejected")]
)
def test_each_state_has_a_word_for_trackers_and_ours_beside_it(ours: str, theirs: str) -> None:
    assert filled("{status}/{state}", event(status=ours)) == f"{theirs}/{ours}"


def test_what_has_no_value_is_empty_and_what_has_one_cannot_leave_its_place() -> None:
    assert filled("/p?a={subid}&b={clickid}", event(subId="x&b=1#/../%20\r\nHost: é")) == (
        "/p?a=x%26b%3D1%23%2F..%2F%2520%0D%0AHost%3A%20%C3%A9&b="
    )


def test_a_value_that_looks_like_a_macro_is_none() -> None:
    assert filled("/{subid}/{tid}", event(subId="{tid}", tid="1")) == "/%7Btid%7D/1"


def test_macros_that_nobody_knows_are_named_once() -> None:
    assert unknown_macros("/{subid}?{x}&{x}&{SUBID}&{}") == ["", "SUBID", "x"]
    assert unknown_macros("".join(f"{{{name}}}" for name in MACROS)) == []
