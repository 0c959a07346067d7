"""The `completion` command."""

from typing import Annotated

import typer

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import SUCCESS
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.errors import ConfigurationError

__all__ = ["completion"]


@command_options(store=False, aws=False, json=False)
def completion(
    context: CommandContext,
    *,
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell.")],
) -> int:
    r"""Print the completion script of a shell.

    Completes commands, options, formats and times, and the cameras and lenses in the index: that of
    --store or IMGMETA_STORE, or imgmeta.db, if it is a SQLite file.

    Print it again after an update of imgmeta.

    \b
    imgmeta completion bash > ~/.local/share/bash-completion/completions/imgmeta
    imgmeta completion zsh > ~/.zfunc/_imgmeta
    imgmeta completion fish > ~/.config/fish/completions/imgmeta.fish
    """
    from imgmeta.entrypoints.cli.completion.scripts import Shell, completion_script  # noqa: PLC0415 - imports every command
    from imgmeta.entrypoints.cli.completion.specification import specify  # noqa: PLC0415 - as above

    try:
        chosen = Shell(shell.lower())
    except ValueError as error:
        msg = f"no completion for the shell '{printable(shell)}': pass {', '.join(Shell)}"
        raise ConfigurationError(msg) from error
    context.stdout.raw(completion_script(chosen, specify()).rstrip("\n"))
    return SUCCESS
