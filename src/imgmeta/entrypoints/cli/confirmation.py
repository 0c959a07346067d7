"""Questions that a command asks before it changes or reads a lot."""

import sys

from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.errors import ConfigurationError

__all__ = ["announce_reading", "confirm"]


def confirm(context: CommandContext, question: str) -> bool:
    """Ask the user a question; return whether the response is yes.

    Raises:
        ConfigurationError: standard input is closed or at its end.
    """
    context.stderr.prompt(f"{question} [y/N]")
    try:
        response = sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        response = "undecodable, so not yes"
    if not response:
        context.stderr.line()
        msg = "cannot ask for confirmation: pass --yes or --dry-run"
        raise ConfigurationError(msg)
    return response.strip().lower() in {"y", "yes"}


def announce_reading(context: CommandContext, line: str, *, must_ask: bool, refusal: str) -> bool:
    """Print how much a command is about to read; return whether to read it.

    Args:
        context: the command's context.
        line: how much it reads, and the price if there is one.
        must_ask: whether the user decides.
        refusal: the error if the user cannot be asked, since there is no terminal.

    Raises:
        ConfigurationError: the user must be asked, and there is no terminal.
    """
    output = context.stderr if must_ask else context.notes
    output.line(line)
    output.flush()
    if not must_ask:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigurationError(refusal)
    return confirm(context, "Read it?")
