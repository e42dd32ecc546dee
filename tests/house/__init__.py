"""Rules of the house that a reader relies on, checked on the code itself."""
