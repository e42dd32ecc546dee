"""What stays of a conversion when the person behind it is erased: what it was worth, and what brought it.

Its ids elsewhere, the report as it came, and the links to the lead and the contact go. Its own id stays, which is a
hash of what made it unique; of its transaction id a hash is left, so that a report that comes again still finds it.
"""

from typing import Final

from retention.conversions.identity import hidden
from retention.conversions.model import Conversion
from retention.conversions.recording import conversion_key, pointers
from retention.core import REVISE_TRIES, Core
from retention.errors import ContentionError
from retention.table.keys import key_of
from retention.table.writes import RefusedError, Remove, Replace

#: What may name somebody.
_NAMES: Final = (
    "lead_id",
    "contact_attempt_id",
    "sub_id",
    "click_id",
    "external_id",
    "postback_data",
)


def scrubbed(conversion: Conversion, before: Conversion | None = None) -> Conversion:
    """A conversion without anything that names somebody.

    Args:
        before: its state that is in the table; None: it is new.
    """
    transaction = conversion.transaction
    is_hidden = before is not None and before.scrubbed and before.transaction == transaction
    if transaction is not None and not is_hidden:
        transaction = hidden(transaction)
    cleared = dict.fromkeys(_NAMES)
    return conversion.model_copy(update={**cleared, "transaction": transaction, "scrubbed": True})


def scrub(core: Core, conversion_id: str) -> bool:
    """Scrub a conversion in the table, with the items by which it is found; False where there is none.

    Raises:
        ContentionError: others kept changing it.
    """
    for _ in range(REVISE_TRIES):
        before = core.store.find(Conversion, conversion_key(conversion_id))
        if before is None:
            return False
        if before.scrubbed:
            return True
        after = core.changed(scrubbed(before))
        left = {key_of(pointer) for pointer in pointers(after)}
        gone = [one for one in pointers(before) if key_of(one) not in left]
        try:
            core.store.write(Replace(after, before=before), *(Remove(type(one), key_of(one)) for one in gone))
        except RefusedError:
            continue
        return True
    raise ContentionError
