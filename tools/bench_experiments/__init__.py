"""How often a test names a winner that is none, and how soon it finds one that is. No stack, no network: arithmetic.

chance      conversions by chance, fast
rules       when to stop: ours, and two of the textbook for comparison
runs        many tests, looked at again and again
picture     a plot in characters
"""

import sys

from tools.stack.places import SOURCE_ROOTS

# What is measured is the code of the functions, as they load it.
sys.path += [str(root) for root in SOURCE_ROOTS if str(root) not in sys.path]
