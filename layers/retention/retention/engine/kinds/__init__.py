"""What is special about each kind of obligation: step (of a sequence), direct (by hand)."""
