"""How a command ends, and the errors that end it: each knows its exit status."""

from collections.abc import Sequence
from typing import Any, Final

#: Everything was done.
DONE: Final = 0
#: It was done, but something was refused, failed or differs; what was shown says what.
PARTLY: Final = 1
#: The command line or the input file is wrong; nothing was changed.
BAD_INPUT: Final = 2
#: The application cannot be reached, does not let this key in, or does not work.
UNREACHABLE: Final = 3
#: Ctrl-C, as shells count it.
INTERRUPTED: Final = 130

#: What help says of them.
EXPLAINED: Final = (
    "Exit status: 0 done; 1 done, but something was refused or differs; 2 wrong usage or input file; "
    "3 not reachable or not allowed; 130 interrupted."
)


class CommandError(Exception):
    """A command cannot go on.

    Args:
        message: what is wrong, for people.
        status: the exit status.
        hint: what to do about it.
        code: a word for programs.
        errors: what is wrong with single fields: {pointer, code, detail}.
    """

    def __init__(
        self,
        message: str,
        status: int = PARTLY,
        *,
        hint: str | None = None,
        code: str = "failed",
        errors: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.hint = hint
        self.code = code
        self.errors = list(errors)

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        told: dict[str, Any] = {"code": self.code, "detail": self.message}
        if self.errors:
            told["errors"] = self.errors
        if self.hint:
            told["hint"] = self.hint
        return {"error": told}


class BadInputError(CommandError):
    """What the user gave is wrong."""

    def __init__(self, message: str, *, hint: str | None = None, code: str = "bad_input") -> None:
        super().__init__(message, BAD_INPUT, hint=hint, code=code)


class UnreachableError(CommandError):
    """There is nobody to talk to, or nobody who may be talked to."""

    def __init__(self, message: str, *, hint: str | None = None, code: str = "unreachable") -> None:
        super().__init__(message, UNREACHABLE, hint=hint, code=code)


class LeftError(CommandError):
    """The user left while something goes on without them; the message says how to come back."""

    def __init__(self, message: str) -> None:
        super().__init__(message, INTERRUPTED, code="interrupted")
