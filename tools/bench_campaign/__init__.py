"""How fast a campaign reaches its leads on this machine: the whole stack, from the request to the provider's ledger.

audience   campaigns with their leads, put straight into the table
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# It is measured as it lies in the working tree.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
