"""What the engine takes for a step, how many it does in a second, and how late they are, on this machine.

cost         requests and units of capacity, counted at the wire
deployed     the running stack as this process sees it: its settings, its ticks, its queue
crowd        leads with a step that is due, put straight into the table
alone        the engine in this process: chunks of 25, and a step alone
whole        dispatcher, queues and worker of the stack: lateness, messages, steps a second
lateness     a distribution, and its shape as a plot of text
words        the figures as tables
progress     shows that it goes on
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# The engine is measured as it lies in the working tree.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
