"""The predecessor's database, moved here: one SQLite file becomes an archive, which the API takes in like any other.

    opening      the file, read-only, or a clear sentence why not
    shape        which tables and columns it has, which are missing, which are its own
    cells, row   what a cell says, in whatever form it was written; what is not taken as it stands is noted
    words        what the words of its statuses become
    leads .. integrations   each of the thirteen entities
    identities   which id a row has here
    workspace    the records, sorted on disk
    findings     what was changed, left out or refused, row by row; report shows it
    converting   all of these together: file in, archive out
    carrying     the archive to the API, resumable
    verifying    what the table holds, compared with the file by rules of its own (comparing)

Source: schema.md of the predecessor; docs/predecessor.md tells what becomes of what.
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# The records are made by the same code that the functions run on.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
