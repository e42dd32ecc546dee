"""What makes a conversion unique."""

from decimal import Decimal
from typing import Any

import pytest

from retention.conversions.identity import Known, Visitor, continued, new_id, recorded, transaction_in, visitor_of
from retention.conversions.model import Conversion

VISITOR = Visitor("keitaro", "sub", "s")


def a_conversion(**fields: Any) -> Conversion:
    return Conversion.model_construct(**{"id": "it", "status": "lead", **fields})


def test_nothing_makes_a_report_without_a_visitor_unique() -> None:
    assert visitor_of("keitaro", None, None) is None
    assert visitor_of("keitaro", "", "") is None


def test_the_sub_id_names_the_visitor_and_the_others_do_where_there_is_none() -> None:
    assert visitor_of("keitaro", "s", "c", "x", "t") == visitor_of("keitaro", "s", "other")
    assert visitor_of("keitaro", None, "c", "x") == visitor_of("keitaro", None, "c")
    firsts = [visitor_of("keitaro", *["x" if at == one else None for at in range(4)]) for one in range(4)]
    assert len({one.first_id() for one in firsts if one is not None}) == 4


def test_texts_are_not_run_together() -> None:
    assert Visitor("ab", "sub", "c").first_id() != Visitor("a", "sub", "bc").first_id()
    assert VISITOR.id_of("t") != VISITOR.first_id()


@pytest.mark.parametrize("written", [7, Decimal("7.0"), "7"])
def test_a_transaction_is_the_same_as_number_and_as_text(written: object) -> None:
    assert transaction_in({"tid": written}) == "7"


def test_a_report_may_say_nothing_of_a_transaction() -> None:
    assert [transaction_in(report) for report in (None, {}, {"tid": None}, {"tid": ""})] == [None] * 4
    assert transaction_in({"tid": ["odd"]}) is not None


def test_without_a_transaction_id_it_is_the_first_conversion() -> None:
    first = a_conversion(transaction="1", status="customer")

    assert recorded(Known(first), None) is first
    assert new_id(VISITOR, Known(), None) == VISITOR.first_id()


def test_a_known_transaction_is_found_wherever_it_is() -> None:
    first, further = a_conversion(transaction="1"), a_conversion(transaction="2")

    assert recorded(Known(first), "1") is first
    assert recorded(Known(first, None, further), "2") is further
    assert recorded(Known(first), "3") is None
    assert recorded(Known(None, first), "1") is first


@pytest.mark.parametrize(
    ("first", "rebill", "goes_on"),
    [
        ({"status": "lead"}, False, True),
        ({"status": "qualified"}, False, True),
        ({"status": "lead"}, True, False),  # a rebill never is the first purchase
        ({"status": "lead", "transaction": "1"}, False, False),
        ({"status": "customer"}, False, False),  # paid already: another purchase
        ({"status": "churn"}, False, False),
    ],
)
def test_a_new_transaction_is_the_sale_of_a_lead_or_another_purchase(
    first: dict[str, Any], rebill: bool, goes_on: bool
) -> None:
    known = Known(a_conversion(**first))

    assert (continued(known, "9", rebill=rebill) is known.first) is goes_on
    if not goes_on:
        assert new_id(VISITOR, known, "9", rebill=rebill) == VISITOR.id_of("9")


def test_what_comes_first_takes_the_first_place_whatever_its_transaction_except_a_rebill() -> None:
    nothing = Known()

    assert new_id(VISITOR, nothing, "9") == VISITOR.first_id()
    assert new_id(VISITOR, nothing, "9", rebill=True) == VISITOR.first_rebill_id()
    assert new_id(VISITOR, Known(None, a_conversion()), "9", rebill=True) == VISITOR.id_of("9")
    assert new_id(VISITOR, Known(None, a_conversion()), "9") == VISITOR.first_id()
    assert len({*VISITOR.places("9"), *VISITOR.places(None)}) == 4 - 1
    assert new_id(VISITOR, nothing, None, rebill=True) == VISITOR.first_id()
