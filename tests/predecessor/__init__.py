"""Files of the predecessor, sound and broken, and what becomes of them."""
