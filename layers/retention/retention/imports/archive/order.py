"""In which order the records of an archive are taken in.

As they stand in the archive, parents before children, but what is owed last: from the moment on when it is in the table
a worker may act on it, and by then all must be there that it looks at: the lead's contact item, its suppressions.
"""

from typing import Final

from retention.moving.kinds import CARRIED
from retention.table.layouts import LAYOUTS

#: Kinds that are found by when they are due.
OWED: Final = frozenset(kind for kind in CARRIED if "due" in LAYOUTS[kind].indexes)
#: All kinds.
ORDER: Final = (*(kind for kind in CARRIED if kind not in OWED), *(kind for kind in CARRIED if kind in OWED))
