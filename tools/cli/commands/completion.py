"""`retention completion`"""

import click

from tools.cli.app import command
from tools.cli.session import Session


@command(
    "completion",
    help="Print what lets your shell complete commands and options. Put `retention` on your path first: a link to the "
    "script in this folder is enough.",
    examples="""
    ln -s "$PWD/retention" ~/.local/bin/retention
    retention completion bash >> ~/.bashrc
    retention completion zsh >> ~/.zshrc
    retention completion fish > ~/.config/fish/completions/retention.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def completion(session: Session, shell: str) -> None:
    """Print the script."""
    from click.shell_completion import get_completion_class

    from tools.cli.app import NAME, tool

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known.")
    script = kind(tool, {}, NAME, f"_{NAME.upper()}_COMPLETE").source()
    if session.json:
        session.output.result({"shell": shell, "script": script})
    else:
        print(script)
