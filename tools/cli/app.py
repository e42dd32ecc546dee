"""The commands: found by name, loaded when they are called, so that help is quick."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from tools.cli.exits import EXPLAINED
from tools.cli.session import Session
from tools.stack.places import ROOT

NAME: Final = "retention"


@dataclass(frozen=True)
class Listed:
    """A command as `retention --help` lists it: its function, as module:name below commands, and what it does."""

    place: str
    does: str


#: Every command, in the order of help. A title starts a group.
COMMANDS: Final[Mapping[str, Mapping[str, Listed]]] = {
    "Moving in and out": {
        "import-leads": Listed("import_leads:import_leads", "Take in leads from a CSV or JSON Lines file."),
        "import-sqlite": Listed("import_sqlite:import_sqlite", "Move the predecessor's database here."),
        "import-archive": Listed("import_archive:import_archive", "Take in a whole account that export has made."),
        "imports": Listed("imports:imports", "Look at imports, cancel them, get their results."),
        "export": Listed("export:export", "Get everything, or one kind of things, as a file."),
        "exports": Listed("exports:exports", "Look at exports, get their files again."),
    },
    "One person": {
        "access": Listed("access:access", "Get all that is known of a lead, for the lead."),
        "erase": Listed("erase:erase", "Forget a lead for good."),
    },
    "Looking after it": {
        "doctor": Listed("doctor:doctor", "Check everything, and say what to do."),
        "sending": Listed("sending:sending", "Hold all sending, and let it go again."),
        "jobs": Listed("jobs:jobs", "Look at what goes on by itself."),
        "redrive": Listed("redrive:redrive", "Move failed messages back into their queues."),
        "keys": Listed("keys:keys", "Make, replace and revoke API keys."),
    },
    "Getting started": {
        "seed": Listed("seed:seed", "Load the sample data."),
        "completion": Listed("completion:completion", "Let your shell complete commands."),
    },
}
_ALL: Final = {name: listed for group in COMMANDS.values() for name, listed in group.items()}


def common() -> list[click.Option]:
    """The options of every command: where the application is, and how to show things."""

    def keep(place: str) -> Callable[[click.Context, click.Parameter, Any], None]:
        def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
            session = context.ensure_object(Session)
            if value is not None and value is not False:
                setattr(session if hasattr(session, place) else session.given, place, value)

        return callback

    def option(name: str, help: str, place: str | None = None, **more: Any) -> click.Option:
        place = place or name.removeprefix("--").replace("-", "_")
        return click.Option([name], help=help, expose_value=False, callback=keep(place), **more)

    return [
        option("--url", "Address of the application (RETENTION_URL)."),
        option("--key", "API key (RETENTION_KEY)."),
        option("--stack", "Name of a deployed stack, to find its address (RETENTION_STACK)."),
        option("--region", "AWS region of the stack."),
        option("--profile", "Profile of the AWS command line."),
        option("--bootstrap-key", "Use the first key of the stack; works until an admin key is made.", is_flag=True),
        option("--folder", "Where the local stack keeps its record.", type=click.Path(path_type=Path), hidden=True),
        option("--json", "One JSON document on standard output, for programs.", is_flag=True),
        option("--quiet", "Errors and what was asked for, nothing else.", is_flag=True),
    ]


class Command(click.Command):
    """A command with the common options, which its help shows below its own."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._common = common()
        self.params += self._common

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options, then the common ones."""
        shown = {False: [], True: []}  # type: dict[bool, list[tuple[str, str]]]
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                shown[parameter in self._common].append(record)
        for is_common, title in ((False, "Options"), (True, "Options of every command")):
            if shown[is_common]:
                with formatter.section(title):
                    formatter.write_dl(shown[is_common])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it ends, for every command alike."""
        super().format_epilog(ctx, formatter)
        _write_exits(formatter)


class Group(click.Group):
    """Commands below a command, such as `jobs list`."""

    command_class = Command

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.params += common()

    def below(self, name: str, *, examples: str, **more: Any) -> Callable[[Callable[..., Any]], Command]:
        """Declare a command below this one."""
        declare: Callable[[Callable[..., Any]], Command] = self.command(  # type: ignore[assignment]
            name, cls=Command, epilog=_shown_as_is(examples), **more
        )
        return declare

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What is below it; each of these shows the common options."""
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How it ends, for every command alike."""
        super().format_epilog(ctx, formatter)
        _write_exits(formatter)


class Tool(Group):
    """The tool: its commands are loaded by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(_ALL)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, loaded now; None when there is none of this name."""
        listed = _ALL.get(cmd_name)
        if listed is None:
            return None
        module, name = listed.place.split(":")
        command: click.Command = getattr(import_module(f"tools.cli.commands.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called; a word like one is taken for a slip."""
        if not ctx.resilient_parsing and args and args[0] not in _ALL and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], _ALL, n=1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by group, from the list alone, then the common options."""
        for title, group in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, listed.does) for name, listed in group.items()])
        with formatter.section("Options of every command"):
            records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
            formatter.write_dl([record for record in records if record is not None])


def _write_exits(formatter: click.HelpFormatter) -> None:
    formatter.write_paragraph()
    formatter.write_text(EXPLAINED)


def command(name: str, *, examples: str, **more: Any) -> Callable[[Callable[..., Any]], Command]:
    """Declare a command, as click.command does; its help ends with examples, shown as they are."""
    declare = click.command(name, cls=Command, epilog=_shown_as_is(examples), **more)
    return declare


def group(name: str, *, examples: str) -> Callable[[Callable[..., Any]], Group]:
    """Declare a command that has commands below it."""
    return click.group(name, cls=Group, epilog=_shown_as_is(examples))


def _shown_as_is(examples: str) -> str:
    # click wraps lines, unless a paragraph begins with this mark.
    lines = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    return f"\b\nExamples:\n{lines}"


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        import tomllib

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        click.echo(f"{NAME} {project['version']}")
        context.exit()


tool = Tool(
    name=NAME,
    help="Retention Center from the command line: over its API, for people and scripts.\n\n"
    "Without options it works with the application that runs on this machine (`make run`).",
    epilog=_shown_as_is(
        """
        retention doctor
        retention import-leads people.csv
        retention export archive -o account.zip
        retention export leads --format csv --stack retention-center --key rk_...
        """
    ),
    params=[
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def wants_json(arguments: list[str] | None = None) -> bool:
    """Whether the command line asks for JSON, even where it could not be understood."""
    return "--json" in (sys.argv[1:] if arguments is None else arguments)
