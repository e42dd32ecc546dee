"""Has what is due done: one tick a minute."""
