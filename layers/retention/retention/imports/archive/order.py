"""In which order the records of an archive are taken in.

As they stand in the archive, parents before children, but for two things.

What is owed comes last: from the moment on when it is in the table a worker may act on it, and by then all must be
there that it looks at: the lead's contact item, its suppressions.

Contact items come right before that. A lead without one can neither be contacted nor deleted, so until then nothing of
it can be lost; and the claims are there by then, which say whether an address is the lead's. What comes after it
requires what it belongs to in its own transaction (arriving).
"""

from typing import Final

from retention.leads.model import Contact
from retention.moving.kinds import CARRIED

#: Kinds that are found by when they are due.
OWED: Final = frozenset(kind for kind, entity in CARRIED.items() if "due_at" in entity.model_fields)
_LATE: Final = frozenset({Contact.__name__, *OWED})
#: All kinds.
ORDER: Final = (
    *(kind for kind in CARRIED if kind not in _LATE),
    Contact.__name__,
    *(kind for kind in CARRIED if kind in OWED),
)
