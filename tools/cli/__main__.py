"""`retention`: carries out one command and leaves with its exit status."""

import os
import signal
import sys
from collections.abc import Sequence

if __name__ == "__main__":
    # Until the rest is there, Ctrl-C ends it without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import click

from tools.cli.app import NAME, tool, wants_json
from tools.cli.exits import BAD_INPUT, DONE, INTERRUPTED, CommandError
from tools.cli.output import Output


def main(arguments: Sequence[str] | None = None) -> int:
    """One command; returns its exit status. What went wrong is told in words, and as a document with --json."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output(json=wants_json(given))
    try:
        status = tool.main(given, prog_name=NAME, standalone_mode=False)
        return status if isinstance(status, int) else DONE
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return DONE
    except click.ClickException as error:
        return _tell(output, CommandError(error.format_message(), BAD_INPUT, hint=_help_of(error), code="usage"))
    except CommandError as failure:
        return _tell(output, failure)
    except (KeyboardInterrupt, click.Abort):
        return _tell(output, CommandError("Interrupted.", INTERRUPTED, code="interrupted"))
    except BrokenPipeError:
        # Whoever read this has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _help_of(error: click.ClickException) -> str | None:
    context = getattr(error, "ctx", None)
    return f"See: {context.command_path} --help" if context is not None else None


def _tell(output: Output, failure: CommandError) -> int:
    output.warn(failure.message)
    for one in failure.errors:
        detail = str(one.get("detail"))
        if detail not in failure.message:
            output.warn(f"  {one.get('pointer') or 'body'}: {detail}")
    if failure.hint:
        output.warn(failure.hint)
    output.result(failure.as_json())
    return failure.status


if __name__ == "__main__":
    sys.exit(main())
