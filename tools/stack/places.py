"""Where things lie in this repository."""

import sys
from pathlib import Path

#: Top of the repository.
ROOT = Path(__file__).resolve().parents[2]

#: The two folders that Python code is imported from, as in the deployed functions.
SOURCE_ROOTS = (ROOT / "layers" / "retention", ROOT / "functions")

#: Third-party packages of the functions: those of the environment that this tool runs in, pinned by the same lock.
DEPENDENCIES = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

#: Interpreter of the environment that holds the stand-in for AWS; `make .venvs/stack/.installed` makes it.
STAND_IN_PYTHON = ROOT / ".venvs" / "stack" / "bin" / "python"

#: What `make run` keeps between runs: state, the admin key, logs. Git ignores it.
LOCAL = ROOT / ".local"

#: Record of the running stack, by which other programs find it; see record.py.
RECORD = LOCAL / "stack.json"
