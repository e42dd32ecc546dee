"""What makes a conversion unique: a report that comes twice has the same id, so the key itself refuses the second."""

from collections.abc import Mapping
from typing import Any

from retention import jsontext
from retention.conversions.model import ConversionInput
from retention.table.keys import fingerprint

#: Stands before the hash, so that a derived id cannot be taken for one that was drawn.
PREFIX = "cv"
#: The member of a report that tells one purchase of a visitor from another. Source: Keitaro's postback parameters.
TRANSACTION = "tid"


def derived_id(given: ConversionInput) -> str | None:
    """The id that follows from source, sub id (else click id) and transaction; None when nothing makes it unique."""
    visitor = given.sub_id or given.click_id
    if visitor is None:
        return None
    kind = "sub" if given.sub_id else "click"
    return PREFIX + fingerprint(given.source, kind, visitor, _transaction(given.postback_data or {}))


def _transaction(report: Mapping[str, Any]) -> str:
    """The transaction id of a report as text: 7 and "7" are the same one."""
    value = report.get(TRANSACTION)
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.canonical(value).decode()
