"""Many reports at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from retention.bootstrap import Application
from retention.conversions.model import ConversionInput
from retention.conversions.service import ConversionFilter
from retention.errors import AlreadyExistsError
from retention.leads.model import Contact
from retention.table.keys import key
from tests import factories as make
from tests.api_client import ApiClient
from tools.bench_engine.cost import counting

#: Reports at the same moment.
MANY = 12


def at_once(report: Callable[[int], object]) -> list[object]:
    """What becomes of many reports that start together: the result, or the error that was raised."""
    together = Barrier(MANY)

    def one(number: int) -> object:
        together.wait()
        try:
            return report(number)
        except AlreadyExistsError as error:
            return error

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_of_many_copies_of_a_report_one_is_recorded(app: Application) -> None:
    given = ConversionInput.model_validate({"subId": "s1", "postbackData": {"tid": "7"}})

    results = at_once(lambda _: app.conversions.create(given))

    refused = [result for result in results if isinstance(result, AlreadyExistsError)]
    (recorded,) = app.conversions.page(ConversionFilter(), limit=100, position=None).data
    assert len(refused) == MANY - 1
    assert {error.existing_id for error in refused} == {recorded.id}


def test_many_purchases_of_one_lead_are_all_recorded_and_each_is_noticed_by_sends_under_way(app: Application) -> None:
    lead = make.a_lead()
    make.load(app, [lead, make.a_contact(lead)])

    def purchase(number: int) -> object:
        fields = {"leadId": lead.id, "subId": "s1", "status": "customer", "postbackData": {"tid": str(number)}}
        return app.conversions.create(ConversionInput.model_validate(fields))

    at_once(purchase)

    wanted = ConversionFilter(lead_id=lead.id)
    assert len(app.conversions.page(wanted, limit=100, position=None).data) == MANY
    assert app.leads.get(lead.id).status == "CONVERTED"
    contact = app.core.store.find(Contact, key("Contact", lead_id=lead.id))
    assert contact is not None
    assert contact.version == MANY


def test_a_purchase_costs_two_reads_and_one_transaction(api: ApiClient) -> None:
    lead = make.a_lead()
    make.load(api.app, [lead, make.a_contact(lead)])

    with counting(api.app) as cost:
        assert api.post("/v1/conversions", {"leadId": lead.id, "subId": "s1", "status": "customer"}).status == 201

    assert cost.requests == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
