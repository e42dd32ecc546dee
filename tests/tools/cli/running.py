"""Runs the tool in this process, as a shell would."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one document."""
        return json.loads(self.out)


#: Runs a command line.
Run = Callable[..., Ran]
