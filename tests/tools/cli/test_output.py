"""People see tables and progress on a terminal, plain lines elsewhere; programs see one document."""

import io
import json

import pytest

from tools.cli.exits import BadInputError
from tools.cli.output import Output, clean


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def outputs(
    *, json: bool = False, quiet: bool = False, terminal: bool = False
) -> tuple[Output, io.StringIO, io.StringIO]:
    """An output with its two streams."""
    out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
    return Output(json=json, quiet=quiet, out=out, err=err), out, err


def everything(output: Output) -> None:
    """All that a command may show."""
    output.say("for people")
    output.table(("name", "count"), [("a [bold]b[/bold]", 1), (None, 22)])
    output.marked("ok", "green", "fine", width=7)
    with output.progress("moving") as tell:
        tell(1, 2, "for latecomers")
    output.value("the-key")
    output.result({"a": 1})


def test_for_programs_there_is_one_document_and_nothing_else() -> None:
    output, out, err = outputs(json=True)
    everything(output)
    output.result({"b": 2})

    assert json.loads(out.getvalue()) == {"a": 1}
    assert "for people" in err.getvalue()


def test_lines_are_plain_and_progress_is_not_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    output, out, err = outputs()
    everything(output)

    lines = ["for people", "name              count", "a [bold]b[/bold]  1", "                  22"]
    assert out.getvalue().splitlines() == [*lines, "ok       fine", "the-key"]
    assert err.getvalue() == ""


def test_where_nobody_looks_a_line_now_and_then_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.cli.output.LINES", 0.0)
    output, out, err = outputs(json=True)
    with output.progress("Erasing", unit="items") as tell:
        tell(1200, None, "waits for latecomers")
        tell(1300, 2000)
    shown = [line.rpartition(" after ")[0] for line in err.getvalue().splitlines()]
    assert shown == ["Erasing: waits for latecomers, 1,200 items", "Erasing, 1,300 of 2,000 items"]
    assert out.getvalue() == ""


def test_a_terminal_shows_progress_and_colours_unless_it_is_asked_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    output, out, err = outputs(terminal=True)
    everything(output)
    assert "moving: for latecomers" in err.getvalue()
    assert "\x1b[" in out.getvalue()
    assert "[bold]" in out.getvalue(), "what a name says is no markup"

    monkeypatch.setenv("NO_COLOR", "1")
    output, out, _ = outputs(terminal=True)
    output.marked("ok", "green", "fine", width=7)
    assert out.getvalue() == "ok       fine\n"


def test_quiet_leaves_what_was_asked_for() -> None:
    output, out, err = outputs(quiet=True)
    output.say("for people")
    output.table(("a",), [("b",)])
    output.value("the-key")
    output.warn("wrong")

    assert (out.getvalue(), err.getvalue()) == ("the-key\n", "wrong\n")


def test_a_name_commands_no_terminal() -> None:
    output, out, _ = outputs()
    output.table(("name",), [("\x1b]0;owned\x07\x1b[2J\u202e",)])

    assert "\x1b" not in out.getvalue()
    assert clean("a\nb\x1b", keep="\n") == "a\nb\N{REPLACEMENT CHARACTER}"


def test_where_nobody_can_be_asked_yes_has_to_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    output, _, _ = outputs()

    assert output.confirm("Erase?", yes=True)
    with pytest.raises(BadInputError) as error:
        output.confirm("Erase?", yes=False)
    assert "--yes" in (error.value.hint or "")
