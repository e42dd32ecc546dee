"""Sequences: a plan of steps, the leads that go through it, and what was executed. model, service, enrollments."""
