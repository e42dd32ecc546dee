"""`retention redrive`: what rests in the dead-letter queues, why, and back with it into the queues that it came from.

`deployment` finds the queues of a stack, `letters` reads what rests there and says where each message belongs, `causes`
looks into the logs, `looking` counts, `moving` moves; tools/cli shows.
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# What a message says is read by the code that wrote it.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
