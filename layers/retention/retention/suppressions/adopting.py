"""Taking over the suppression key of another stack, so that whoever was erased there is left alone here, too.

A suppression is a keyed hash of an address: nobody can turn it into one under another key. So a stack that has no lead
and no suppression yet takes the key itself over. From then on it names suppressions as the other stack did.

    no lead, no suppression --> key to the secret store --> wait until no process goes by there being none (adopted)
                            --> still none? --> records come in

Only while there is nothing to be found is a change of the key harmless; that is why both is looked at twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from retention.clock import machine_time
from retention.core import Core
from retention.integrations.secrets import integration_secrets
from retention.jsontext import format_instant
from retention.leads.model import Lead
from retention.suppressions.adopted import ABSENT_FOR, PROVIDER, VERSION, taken_over
from retention.suppressions.model import LiftedSuppression, Suppression
from retention.table.scanning import scan_page

#: Seconds of the machine from taking a key over to the first use of it: no process goes by there being none any more,
#: whose clock may be off and whose request may take a while.
SETTLING: Final = 1.5 * ABSENT_FOR
#: Kinds that are found by the key, or would be.
_KEYED: Final = frozenset(kind.__name__ for kind in (Lead, Suppression, LiftedSuppression))


def key_text(core: Core) -> str:
    """The suppression key of this stack, for the manifest of an archive that holds suppressions."""
    return core.keyring.key("suppression").hex()


def is_empty(core: Core) -> bool:
    """Whether the table holds nothing that is found by the suppression key: read consistently, to the first find."""
    place: Mapping[str, Any] | None = None
    while True:
        found, place = scan_page(core.store, place, _KEYED)
        if found or place is None:
            return not found


def take_over(core: Core, key: bytes) -> None:
    """Keep a key in the secret store; where one was kept before, that one stays.

    Raises:
        SecretStoreError: the store did not take it.
    """
    document = {"key": key.hex(), "at": format_instant(core.now())}
    integration_secrets(core.settings).write(PROVIDER, VERSION, document)


def settles_in(core: Core) -> timedelta:
    """How long it still takes until every process goes by the key that was taken over; nothing once they do."""
    found = taken_over(core.settings)
    if found is None:
        return timedelta(0)
    return max(found.at + machine_time(core.clock, SETTLING) - core.now(), timedelta(0))


def is_crossed(core: Core, since: datetime) -> bool:
    """Whether something came in that may be named under the key before, since one was taken over after an instant."""
    found = taken_over(core.settings)
    return found is not None and found.at >= since and not is_empty(core)
