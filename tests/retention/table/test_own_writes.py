"""A transaction whose answer was lost is known again; one that somebody else has made a part of is not."""

import pytest

from retention.bootstrap import Application
from retention.leads.model import Lead
from retention.table.keys import key_of
from retention.table.writes import Create, RefusedError
from tests import factories


def test_a_transaction_that_is_sent_again_was_carried_out(app: Application) -> None:
    one, other = factories.a_lead(), factories.a_lead()
    app.core.store.write(Create(one), Create(other))

    app.core.store.write(Create(one), Create(other))


def test_one_of_whose_items_somebody_else_has_made_the_very_same_was_not(app: Application) -> None:
    one, other = factories.a_lead(), factories.a_lead()
    app.core.store.write(Create(one))

    with pytest.raises(RefusedError):
        app.core.store.write(Create(one), Create(other))

    assert app.core.store.find(Lead, key_of(other)) is None
