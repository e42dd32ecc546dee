"""Importing is free of effects: nothing reads the environment or reaches for AWS before it is used."""

import os
import subprocess
import sys

from tests.house.source import FUNCTIONS, LAYER, functions, layer


def test_every_module_imports_with_an_empty_environment() -> None:
    names = sorted({module.name for module in (*layer(), *functions())})
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    paths = os.pathsep.join([str(LAYER), str(FUNCTIONS)])

    done = subprocess.run(
        [sys.executable, "-c", program, *names], env={"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.returncode == 0
