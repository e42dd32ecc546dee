"""The local stack: the whole application on this machine, from the repository's own template.yaml.

`python -m tools.stack` is `make run`. Read `running.py` first: it names every step in order. `emulator.py` starts the
stand-in for AWS alone, for tests. `host/` is the only part that runs in the stand-in's own environment. `clock.py` is
what time it is for the functions, `sandbox.py` what they send through.
"""
