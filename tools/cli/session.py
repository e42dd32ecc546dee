"""What a command works with: the application that is meant, and where to show things."""

import sys
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tools.cli.output import Output
from tools.cli.target import Given, Target, find

if TYPE_CHECKING:
    from tools.cli.client import Client

#: Seconds between two looks at what goes on by itself: short at first.
LOOKS: Final = (0.2, 0.3, 0.5, 0.5, 1.0, 1.0, 2.0)


class Session:
    """One run of the tool. Nothing is looked for before it is needed."""

    def __init__(self) -> None:
        self.given = Given()
        self.json = False
        self.quiet = False

    @cached_property
    def output(self) -> Output:
        """Where to show things."""
        return Output(json=self.json, quiet=self.quiet, out=sys.stdout, err=sys.stderr)

    @cached_property
    def target(self) -> Target:
        """The application that is meant.

        Raises:
            BadInputError, UnreachableError
        """
        return find(self.given)

    @cached_property
    def client(self) -> "Client":
        """The API.

        Raises:
            BadInputError, UnreachableError
        """
        from tools.cli.client import Client

        return Client(self.target.url, self.target.key)

    def until(self, look: Callable[[], dict[str, Any]], is_over: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look again and again until something is over; what it is then."""
        for number in range(sys.maxsize):
            seen = look()
            if is_over(seen):
                return seen
            time.sleep(LOOKS[min(number, len(LOOKS) - 1)])
        raise AssertionError("unreachable")
