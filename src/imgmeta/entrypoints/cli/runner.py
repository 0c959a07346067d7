"""Runs a command line: the one place where every failure becomes a sentence and an exit code."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer
from typer.main import get_command

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.app import app
from imgmeta.entrypoints.cli.exit_codes import CLOSED_PIPE, FAILED, FINE, MISUSED
from imgmeta.entrypoints.cli.rendering.screen import OutputError, escape_unencodable
from imgmeta.errors import ConfigurationError, ImgmetaError

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; return the exit code."""
    escape_unencodable(sys.stdout)
    escape_unencodable(sys.stderr)
    try:
        code = _dispatch(arguments)
        if sys.stdout is not None:  # as it is where the process was started with it closed
            sys.stdout.flush()
    except OutputError as error:
        return _without_output(str(error), closed=isinstance(error.__cause__, BrokenPipeError))
    except OSError as error:
        where = "" if error.filename is None else f" {os.fsdecode(error.filename)}"
        reason = f"{error.strerror or error}{where}"
        return _without_output(reason, closed=isinstance(error, BrokenPipeError))
    except SystemExit:
        # How Typer ends when nobody reads the help that it prints.
        return _without_output("", closed=True)
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    try:
        code = get_command(app).main(
            # Who types the name alone wants to know what there is, and asked for nothing yet.
            args=arguments or ["--help"],
            prog_name="imgmeta",
            standalone_mode=False,
        )
    except typer.TyperException as error:
        return _explain(_usage(error), MISUSED)
    except ImgmetaError as error:
        return _explain(str(error), MISUSED if isinstance(error, ConfigurationError) else FAILED)
    return int(code or FINE) if arguments else MISUSED


def _without_output(reason: str, *, closed: bool) -> int:
    # What could not be written would be tried again at exit, and complained of.
    with suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return CLOSED_PIPE if closed else _explain(f"stopped: {reason}", FAILED)


def _usage(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    command = context.command_path if context else "imgmeta"
    return f"{error.format_message().rstrip('.')} (see `{command} --help`)"


def _explain(sentence: str, code: int) -> int:
    # Nobody is left to be told of an error on standard error itself.
    # What is printable was made so by whoever knows what in it is text from outside.
    shown = sentence if sentence.isprintable() else printable(sentence)
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"imgmeta: {shown}\n")
        sys.stderr.flush()
    return code
