"""What makes a conversion unique: a report that comes twice has the same id, so the key itself refuses the second.

The first conversion of a visitor lives under an id made of the visitor alone, whatever its transaction, so that a lead
and its sale meet in one place however close they come. It remembers its transaction; further ones have their own ids.

    no transaction id       the first conversion
    one that is known       the conversion that has it
    one that is new         the first conversion, if that is a lead without any (it is sold now); else another one

A rebill never is the first purchase: with a transaction id of its own it never becomes the first conversion. One that
comes before any other has a place of its own, so that two places tell whether anything is known of a visitor.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from retention import jsontext
from retention.conversions.model import Conversion
from retention.table.keys import fingerprint

#: Stands before the hash, so that a derived id cannot be taken for one that was drawn.
PREFIX = "cv"
#: The member of a report that tells one purchase of a visitor from another. Source: Keitaro's postback parameters.
TRANSACTION = "tid"


class Visitor(NamedTuple):
    """Whose conversion it is, as its source names the visitor."""

    source: str
    #: sub, click, external, or transaction where nothing else names it.
    kind: str
    name: str

    def first_id(self) -> str:
        """The id of the visitor's first conversion."""
        return PREFIX + fingerprint(self.source, self.kind, self.name, "")

    def first_rebill_id(self) -> str:
        """The id of a rebill that came before any other conversion."""
        return PREFIX + fingerprint(self.source, self.kind, self.name, "", "rebill")

    def id_of(self, transaction: str) -> str:
        """The id of a further one."""
        return PREFIX + fingerprint(self.source, self.kind, self.name, transaction)

    def places(self, transaction: str | None) -> tuple[str, str, str]:
        """The ids of what may be known when a report with this transaction id comes; in the order of `Known`."""
        return self.first_id(), self.first_rebill_id(), self.id_of(transaction or "")


class Known(NamedTuple):
    """What is recorded of a visitor that a report may be about. Without the first two there is nothing at all."""

    first: Conversion | None = None
    first_rebill: Conversion | None = None
    #: With the transaction id of the report, where it has one.
    further: Conversion | None = None


def visitor_of(
    source: str,
    sub_id: str | None,
    click_id: str | None,
    external_id: str | None = None,
    transaction: str | None = None,
) -> Visitor | None:
    """The visitor that a report is about; None when nothing in it makes it unique."""
    named = {"sub": sub_id, "click": click_id, "external": external_id, "transaction": transaction}
    return next((Visitor(source, kind, name) for kind, name in named.items() if name), None)


def transaction_in(report: Mapping[str, Any] | None) -> str | None:
    """The transaction id of a report as text: 7 and "7" are the same one."""
    value = (report or {}).get(TRANSACTION)
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else jsontext.canonical(value).decode()


def hidden(transaction: str) -> str:
    """What is kept of the transaction id of a conversion whose person was erased."""
    return PREFIX + fingerprint("transaction", transaction)


def recorded(known: Known, transaction: str | None) -> Conversion | None:
    """The conversion that has been recorded with this transaction id; without one, the first."""
    if transaction is None:
        return known.first
    candidates = (one for one in known if one is not None)
    return next((one for one in candidates if one.transaction in (transaction, hidden(transaction))), None)


def continued(known: Known, transaction: str | None, *, rebill: bool) -> Conversion | None:
    """The conversion that a postback goes on with: a recorded one, or the lead that is sold with it now."""
    found, first = recorded(known, transaction), known.first
    if found is not None or first is None or rebill:
        return found
    return first if first.transaction is None and first.status in ("lead", "qualified") else None


def new_id(visitor: Visitor, known: Known, transaction: str | None, *, rebill: bool = False) -> str:
    """The id of a conversion that begins with a report."""
    if transaction is None or (known.first is None and not rebill):
        return visitor.first_id()
    return visitor.id_of(transaction) if known.first or known.first_rebill else visitor.first_rebill_id()
