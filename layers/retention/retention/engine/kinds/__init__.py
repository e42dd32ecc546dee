"""What is special about each kind of obligation: step (of a sequence), contact (of a campaign), direct (by hand)."""
