"""The commands are found, explain themselves, and end as they say."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.tools.cli.running import Run
from tools.cli.__main__ import main
from tools.cli.app import COMMANDS, Group, tool
from tools.stack.places import ROOT

SCRIPT = ROOT / "retention"


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of every command, those below others included."""
    context = click.Context(tool)
    for name in tool.list_commands(context):
        yield (name,)
        command = tool.get_command(context, name)
        if isinstance(command, Group):
            yield from ((name, below) for below in command.list_commands(context))


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_help_says_what_it_does_with_an_example_and_how_it_ends(words: tuple[str, ...], run: Run) -> None:
    shown = run(*words, "--help")

    assert shown.status == 0
    assert f"  retention {' '.join(words)}" in shown.out.partition("Examples:")[2]
    assert "Exit status: 0 done" in shown.out
    assert len(shown.out.split("\n\n")[1].strip()) > 20, "what it does"


def test_the_list_has_every_command_and_nothing_else_is_loaded_for_it() -> None:
    program = (
        "import sys; from tools.cli.__main__ import main; main(['--help']);"
        "print([name for name in ('rich', 'urllib3', 'boto3', 'retention', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    for group in COMMANDS.values():
        for name, listed in group.items():
            assert f"  {name} " in done.stdout
            assert listed.does in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "retention doctor" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["imort-leads"], "Did you mean 'import-leads'?"),
        (["xyz"], "no command 'xyz'"),
        (["import-leads"], "Missing argument 'FILE'"),
        (["import-leads", "a.csv", "--map", "email"], "is not field=value"),
        (["import-leads", "a.csv", "--map", "email=a", "--map", "email=b"], "twice"),
        (["jobs", "list", "--limit", "0"], "--limit"),
        (["export", "everything"], "everything"),
        (["jobs", "redrive"], "--all"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_document_where_one_is_wanted(words: list[str], said: str, run: Run) -> None:
    plain = run(*words)
    assert (plain.status, plain.out) == (2, "")
    assert said in plain.err

    document = run(*words, "--json")
    assert document.status == 2
    assert said in document.json["error"]["detail"] + document.json["error"].get("hint", "")


def test_without_an_application_it_ends_with_3_and_says_what_to_do(run: Run) -> None:
    ended = run("jobs", "list", "--json")

    assert ended.status == 3
    assert ended.json["error"]["code"] == "no_target"
    assert "make run" in ended.err


def test_options_of_every_command_stand_before_or_behind_it(tool: Run, served: str) -> None:
    assert (
        tool("--json", "jobs", "list").json
        == tool("jobs", "--json", "list").json
        == tool("jobs", "list", "--json").json
    )


def test_an_interruption_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.cli.target.record.read", interrupt)
    assert run("jobs", "list").status == 130


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str, run: Run) -> None:
    script = run("completion", shell).out
    assert f"_RETENTION_COMPLETE={shell}_complete" in script
    assert run("completion", shell, "--json").json["script"].strip() == script.strip()

    words = {"COMP_WORDS": "retention im", "COMP_CWORD": "im" if shell == "fish" else "1"}
    environment = {**os.environ, **words, "_RETENTION_COMPLETE": f"{shell}_complete"}  # noqa: TID251 - of a program
    done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert "import-leads" in done.stdout
    assert "import-archive" in done.stdout
    assert "doctor" not in done.stdout


def test_the_script_works_from_any_folder_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin" / "retention"
    link.symlink_to(os.path.relpath(SCRIPT, link.parent))
    # A folder of the user's own that is called as ours are.
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("raise SystemExit('somebody else')")

    done = subprocess.run([link, "--version"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("retention 0.")


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    command = f"{SCRIPT} --help | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
