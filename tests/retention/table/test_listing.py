"""Lists over many partitions: every item that is there all the time is shown exactly once, in order."""

from datetime import timedelta

import pytest

from retention.bootstrap import Application
from retention.leads.model import LEAD_STATUSES
from retention.leads.service import LeadFilter
from tests import factories
from tests.start import START


def put_leads(app: Application, count: int) -> list[str]:
    """Leads over all shards and statuses, some of the same instant; their ids, newest first."""
    leads = [
        factories.a_lead(
            status=LEAD_STATUSES[number % 5],
            source=("MANUAL", "META")[number % 2],
            created_at=START + timedelta(milliseconds=number // 3),
        )
        for number in range(count)
    ]
    factories.load(app, [*leads, *(factories.a_contact(lead) for lead in leads)])
    return [lead.id for lead in sorted(leads, key=lambda lead: (lead.created_at, lead.id), reverse=True)]


def walk(app: Application, wanted: LeadFilter, limit: int, between: object = None) -> list[str]:
    seen: list[str] = []
    position = None
    while True:
        page = app.leads.page(wanted, limit=limit, position=position)
        seen += [lead.id for lead in page.data]
        assert len(page.data) <= limit
        position = page.position
        if position is None:
            return seen
        if callable(between):
            between(seen)


@pytest.mark.parametrize("limit", [1, 2, 7, 49, 50, 51, 100])
def test_pages_of_any_size_show_everything_once_newest_first(app: Application, limit: int) -> None:
    newest_first = put_leads(app, 50)

    assert walk(app, LeadFilter(), limit) == newest_first


def test_items_that_change_their_status_meanwhile_are_neither_lost_nor_repeated(app: Application) -> None:
    newest_first = put_leads(app, 60)

    def change(seen: list[str]) -> None:
        for lead_id in (seen[-1], newest_first[-1], newest_first[len(newest_first) // 2]):
            status = LEAD_STATUSES[(LEAD_STATUSES.index(app.leads.get(lead_id).status) + 1) % 5]
            app.leads.update(lead_id, {"status": status}, if_match=None)

    assert walk(app, LeadFilter(), 7, change) == newest_first


def test_filters_that_no_index_answers_still_show_everything_that_fits(app: Application) -> None:
    newest_first = put_leads(app, 60)
    meta = {lead_id for lead_id in newest_first if app.leads.get(lead_id).source == "META"}

    assert walk(app, LeadFilter(source="META"), 7) == [lead_id for lead_id in newest_first if lead_id in meta]


def test_a_span_of_time_is_cut_at_the_millisecond(app: Application) -> None:
    put_leads(app, 60)
    first, last = START + timedelta(milliseconds=5), START + timedelta(milliseconds=9)

    found = walk(app, LeadFilter(created_from=first, created_to=last), 4)

    assert {app.leads.get(lead_id).created_at for lead_id in found} == {
        START + timedelta(milliseconds=number) for number in range(5, 9)
    }
    assert len(found) == 12
