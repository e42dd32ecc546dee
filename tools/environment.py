"""Makes one virtual environment from one lock: `python tools/environment.py .venv requirements/dev.txt`.

Runs on the machine's own Python before anything is installed, so it uses the standard library only. The stamp file
is written last: an interrupted installation is done again, never half used.
"""

import argparse
import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

#: Oldest Python that the code runs on.
OLDEST_PYTHON = (3, 11)

#: File inside an environment that says that its installation came to an end; make compares its age with the lock's.
STAMP = ".installed"


#: Last lines of what pip said that are shown when it failed.
LINES = 10


class InstallationError(Exception):
    """pip did not install what the lock names; the message ends with what pip said."""


def pinned(lock: Path) -> Iterator[str]:
    """Names every package that a lock pins, those of the locks it includes as well."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if included := re.match(r"-r (\S+)", line):
            yield from pinned(lock.parent / included[1])
        elif package := re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?==", line):
            yield package[1]


def make_environment(folder: Path, lock: Path) -> None:
    """Replaces `folder` by a fresh environment that holds exactly what `lock` pins, every file checked by its hash.

    Raises:
        InstallationError: pip refused, for instance without a network or because a hash differs.
    """
    venv.create(folder, clear=True, with_pip=True, symlinks=sys.platform != "win32")
    python = folder / "bin" / "python"
    # Wheels need no compiler. Only where a package has none is it built from its source.
    done = _install(python, lock, "--only-binary=:all:")
    if done.returncode:
        done = _install(python, lock)
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-LINES:])
        raise InstallationError(f"pip could not install {lock}:\n{said}")
    (folder / STAMP).touch()


def _install(python: Path, lock: Path, *more: str) -> subprocess.CompletedProcess[str]:
    # The lock is complete, so pip need not resolve anything; it also refuses hashes where packages ask for extras.
    how = ["--disable-pip-version-check", "--quiet", "install", "--require-hashes", "--no-deps", *more]
    return subprocess.run([python, "-m", "pip", *how, "-r", lock], stderr=subprocess.PIPE, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"Python {wanted} or later is needed, this is {sys.version.split()[0]}: make PYTHON=...", file=sys.stderr)
        return 1
    count = len(set(pinned(arguments.lock)))
    print(f"Installing {count} locked packages into {arguments.folder} ...", end=" ", flush=True)
    began = time.monotonic()
    try:
        make_environment(arguments.folder, arguments.lock)
    except InstallationError as failure:
        print(f"failed.\n{failure}", file=sys.stderr)
        return 1
    print(f"done in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
