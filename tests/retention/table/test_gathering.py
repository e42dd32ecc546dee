"""The items of several partitions in one request."""

from retention.bootstrap import Application
from retention.leads.model import ExternalReference
from retention.table.gathering import items_in
from tests import factories as make
from tools.bench_engine.cost import counting


def test_every_item_of_each_partition_is_there_in_order_for_one_request(app: Application) -> None:
    names = ["b", "a#", "c'\"?"]
    make.load(app, [ExternalReference(external_id=name, lead_id=f"l{at}") for name in names for at in (2, 1)])
    places = [f"EXTERNAL#{name}" for name in names]

    with counting(app) as cost:
        found = items_in(app.core.store, [*places, "EXTERNAL#none"])

    assert {place: [row["sk"]["S"] for row in rows] for place, rows in found.items()} == {
        **{place: ["LEAD#l1", "LEAD#l2"] for place in places},
        "EXTERNAL#none": [],
    }
    assert cost.requests == ["ExecuteStatement"]
    assert items_in(app.core.store, []) == {}


def test_what_takes_several_pages_is_read_to_its_end(app: Application) -> None:
    many = [ExternalReference(external_id="x" * 1_000, lead_id=f"l{at:04d}") for at in range(900)]
    make.load(app, many)

    (rows,) = items_in(app.core.store, ["EXTERNAL#" + "x" * 1_000]).values()

    assert [row["leadId"]["S"] for row in rows] == [one.lead_id for one in many]
