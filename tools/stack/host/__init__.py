"""What runs inside the stand-in's own environment, where only the standard library, hypercorn and ministack exist."""
