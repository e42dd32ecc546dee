"""What makes a conversion unique."""

from decimal import Decimal

from retention.conversions.identity import derived_id
from retention.conversions.model import ConversionInput


def identity(**fields: object) -> str | None:
    return derived_id(ConversionInput.model_validate(fields))


def test_nothing_makes_a_report_without_a_visitor_unique() -> None:
    assert identity(postbackData={"tid": "1"}) is None


def test_the_sub_id_names_the_visitor_and_the_click_id_does_where_there_is_none() -> None:
    assert identity(subId="s", clickId="c") == identity(subId="s", clickId="other")
    assert identity(clickId="c") != identity(clickId="other")
    assert identity(subId="x") != identity(clickId="x")


def test_status_and_revenue_are_no_part_of_it() -> None:
    assert identity(subId="s", status="customer", revenue=5) == identity(subId="s")


def test_a_transaction_is_the_same_as_number_and_as_text() -> None:
    assert identity(subId="s", postbackData={"tid": 7}) == identity(subId="s", postbackData={"tid": "7"})
    assert identity(subId="s", postbackData={"tid": Decimal("7.0")}) == identity(subId="s", postbackData={"tid": "7"})
    assert identity(subId="s", postbackData={"tid": None}) == identity(subId="s")
    assert identity(subId="s", postbackData={"tid": ["odd"]}) is not None


def test_texts_are_not_run_together() -> None:
    assert identity(source="ab", subId="c") != identity(source="a", subId="bc")
