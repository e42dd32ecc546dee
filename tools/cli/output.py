"""What is shown: tables and progress on a terminal, plain lines elsewhere, one JSON document with --json.

Where nobody looks at a terminal, what takes long says from time to time how far it is: a log that stands still for an
hour looks like one that hangs.

With --json, standard output holds the document and nothing else; whatever is for people goes to standard error.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal, Protocol, TextIO

from tools.cli.exits import BadInputError


class Tell(Protocol):
    """Moves a bar to `done` of `total` (None: nobody knows), and says what it waits for, where that is worth a word."""

    def __call__(self, done: int, total: int | None, waits: str = "", /) -> None:
        """Say how far it is."""


#: What could make a terminal do something: a name in a file is no command.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Characters of a cell; what is longer is cut on a terminal.
_WIDEST: Final = 200
#: Seconds between two lines about how far something is, where there is no terminal.
LINES: Final = 30.0


class Output:
    """Where a command's words go."""

    def __init__(
        self, *, json: bool = False, quiet: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.json = json
        self.quiet = quiet
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._told = False

    @property
    def _people(self) -> TextIO:
        return self._err if self.json else self._out

    def say(self, text: str = "") -> None:
        """Something for people."""
        if not self.quiet:
            print(clean(text, keep="\n\t"), file=self._people, flush=True)

    def warn(self, text: str) -> None:
        """Something for people that --quiet does not hide."""
        print(clean(text, keep="\n\t"), file=self._err, flush=True)

    def value(self, text: str) -> None:
        """What the command was asked for, such as a key: shown with --quiet, too, alone on its line."""
        print(clean(text), file=self._people, flush=True)

    def marked(self, mark: str, colour: str | None, text: str, *, width: int) -> None:
        """A line behind a mark that stands out on a terminal; --quiet does not hide it."""
        import click

        padded = mark.ljust(width)
        coloured = is_terminal(self._people) and "NO_COLOR" not in os.environ and colour
        shown = click.style(padded, fg=colour, bold=True) if coloured else padded
        print(f"{shown}  {clean(text)}", file=self._people, flush=True)

    def result(self, document: Any) -> None:
        """What --json prints; once a command."""
        if self.json and not self._told:
            self._told = True
            print(json.dumps(document, indent=2, ensure_ascii=False), file=self._out, flush=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
        """Rows below their columns. None is an empty cell."""
        if self.quiet:
            return
        cells = [[clean("" if cell is None else str(cell)) for cell in row] for row in rows]
        if title:
            self.say(title)
        if is_terminal(self._people):
            self._draw(columns, cells)
        else:
            self._print(columns, cells)

    def _draw(self, columns: Sequence[str], rows: list[list[str]]) -> None:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for place, column in enumerate(columns):
            numbers = all(re.fullmatch(r"-?[\d,.]+%?", row[place]) for row in rows if row[place])
            justify: Literal["left", "right"] = "right" if numbers and rows else "left"
            # An id is copied: it stays in one piece, however narrow the window.
            table.add_column(Text(column), justify=justify, overflow="fold", no_wrap=column == "id")
        for row in rows:
            table.add_row(*(Text(cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…") for cell in row))
        Console(file=self._people, highlight=False).print(table)

    def _print(self, columns: Sequence[str], rows: list[list[str]]) -> None:
        widths = [max([len(column), *(len(row[at]) for row in rows)]) for at, column in enumerate(columns)]
        for row in [list(columns), *rows]:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print(line.rstrip(), file=self._people)
        self._people.flush()

    @contextmanager
    def progress(self, what: str, *, unit: str = "rows") -> Iterator[Tell]:
        """A bar within the block, on a terminal; elsewhere a line now and then.

        Args:
            unit: what is counted; "bytes" are shown as such.
        """
        if self.quiet:
            yield lambda done, total, waits="": None
            return
        if not is_terminal(self._err):
            yield self._lines(what, unit)
            return
        from rich import progress
        from rich.console import Console

        counted: list[progress.ProgressColumn]
        if unit == "bytes":
            counted = [progress.DownloadColumn(), progress.TransferSpeedColumn()]
        else:
            counted = [progress.TextColumn("{task.fields[counted]}"), progress.TimeElapsedColumn()]
        columns = [progress.TextColumn("{task.description}", markup=False), progress.BarColumn(), *counted]
        with progress.Progress(
            *columns, progress.TimeRemainingColumn(), console=Console(file=self._err), transient=True
        ) as bar:
            task = bar.add_task(clean(what), total=None, counted="")

            def tell(done: int, total: int | None, waits: str = "") -> None:
                bar.update(
                    task,
                    description=clean(_joined(what, waits)),
                    completed=done,
                    total=total,
                    counted=_count(done, total, unit),
                )

            yield tell

    def _lines(self, what: str, unit: str) -> Tell:
        """Says how far something is, each time that it has gone on for long."""
        began = told = time.monotonic()

        def tell(done: int, total: int | None, waits: str = "") -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= LINES:
                told = now
                self.warn(f"{_joined(what, waits)}, {_count(done, total, unit)} after {now - began:,.0f} s")

        return tell

    def confirm(self, question: str, *, yes: bool, default: bool = False) -> bool:
        """Ask a person.

        Raises:
            BadInputError: nobody is there to be asked, and --yes was not given.
        """
        if yes:
            return True
        if not sys.stdin.isatty():
            raise BadInputError(f"{question} Nobody is here to answer.", hint="Give --yes to go on without a question.")
        import click

        return click.confirm(clean(question), default=default, err=self.json)


def _joined(what: str, waits: str) -> str:
    return f"{what}: {waits}" if waits else what


def _count(done: int, total: int | None, unit: str) -> str:
    return f"{done:,} of {total:,} {unit}" if total is not None else f"{done:,} {unit}"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at a stream, at something that can show more than lines."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


def clean(text: str, keep: str = "") -> str:
    """Text without characters that command a terminal."""
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else "\N{REPLACEMENT CHARACTER}", text)
