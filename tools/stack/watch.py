"""Notices changed source files and makes the functions start afresh with them."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.stack.aws import client

#: Seconds between two looks at the source.
PERIOD = 0.5

#: File name endings that a function may read.
SUFFIXES = (".py", ".json", ".html", ".css", ".js", ".yaml")

#: Time of the last change of each file, in nanoseconds.
Times = dict[str, int]


def times(roots: Iterable[Path]) -> Times:
    """When each source file below `roots` changed last."""
    found: Times = {}
    for root in roots:
        for folder, names, files in os.walk(root):
            names[:] = [name for name in names if name != "__pycache__" and not name.startswith(".")]
            for file in files:
                if file.endswith(SUFFIXES):
                    path = os.path.join(folder, file)
                    try:
                        found[path] = os.stat(path).st_mtime_ns
                    except FileNotFoundError:
                        continue  # it went between the two looks
    return found


def changes(before: Times, after: Times) -> list[str]:
    """Files that came, went or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def refresh(endpoint: str, functions: Iterable[str]) -> None:
    """Ends the warm processes of the functions, so that the next call of each imports the source again."""
    service = client("lambda", endpoint)
    for function in functions:
        current = service.get_function_configuration(FunctionName=function)
        service.update_function_configuration(FunctionName=function, Timeout=current["Timeout"])


def watch(roots: Iterable[Path], changed: Callable[[list[str]], None], stop: threading.Event) -> None:
    """Calls `changed` with the files of each change until `stop` is set."""
    roots = list(roots)
    before = times(roots)
    while not stop.wait(PERIOD):
        after = times(roots)
        if found := changes(before, after):
            before = after
            changed(found)
