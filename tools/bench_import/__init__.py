"""How fast files come in and go out on this machine: the whole stack, over HTTP, with the files in its bucket.

people    a file of leads, as many as wanted, the same each time
account   one stack, seen over its API: files taken in, the account exported
memory    what the processes of a function hold while something goes on
stages    what is measured: leads, the predecessor's database, the way out and in again
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# It is measured as it lies in the working tree.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
