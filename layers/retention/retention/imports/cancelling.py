"""Whether a running import was asked to stop; it does at the edge of a chunk."""

from retention.core import Core
from retention.imports.model import Import
from retention.table.keys import Key, key


def import_key(import_id: str) -> Key:
    """Where an import lives."""
    return key("Import", id=import_id)


def is_cancelled(core: Core, import_id: str) -> bool:
    """Whether an import is to stop; so it is when it is gone."""
    found = core.store.find(Import, import_key(import_id))
    return found is None or found.cancelling
